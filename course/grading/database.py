"""The database that holds a gradebook: its address, how long it is waited for, and what is said
where it can't be used."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, NoSuchModuleError, OperationalError

from course.grading.material import Busy, CannotGrade

LOCKED_FOR = 5.0  # seconds to wait for another program's lock: as long as SQLite's driver waits
# For a server that is silent: seconds until it counts as gone.
_SILENCE = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",  # of milliseconds
}
_REMEDIES = (
    ("password", "give the right password, in the address or, better, in ~/.pgpass"),
    ("does not exist", "make what is missing (`createuser`, `createdb`), or mend the address"),
    ("permission denied", "let this user make and write tables there"),
)
FORMS = "sqlite:///FILE or postgresql://USER@SERVER/DATABASE"


def patient(url: str) -> str:
    """The address, with limits to how long a server and its locks are waited for; limits that stand
    in it already are kept. Whatever of nbgrader's opens it waits no longer either. Raises
    CannotGrade where it is no address, or the driver is missing."""
    try:
        address = make_url(url)
        driver = address.get_dialect().import_dbapi().__name__
    except (ArgumentError, ValueError, NoSuchModuleError) as error:
        raise CannotGrade(
            f"The gradebook's address {shown(url)} isn't one of a database; write {FORMS}."
        ) from error
    except ImportError as error:
        remedy = f"install it, or write {FORMS}"
        if address.get_backend_name() == "postgresql":
            remedy = "in the course's folder, run pip install -e '.[postgres]'"
        raise CannotGrade(
            f"The gradebook {shown(url)} wants a driver that isn't installed ({error}); {remedy}."
        ) from error
    if "@" in (address.host or ""):
        raise CannotGrade(
            f"The gradebook's address {shown(url)} holds more than one @; write those of a name or "
            f"a password as %40."
        )
    if driver not in ("psycopg", "psycopg2"):
        return url
    asked = address.query.get("options", "")
    options = f"-c lock_timeout={LOCKED_FOR * 1000:.0f} {asked}".strip()
    limits = _SILENCE | dict(address.query) | {"options": options}
    return address.set(query=limits).render_as_string(hide_password=False)


def absolute(url: str) -> str:
    """An address that means the same from any folder: that of a file depends on where one is."""
    scheme, mark, path = url.partition(":///")
    if not scheme.startswith("sqlite") or not path or path.startswith((":memory:", "file:")):
        return url
    return f"{scheme}{mark}{Path(path).absolute()}"


def shown(url: str) -> str:
    """An address as messages show it: without the password that may stand in it."""
    try:
        found = make_url(url)
        if "@" in (found.host or ""):
            raise ValueError("part of the password may stand there")
    except (ArgumentError, ValueError):
        scheme, mark, _ = url.partition("://")
        return f"{scheme}://..." if mark else repr(url)
    if found.get_backend_name() == "sqlite":
        return url.partition("?")[0]
    where = (found.username, None, found.host, found.port, found.database)
    return URL.create(found.drivername, *where).render_as_string()


def closed(url: str, error: Exception) -> CannotGrade:
    """The sentence for a database that can't be opened, or not for writing."""
    said = said_by(error)
    if url.startswith("sqlite"):
        remedy = "see that it and its folder may be written, and that no other program holds it"
    else:
        fits = (remedy for words, remedy in _REMEDIES if words in said)
        remedy = next(fits, "see that its server runs, lets you in, and stands at this address")
    return CannotGrade(f"The gradebook {shown(url)} can't be written to ({said}); {remedy}.")


def refused(url: str, error: Exception, what: str) -> CannotGrade:
    """The sentence for what an open database doesn't take; Busy if it may take it later."""
    said = said_by(error)
    if "locked" in said:
        return Busy(
            f"The gradebook {shown(url)} is in use by another program, and {what} can't be "
            f"entered; close that program."
        )
    if isinstance(error, OperationalError) and not url.startswith("sqlite"):
        return Busy(
            f"The gradebook {shown(url)} is in use by another program or out of reach ({said}), "
            f"and {what} can't be entered; close that program, or see that the server runs."
        )
    if isinstance(error, DataError):
        return CannotGrade(
            f"The gradebook {shown(url)} has no room for {what} ({said}); give this student's "
            f"folder a shorter name."
        )
    return CannotGrade(
        f"The gradebook {shown(url)} refuses {what} ({said}); close what else writes to it, back "
        f"it up, and run `nbgrader db upgrade`."
    )


def said_by(error: Exception) -> str:
    """The first line of what a driver said."""
    reason = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return next(iter(str(reason).splitlines()), type(reason).__name__)
