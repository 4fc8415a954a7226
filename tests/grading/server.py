"""A PostgreSQL server of these tests' own: started from Debian's programs, ended with them."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import URL

PATIENCE = 60.0
OWNER, PASSWORD = "ann", "s3cret/of:ann"
# Ends the server with this process, however this one ends: its side of the pipe is closed then.
WATCH = '"$@" & read -r _; kill -QUIT $!; wait $!'


def programs() -> Path | None:
    """The folder of the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name))
    places = [*map(str, reversed(found)), os.environ.get("PATH", "")]
    initdb = shutil.which("initdb", path=os.pathsep.join(places))
    return Path(initdb).resolve().parent if initdb else None


class Server:
    """A server in a temporary folder, reached by a socket in it. As root it runs as `nobody`."""

    def __init__(self, bin_folder: Path):
        self._programs = bin_folder
        # The name of a socket has little room, and pytest's folders belong to one user.
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
        self._numbers = count()
        self._watch: subprocess.Popen[bytes] | None = None
        self._whose: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._whose = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        word = self.folder / "password"
        word.write_text(PASSWORD + "\n")
        word.chmod(0o644)
        make = [self._programs / "initdb", "--no-sync", "--encoding=UTF8", "--locale=C"]
        who = [f"--username={OWNER}", f"--pwfile={word}", "--auth=scram-sha-256"]
        done = subprocess.run(
            [*make, *who, f"--pgdata={self.folder / 'data'}"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            **self._whose,
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        settings = {"listen_addresses": "", "unix_socket_directories": self.folder, "fsync": "off"}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        server = [self._programs / "postgres", "-D", self.folder / "data", *words]
        with (self.folder / "log").open("ab") as log:
            self._watch = subprocess.Popen(
                ["sh", "-c", WATCH, "sh", *server],
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._whose,
            )
        pause, deadline = threading.Event(), time.monotonic() + PATIENCE
        while True:
            try:
                return self.connect().close()
            except psycopg.OperationalError:
                said = (self.folder / "log").read_text("utf-8", "replace")
                assert time.monotonic() < deadline, said
                pause.wait(0.02)

    def stop(self) -> None:
        """End the server at once, and every connection to it, as a crash would."""
        watch, self._watch = self._watch, None
        if watch is not None:
            try:
                watch.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(watch.pid, signal.SIGKILL)
                watch.communicate()
                raise

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def address(self, database: str, password: str = PASSWORD, **query: str) -> str:
        where = {"host": str(self.folder)} | query
        url = URL.create("postgresql", OWNER, password, database=database, query=where)
        return url.render_as_string(hide_password=False)

    def new_database(self) -> str:
        """The address of a database that is empty."""
        name = f"class{next(self._numbers)}"
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        connection.close()
        return self.address(name)

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=str(self.folder), user=OWNER, password=PASSWORD, dbname=database, autocommit=True
        )
