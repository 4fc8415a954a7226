"""Attacks on the machine: its files, processes, network, memory, and on the class's own folder."""

from __future__ import annotations

from tests.attacks.answers import ZEROS, layer
from tests.attacks.attack import CH4, CH5, Attack, Notebook, add

TRIED = """
def tried(*acts):
    for act in acts:
        try:
            act()
        except BaseException as error:
            print("refused:", type(error).__name__, error)
        else:
            print("ESC" "APED", act.__code__.co_consts)
"""

LOST = "was left out, because running it ended the process"
SLOW = "no answer within 3 s"
ASKED = "asking this answer ended the process"


def tries(name: str, does: str, acts: str, *told: str, before: str = "") -> Attack:
    """Attempts that must all be refused; each says so in the cell's output."""
    first = f"{TRIED}\nimport os, sys\n{before}\ntried(\n{acts}\n)"
    return Attack(name, does, told or ("refused: ",), first=first, answers={"MulLayer": ZEROS})


def ends(name: str, does: str, source: str, *told: str) -> Attack:
    """A cell above all others that ends or hangs its process."""
    return Attack(name, does, (LOST, *told), first=source, answers={"MulLayer": ZEROS})


def sleepless(book: Notebook) -> None:
    for _ in range(20):
        add(book, "import time\ntime.sleep(2.5)", above="answer_MulLayer")


ENDINGS = [
    ends("end_exit", "Ends the process in a cell.", "import os\nos._exit(0)", "os._exit, status 0"),
    Attack(
        "end_sys_exit",
        "Calls sys.exit, exit and quit in a cell.",
        ("forward",),
        first="import sys\nsys.exit(0)",
        answers={"MulLayer": "exit()\nquit()\n" + ZEROS + "\nraise KeyboardInterrupt"},
        points=5.0,
    ),
    Attack(
        "end_in_forward",
        "Ends the process in forward.",
        (ASKED, "os._exit"),
        answers={"MulLayer": layer("os._exit(3)", before="import os")},
    ),
    Attack(
        "end_in_init",
        "Ends the process in a constructor, by a signal.",
        (ASKED,),
        answers={
            "MulLayer": "import os\nclass MulLayer:\n    def __init__(self):\n"
            "        os.abort()\n    forward = backward = None"
        },
    ),
    Attack(
        "end_later",
        "Leaves a thread that ends the process when the checks have begun.",
        (ASKED, "os._exit, status 5"),
        first="import os, threading, time\nasked = threading.Event()\ndef later():\n"
        "    asked.wait()\n    os._exit(5)\nthreading.Thread(target=later).start()",
        answers={"MulLayer": layer("asked.set() or time.sleep(9)")},
    ),
    ends(
        "end_null", "Reads from the null pointer.", "import ctypes\nctypes.string_at(0)", "SIGSEGV"
    ),
    ends(
        "end_recursion",
        "Overflows the C stack by a million iterators, each inside the next.",
        "x = iter(())\nfor _ in range(10**6):\n    x = map(int, x)\nnext(x)",
        "SIGSEGV|no answer",
    ),
    ends(
        "hang_loop",
        "Loops for ever with every signal blocked.",
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n"
        "while True:\n    pass",
        SLOW,
    ),
    ends(
        "hang_swallow",
        "Loops for ever and swallows every exception.",
        "while True:\n    try:\n        while True:\n            pass\n"
        "    except BaseException:\n        pass",
        SLOW,
    ),
    ends(
        "hang_match",
        "Has the interpreter match a pattern for ever, which lets no other thread run.",
        "import re\nre.match('(a+)+$', 'a' * 60 + 'b')",
        SLOW,
    ),
    Attack(
        "hang_forward",
        "Sleeps for ever in forward.",
        (ASKED, SLOW),
        answers={"MulLayer": layer("time.sleep(1e6)", before="import time")},
    ),
    Attack(
        "hang_often",
        "Each of many cells takes nearly all of the time that a request has; no answer needs them.",
        told=("used up",),
        change=sleepless,
    ),
    Attack(
        "hang_read",
        "Loops while its result is read: a list whose iteration never ends.",
        (ASKED, SLOW),
        answers={
            "MulLayer": layer(
                "Endless([x])",
                before="class Endless(list):\n"
                "    def __iter__(self):\n        while True:\n"
                "            yield from ()",
            )
        },
    ),
    Attack(
        "hang_training",
        "A training loop that never comes to an end.",
        ("train", SLOW),
        chapter=CH5,
        answers={"train": "def train(net, optimizer, batches):\n    while True:\n        pass"},
    ),
    Attack(
        "hang_digits",
        "Computes a whole number of ten million digits.",
        ("network_output",),
        chapter=CH4,
        answers={
            "compute_network_output": "def compute_network_output(*given):\n"
            "    return len(str(10**10_000_000 - 1))"
        },
    ),
    Attack(
        "bomb_memory",
        "Takes all the memory it can get in a cell.",
        ("MemoryError|no answer within",),
        first="kept = []\nwhile True:\n    kept.append(bytearray(2**26))",
        answers={"MulLayer": ZEROS},
        points=5.0,
    ),
    Attack(
        "bomb_memory_kept",
        "Takes all memory to the last byte, and swallows the error.",
        points=None,
        told=("forward",),
        first="kept, size = [], 2**26\nwhile size:\n    try:\n"
        "        kept.append(bytearray(size))\n"
        "    except MemoryError:\n        size //= 2\ndel kept",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "bomb_memory_forward",
        "Asks for a terabyte in forward.",
        ("MemoryError",),
        answers={"MulLayer": layer("np.ones(2**37)", before="import numpy as np")},
    ),
    Attack(
        "bomb_threads",
        "Starts threads until it can start no more, and leaves them running.",
        ("forward",),
        first="import threading\nstarted = 0\ntry:\n    while True:\n"
        "        threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "        started += 1\nexcept RuntimeError:\n"
        "    print('threads:', 'ESC' 'APED' if started > 64 else started)",
        answers={"MulLayer": ZEROS},
    ),
    tries(
        "bomb_forks",
        "Starts processes in every way there is.",
        "    *[os.fork] * 200,\n    lambda: os.posix_spawn('/bin/sh', ['sh'], {}),\n"
        "    lambda: os.execv(sys.executable, ['python']),\n"
        "    lambda: __import__('subprocess').run(['ls']),\n"
        "    lambda: __import__('pty').fork(),\n"
        "    lambda: __import__('multiprocessing').Process(target=print).start(),",
        "refused: PermissionError",
        before="tried, quiet = (lambda *acts: [quiet(act) for act in acts[::20]]), tried",
    ),
    Attack(
        "bomb_timers",
        "A timer interrupts everything a thousand times a second.",
        first="import signal\nsignal.signal(signal.SIGALRM, lambda *g: 1 / 0)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)",
        answers={"MulLayer": ZEROS},
        told=("ended the process",),
    ),
]

FILES = [
    Attack(
        "fill_disk",
        "Fills /tmp with files until nothing more fits.",
        ("OSError",),
        first="written = 0\nfor n in range(400):\n    with open(f'/tmp/{n}', 'wb', 0) as file:\n"
        "        written += file.write(bytes(2**20))\n"
        "        if written > 2**27: print('ESC' 'APED')",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "fill_inodes",
        "Makes empty files and folders until no more can be made.",
        ("OSError",),
        first="import os\nfor n in range(100_000):\n    os.mkdir(f'/tmp/d{n}')\n"
        "    if n > 8000: print('ESC' 'APED'); break",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "fill_sparse",
        "Makes a sparse file of a terabyte, and maps it.",
        ("OSError",),
        first="import mmap\nwith open('/tmp/sparse', 'wb+') as file:\n    file.truncate(2**40)\n"
        "    mmap.mmap(file.fileno(), 2**40)\n    print('ESC' 'APED')",
        answers={"MulLayer": ZEROS},
    ),
    tries(
        "write_startup",
        "Plants start-up files for the next student's interpreter.",
        "    *[lambda p=p: open(p, 'w').write('print(1)') for p in places],",
        "refused: FileNotFoundError",
        before="places = ['@HOME@/.ipython/profile_default/startup/00.py', '@HOME@/.bashrc',\n"
        "    '@HOME@/.jupyter/jupyter_notebook_config.py', '/etc/profile', '/usr/lib/x.pth']",
    ),
    tries(
        "write_packages",
        "Edits installed packages and the course itself.",
        "    *[lambda p=p: open(p, 'a').write('x = 1') for p in places],",
        "refused: OSError",
        "Read-only file system",
        before="import numpy, course, IPython, course.grading.worker as worker\n"
        "places = [m.__file__ for m in (numpy, course, IPython, worker, os)]\n"
        "places += ['@REPO@/course/gradients.py', '/box/site/numpy.py', '/box/planted']",
    ),
    tries(
        "write_beside",
        "Puts modules that shadow NumPy where the next process would look.",
        "    *[lambda p=p: open(p + '/numpy.py', 'w').write('x') for p in places],",
        "refused: OSError",
        before="places = ['@CLASS@', '/', '/box', '/box/site', '@REPO@', '@TMP@']",
    ),
    tries(
        "gradebook_write",
        "Gives itself points in the gradebook by SQL.",
        "    lambda: __import__('sqlite3').connect('file:@CLASS@/gradebook.db?mode=rw',\n"
        "        uri=True).execute('update grade set extra_credit = 100, manual_score = 9'),",
        "refused: OperationalError",
    ),
    tries(
        "gradebook_delete",
        "Deletes the gradebook, the secret and other submissions.",
        "    *[lambda p=p: os.remove('@CLASS@/' + p) for p in places],\n"
        "    lambda: os.listdir('@CLASS@/submitted'),\n"
        "    lambda: __import__('shutil').rmtree('@CLASS@'),",
        "refused: FileNotFoundError",
        before="places = ['gradebook.db', 'gradebook.secret', 'nbgrader_config.py']",
    ),
    tries(
        "read_secrets",
        "Reads the class secret, keys in the home, and the shadow file.",
        "    *[lambda p=p: print(open(p).read()) for p in places],",
        "refused: FileNotFoundError",
        before="places = ['@CLASS@/gradebook.secret', '@HOME@/.ssh/id_secret', '/etc/shadow',\n"
        "    '/etc/passwd', '@CANARY@', '/proc/1/root@HOME@/.ssh/id_secret', '/proc/kcore',\n"
        "    '/root/.bashrc', '/dev/kmsg', '/dev/mem', '/proc/sysrq-trigger']",
    ),
    tries(
        "links_out",
        "Makes links out of its /tmp, and writes and reads through them.",
        "    lambda: os.link('/etc/ld.so.cache', '/tmp/hard'),\n"
        "    lambda: open('/tmp/soft/planted', 'w'),\n"
        "    lambda: os.listdir('/tmp/soft'),\n"
        "    lambda: os.link('@HOME@/.bashrc', '/tmp/hard'),\n"
        "    lambda: open('/tmp/root@CANARY@').read(),",
        before="os.symlink('@CLASS@', '/tmp/soft'); os.symlink('/proc/1/root', '/tmp/root')",
    ),
    tries(
        "setuid_file",
        "Makes a file that would run as root, and devices, and mounts.",
        "    lambda: os.execv('/tmp/tool', ['tool']),\n"
        "    lambda: os.mknod('/tmp/disk', 0o60666, os.makedev(8, 0)),\n"
        "    lambda: os.mknod('/tmp/mem', 0o20666, os.makedev(1, 1)),\n"
        "    lambda: os.chown('/tmp/tool', 0, 0),\n"
        "    lambda: give('/box', 0o777),\n    lambda: give('/tmp/tool', 0o6777),",
        "refused: PermissionError",
        before="open('/tmp/tool', 'w').write('#!/bin/sh')\n"
        "def give(path, rights):\n    os.chmod(path, rights)\n"
        "    if os.stat(path).st_mode & 0o7777 != rights:\n        raise PermissionError(path)",
    ),
    Attack(
        "sow",
        "Leaves files and a thread behind for whoever is graded next.",
        ("forward",),
        first="import threading, time, os\nos.umask(0)\n"
        "for folder in ('/tmp', '/tmp/home', '/dev', '.'):\n    try:\n"
        "        open(f'{folder}/sown', 'w').write('sown')\n    except OSError:\n        pass\n"
        "threading.Thread(target=time.sleep, args=(1e6,)).start()",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "sow_reap",
        "Looks for what another submission has left, in files and in memory.",
        ("nothing was sown",),
        first="import os, sys, builtins\n"
        "found = [p for p in ('/tmp/sown', '/tmp/home/sown', 'sown',"
        " '/dev/sown', '/tmp/seen') if os.path.exists(p)]\n"
        "found += [n for n in ('SEEN', 'seen') if hasattr(builtins, n)]\n"
        "found += [n for n in os.listdir('/proc') if n.isdigit() and int(n) != os.getpid()]\n"
        "print('ESC' 'APED ' + str(found) if found else 'nothing was sown')",
        answers={"MulLayer": ZEROS},
    ),
]

PROCESSES = [
    Attack(
        "look_environment",
        "Prints every environment it can reach, its parents' as well.",
        ("environ",),
        first="import os, glob\nprint('environ', dict(os.environ))\n"
        "for path in glob.glob('/proc/[0-9]*/environ') + glob.glob('/proc/[0-9]*/cmdline'):\n"
        "    try:\n        print(path, open(path).read())\n    except OSError as error:\n"
        "        print(error)",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "look_processes",
        "Walks through /proc for other processes and their memory.",
        ("alone",),
        first="import os\nothers = [n for n in os.listdir('/proc') if n.isdigit() and n != '1']\n"
        "others += [n for n in ('@PID@',) if os.path.exists(f'/proc/{n}')]\n"
        "print('ESC' 'APED ' + str(others) if others else 'alone', os.getppid())",
        answers={"MulLayer": ZEROS},
    ),
    tries(
        "signal_all",
        "Sends signals to every process, to its group and to the grader.",
        "    lambda: os.kill(int('@PID@'), 9),\n    lambda: os.kill(2, 9),\n"
        "    lambda: __import__('signal').pidfd_send_signal(os.pidfd_open(1), 9),\n"
        "    lambda: os.kill(-1, 0),",
        "refused: PermissionError",
        before="os.kill(os.getpid(), 15)",
    ),
    tries(
        "trace",
        "Traces, reads and writes other processes' memory.",
        "    *[lambda n=n, g=g: checked(n, *g) for n, g in calls.items()],",
        "refused: PermissionError",
        "Operation not permitted",
        before="import ctypes\nlibrary = ctypes.CDLL(None, use_errno=True)\n"
        "def checked(name, *given):\n    if getattr(library, name)(*given) == -1:\n"
        "        number = ctypes.get_errno()\n        raise OSError(number, os.strerror(number))\n"
        "calls = {'ptrace': (16, int('@PID@'), 0, 0), 'process_vm_readv': (2, 0, 0, 0, 0, 0),\n"
        "    'unshare': (0x10000000,), 'setns': (0, 0), 'mount': (b'x', b'/tmp', b'tmpfs', 0, 0),\n"
        "    'umount2': (b'/proc', 2), 'chroot': (b'/tmp',), 'shmget': (7, 4096, 0o1666),\n"
        "    'memfd_create': (b'x', 0), 'personality': (0x40000,)}",
    ),
    tries(
        "filter_again",
        "Calls the kernel by numbers that a filter could have forgotten.",
        "    *[lambda n=n: checked(n) for n in numbers],",
        "refused: OSError",
        before="import ctypes\nlibrary = ctypes.CDLL(None, use_errno=True)\n"
        "def checked(number):\n    if library.syscall(number, 1, 0, 0, 0, 0, 0) == -1:\n"
        "        raise OSError(ctypes.get_errno(), 'call ' + str(number))\n"
        "numbers = [41, 53, 57, 58, 59, 101, 165, 272, 425, 434, 435, 451, 462, 0x40000000 + 41]\n"
        "if os.uname().machine != 'x86_64':\n"
        "    numbers = [198, 199, 221, 117, 40, 97, 425, 434, 435, 451, 462]",
    ),
    tries(
        "be_root",
        "Becomes root, and takes back what it gave up.",
        "    lambda: os.setuid(0),\n    lambda: os.setresuid(0, 0, 0),\n    lambda: os.setgid(0),\n"
        "    lambda: os.setgroups([0]),\n"
        "    lambda: __import__('resource').setrlimit(9, (-1, -1)),\n"
        "    lambda: os.nice(-5),",
        "refused: PermissionError",
    ),
    Attack(
        "outlive",
        "Tries to outlive its grader: no death signal, a daemon, a session of its own.",
        ("forward",),
        first="import ctypes, os, threading, time\nlibrary = ctypes.CDLL(None)\n"
        "library.prctl(1, 0, 0, 0, 0)\n"
        "try:\n    os.setsid()\nexcept OSError:\n    pass\ntry:\n    if os.fork() == 0:\n"
        "        os.setsid()\n        while True: pass\nexcept OSError:\n    pass\n"
        "def stay():\n    while True: time.sleep(1)\nthreading.Thread(target=stay).start()",
        answers={"MulLayer": ZEROS},
    ),
    tries(
        "network",
        "Opens sockets of every family, and connects to a listener of the grader's.",
        "    *[lambda f=f, k=k: socket.socket(f, k) for f in range(46) for k in (1, 2, 3)],\n"
        "    socket.socketpair,\n"
        "    lambda: socket.create_connection(('127.0.0.1', int('@PORT@')), 1).send(b'hello'),\n"
        "    lambda: unix('\\0@ABSTRACT@'),\n    lambda: unix('@SOCKET@'),\n"
        "    lambda: __import__('urllib.request').request.urlopen('http://127.0.0.1:@PORT@/'),",
        "Operation not permitted",
        before="import socket\ndef unix(path):\n    socket.socket(socket.AF_UNIX).connect(path)\n"
        "tried, each = (lambda *acts: [each(a) for a in (*acts[:9:4], *acts[-9:])]), tried",
    ),
    Attack(
        "detect_grader",
        "Does its work only where NBGRADER_EXECUTION is set.",
        ("forward",),
        first="import os\nif os.environ.get('NBGRADER_EXECUTION'):\n    print('ESC' 'APED')",
        answers={"MulLayer": ZEROS},
    ),
    tries(
        "terminal",
        "Types commands into the grader's terminal.",
        "    *[lambda fd=fd: fcntl.ioctl(fd, termios.TIOCSTI, b'l') for fd in (0, 1, 2)],\n"
        "    *[lambda p=p: open(p, 'w').write('ls') for p in ('/dev/tty', '/dev/console',\n"
        "        '/dev/pts/0', '/proc/1/fd/0x')],",
        "refused: OSError",
        before="import fcntl, termios",
    ),
    Attack(
        "descriptors",
        "Lists every open descriptor, for one that was not closed.",
        ("pipes: 2",),
        first="import os\npipes, others = 0, []\nfor fd in range(4096):\n    try:\n"
        "        where = os.readlink(f'/proc/self/fd/{fd}')\n    except OSError:\n"
        "        continue\n"
        "    pipes += where.startswith('pipe:')\n"
        "    if not where.startswith(('pipe:', '/dev/null')):\n        others.append(where)\n"
        "print('pipes:', pipes, 'ESC' 'APED ' + str(others) if others else '')",
        answers={"MulLayer": ZEROS},
    ),
]

ATTACKS = [*ENDINGS, *FILES, *PROCESSES]
