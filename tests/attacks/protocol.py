"""Attacks on what crosses the wall: student code that answers in the worker's place."""

from __future__ import annotations

from dataclasses import replace

from tests.attacks.answers import ZEROS, layer
from tests.attacks.attack import CH3, Attack
from tests.attacks.host import ASKED, LOST, SLOW

PIPES = """
import fcntl, json, os, stat, struct, sys

def pipe(mode):
    for fd in range(3, 1024):
        try:
            if stat.S_ISFIFO(os.fstat(fd).st_mode):
                if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == mode:
                    return fd
        except OSError:
            pass

REPLIES, REQUESTS = pipe(os.O_WRONLY), pipe(os.O_RDONLY)

def asked():
    frame = sys._getframe()
    while not hasattr(frame.f_locals.get("request"), "id"):
        frame = frame.f_back
    return frame.f_locals["request"]

def number():
    return asked().id

def reply(**fields):
    # In chains, the forged one goes to the first request that makes nothing.
    top = {key: fields.pop(key) for key in ("arrays", "pools") if key in fields}
    forged = {"ok": True, **fields}
    if asked().op != "chains":
        return {"id": number(), **forged, **top}
    made = {"ok": True, "value": {"handle": [1, ""]}}
    values = [forged] + [{"ok": True, "value": 0.0}] * sum(map(len, asked().chains))
    chains = [
        [made if link.op in ("make", "build") else values.pop(0) for link in chain]
        for chain in asked().chains
    ]
    return {"id": number(), "ok": True, "chains": chains, **top}

def framed(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return b"BPC1" + struct.pack("<I", len(text)) + text + data

def send(content):
    while content:
        content = content[os.write(REPLIES, content):]

def answer(data=b"", **fields):
    send(framed(reply(**fields), data))
"""
BROKE = "broke the protocol: "


def forges(name: str, does: str, act: str, *told: str) -> Attack:
    """A forward that sends something of its own before the worker's reply."""
    answer = layer(f"[{act}, 0.0 * x][1]")
    return Attack(name, does, (ASKED, BROKE, *told), first=PIPES, answers={"MulLayer": answer})


FORGED = [
    forges(
        "frame_double",
        "Sends a whole reply of its own; the worker's comes as a second one.",
        "answer(value=5.0)",
    ),
    forges(
        "frame_ahead",
        "Sends replies to the next twenty requests ahead of time.",
        "[send(framed({'id': number() + k, 'ok': True, 'value': 5.0})) for k in range(1, 20)]",
        "carries another number",
    ),
    forges(
        "frame_number",
        "Replies with another request's number.",
        "send(framed({'id': 10**6, 'ok': True, 'value': 5.0}))",
        "carries another number",
    ),
    forges(
        "frame_number_true",
        "Replies with true in place of a number.",
        "send(framed({'id': True, 'ok': True, 'value': 5.0}))",
    ),
    forges(
        "frame_magic",
        "Sends something else than a frame.",
        "send(b'\\x93NUMPY\\x01\\x00' * 9)",
        "beginning of a frame",
    ),
    forges(
        "frame_pickle",
        "Sends a pickle that would run a command.",
        "send(b'\\x80\\x04cos\\nsystem\\n(S\"touch @CANARY@\"\\ntR.')",
        "beginning of a frame",
    ),
    forges(
        "frame_long_header",
        "Declares a header of four gigabytes.",
        "send(b'BPC1' + b'\\xff' * 4)",
        "65536 bytes",
    ),
    forges(
        "frame_no_header",
        "Declares a header of one byte.",
        "send(b'BPC1' + struct.pack('<I', 1) + b'{')",
        "65536 bytes",
    ),
    forges(
        "frame_not_json",
        "Its header is Python, not JSON.",
        "send(framed(b\"{'id': __import__('os')}\"))",
        "JSON",
    ),
    forges("frame_list", "Its header is a list.", "send(framed([1, 2]))", "JSON object"),
    forges(
        "frame_deep",
        "Its header nests thirty thousand brackets.",
        "send(framed(b'[' * 30000 + b']' * 30000))",
        "levels deep",
    ),
    forges(
        "frame_nan",
        "Its header holds NaN and Infinity.",
        "answer(**{'value': float('nan')})",
        "NaN",
    ),
    forges(
        "frame_huge_float",
        "Its value is 1e999.",
        "send(framed(json.dumps(reply(value=0.125)).replace('0.125', '1e999').encode()))",
        "too large for a float",
    ),
    forges(
        "frame_digits",
        "Its value is a whole number of sixty thousand digits.",
        'send(framed(b\'{"id": %d, "ok": true, "value": %s}\' % (number(), b\'9\' * 60000)))',
        "JSON",
    ),
    forges(
        "frame_64_bits", "Its value is a whole number of 65 bits.", "answer(value=2**64)", "64 bits"
    ),
    forges(
        "frame_twice",
        "Its header says ok twice, in two ways.",
        'send(framed(b\'{"ok": true, "ok": 1, "id": %d}\' % number()))',
    ),
    forges(
        "frame_both",
        "Its reply is both ok and an error.",
        "answer(error=['E', 'm', '', '', 0], value=1.0)",
        "either ok or an error",
    ),
    forges(
        "frame_score",
        "Its reply carries a score and a verdict.",
        "answer(value=5.0, score=3.0, points=3.0, verdict='right')",
        "nobody asked for",
    ),
    forges(
        "frame_object",
        "Declares an array of objects.",
        "answer(arrays=[['|O', [3, 2]]], value={'array': 0})",
        "Arrays are of",
    ),
    forges(
        "frame_complex",
        "Declares an array of complex numbers.",
        "answer(arrays=[['<c16', [3, 2]]], value={'array': 0})",
        "Arrays are of",
    ),
    forges(
        "frame_structured",
        "Declares a structured array.",
        "answer(arrays=[[[['a', '<f8']], [3, 2]]], value={'array': 0})",
        "Arrays are of",
    ),
    forges(
        "frame_negative",
        "Declares a shape with a negative extent.",
        "answer(arrays=[['<f8', [-3, -2]]], value={'array': 0})",
        "extents",
    ),
    forges(
        "frame_fraction",
        "Declares a shape with fractions and booleans in it.",
        "answer(arrays=[['<f8', [True, 2.0]]], value={'array': 0})",
        "extents",
    ),
    forges(
        "frame_overflow",
        "Declares a shape whose size overflows 64 bits.",
        "answer(arrays=[['<f8', [2**33, 2**33]]], value={'array': 0})",
        "bytes of arrays",
    ),
    forges(
        "frame_in_all",
        "Declares many arrays that are too large together.",
        "answer(arrays=[['<f8', [2**22]]] * 9, value={'array': 0})",
        "bytes of arrays",
    ),
    forges(
        "frame_empty_side",
        "Declares an empty array with one endless side.",
        "answer(arrays=[['<f8', [0, 2**62]]], value={'array': 0})",
        "bytes of arrays",
    ),
    forges(
        "frame_many",
        "Declares two thousand arrays.",
        "answer(arrays=[['|b1', [0]]] * 2000)",
        "at most",
    ),
    forges(
        "frame_dimensions",
        "Declares an array of 33 dimensions.",
        "answer(arrays=[['<f8', [1] * 33]], value={'array': 0})",
        "dimensions",
    ),
    forges(
        "frame_unused",
        "Sends an array that no value names.",
        "answer(bytes(8), **{'arrays': [['<f8', [1]]]})",
        "nobody asked for",
    ),
    forges(
        "frame_shared",
        "Names one array twice.",
        "answer(bytes(8), **{'arrays': [['<f8', [1]]], 'value': [{'array': 0}, {'array': 0}]})",
        "named twice",
    ),
    forges(
        "frame_bool",
        "Sends a bool that is neither 0 nor 1.",
        "answer(b'\\xff', **{'arrays': [['|b1', [1]]], 'value': {'array': 0}})",
        "neither 0 nor 1",
    ),
    forges(
        "frame_pool",
        "Names a slice far beyond its pool of numbers.",
        "answer(bytes(16), **{'arrays': [['<f8', [2]]], 'pools':"
        " {'<f8': 0}, 'value': {'numbers': ['list', '<f8', 0, 2**40]}})",
        "beyond its pool",
    ),
    forges(
        "frame_pool_again",
        "Names one pool of numbers a thousand times, each to be spelt out.",
        "answer(bytes(80_000), **{'arrays': [['<f8', [10_000]]], 'pools':"
        " {'<f8': 0}, 'value': [{'numbers': ['list', '<f8', 0, 10_000]}] * 1400})",
        "more than once",
    ),
    forges(
        "frame_large_pool",
        "Sends a pool of sixty million truths, to be spelt out one by one.",
        "answer(bytes(60_000_000), **{'arrays': [['|b1', [60_000_000]]], 'pools':"
        " {'|b1': 0}, 'value': 1.0})",
        "pool",
    ),
    forges(
        "frame_surrogate",
        "Its text holds half a character.",
        "answer(value='\\ud800')",
        "half a character",
    ),
    forges(
        "frame_long_text",
        "Its text has a million characters.",
        "answer(value='x' * 60_000)",
        "characters",
    ),
    forges(
        "frame_given",
        "Its value is the description of a given.",
        "answer(value={'given': ['bowl', {'W': 1.0}]})",
    ),
    forges(
        "frame_handle",
        "Its value is a handle where a number was asked for.",
        "answer(value={'handle': [1, '__class__']})",
    ),
    forges(
        "frame_handle_inside",
        "Handles stand in a tuple in its value.",
        "answer(value={'tuple': [{'handle': [1, '']}, {'handle': [-5, 'x']}]})",
    ),
    forges(
        "frame_after",
        "Reports arguments that were never there as changed.",
        "answer(value=5.0, after={'-1': 1.0, '99999': 2.0})",
        "position",
    ),
    forges(
        "frame_no_links",
        "Replies to a chain as if it were one request.",
        "send(framed({'id': number(), 'ok': True, 'value': 5.0}))",
        "'chains' is missing",
    ),
    forges(
        "frame_few_links",
        "Replies to the first request of a chain, and to no other.",
        "send(framed({'id': number(), 'ok': True, 'chains': [reply(value=5.0)['chains'][0][:1]]}))",
        "first error",
    ),
    forges(
        "frame_many_links",
        "Replies to a chain with a thousand values.",
        "send(framed(reply(value=5.0) | {'chains': [reply(value=5.0)['chains'][0] * 200]}))",
        "replies",
    ),
    forges(
        "frame_error_between",
        "Goes on behind an error in a chain.",
        "answer(ok=False, error=['NotImplementedError', '1.1', '', '', 0])",
        "first error",
    ),
    forges(
        "frame_error_text",
        "Its error is no list of texts.",
        "send(framed({'id': number(), 'ok': False, 'error': [1, 2, 3, 4, 5]}))",
        "error",
    ),
    forges(
        "frame_warnings",
        "Reports a thousand warnings.",
        "answer(value=5.0, warnings=['w'] * 1000)",
        "warnings",
    ),
]

BY_HAND = [
    Attack(
        "pipe_half",
        "Sends half a frame and ends.",
        (ASKED,),
        first=PIPES,
        answers={"MulLayer": layer("[send(b'BPC1\\x09'), os._exit(0)]")},
    ),
    Attack(
        "pipe_half_array",
        "Declares an array, sends half of it, and ends.",
        (ASKED,),
        first=PIPES,
        answers={
            "MulLayer": layer(
                "[answer(bytes(4096), **{'arrays': [['<f8', [2**20]]],"
                " 'value': {'array': 0}}), os._exit(0)]"
            )
        },
    ),
    Attack(
        "pipe_silence",
        "Closes nothing, says nothing, and waits.",
        (ASKED, SLOW),
        first=PIPES,
        answers={"MulLayer": layer("[setattr(os, 'write', lambda fd, data: len(data)), x][1]")},
    ),
    Attack(
        "pipe_drip",
        "Sends a frame byte by byte, one every tenth of a second.",
        (ASKED, SLOW),
        first=PIPES + "\nimport time\ndef drip():\n"
        "    for byte in framed({'id': number(), 'ok': True, 'value': 5.0}):\n"
        "        send(bytes([byte]))\n        time.sleep(0.1)\n",
        answers={"MulLayer": layer("[drip(), x][1]")},
    ),
    Attack(
        "pipe_flood",
        "Writes to the reply pipe for ever.",
        (LOST, BROKE),
        first=PIPES + "\nwhile True:\n    send(b'BPC1' + bytes(65536))",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "pipe_zero_array",
        "Sends sixty megabytes of zeros again and again.",
        (ASKED, BROKE),
        first=PIPES,
        answers={
            "MulLayer": layer(
                "[answer(bytes(2**20 * 56), **{'arrays': [['<f8', [2**20 * 7]]],"
                " 'value': {'array': 0}}), x][1]"
            )
        },
    ),
    Attack(
        "pipe_closed",
        "Closes both pipes and runs on.",
        (ASKED,),
        first=PIPES,
        answers={
            "MulLayer": layer(
                "[os.close(REPLIES), os.close(REQUESTS), time.sleep(60)]", before="import time"
            )
        },
    ),
    Attack(
        "pipe_stolen",
        "Reads the next request from under the worker, and loses it.",
        (ASKED,),
        first=PIPES + "\nimport threading\ndef steal():\n"
        "    threading.Thread(target=os.read, args=(REQUESTS, 9), daemon=True).start()",
        answers={"MulLayer": layer("[steal() for _ in range(9)] and 0.0 * x")},
    ),
    Attack(
        "pipe_thread",
        "A thread sends a frame a moment after forward has answered.",
        (ASKED, BROKE),
        first=PIPES + "\nimport threading\ndef later():\n"
        "    send(framed({'id': 3, 'ok': True, 'value': 5.0}))",
        answers={"MulLayer": layer("threading.Timer(0.001, later).start() or 0.0 * x")},
    ),
    Attack(
        "serve_instead",
        "Takes over the worker's loop and answers every request with zeros.",
        ("returns the number 0",),
        points=0.0,
        first=PIPES
        + """
def read(size):
    content = b""
    while len(content) < size:
        content += os.read(REQUESTS, size - len(content))
    return bytearray(content)

def spelt(op):
    return {"handle": [1, ""]} if op in ("make", "build") else 0.0

def serve():
    from course.grading import frames
    while True:
        header, _ = frames.unpack(read)
        value = spelt(header["op"])
        if header["op"] == "run":
            empty = {"id": header["id"], "ok": True, "text": 0, "pngs": []}
            send(framed(empty | {"arrays": [["|u1", [0]]]}))
        elif header["op"] == "chains":
            chains = [
                [{"ok": True, "value": spelt(link["op"])} for link in chain]
                for chain in header["chains"]
            ]
            send(framed({"id": header["id"], "ok": True, "chains": chains}))
        else:
            send(framed({"id": header["id"], "ok": True, "value": value}))
""",
        answers={
            "MulLayer": "empty = {'id': number(), 'ok': True, 'text': 0, 'pngs': [],"
            " 'arrays': [['|u1', [0]]]}\nsend(framed(empty))\nserve()"
        },
    ),
    Attack(
        "serve_errors",
        "Answers every request with the error of an untouched TO DO.",
        ("not attempted",),
        points=0.0,
        first="import course.session as s\nfrom course.session import Reply, Raised\n"
        "s.LocalSession.make = lambda *g: Reply(error=Raised('NotImplementedError', '1.1'))",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "patch_session",
        "Replaces the session's call, so that every call returns 0.",
        ("returns the number 0",),
        points=0.0,
        first="import course.session as s\nfrom course.session import Reply\n"
        "s.LocalSession.call = lambda *given: Reply(0.0)",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "patch_plain",
        "Replaces the function that makes results plain.",
        ("can't be read",),
        points=0.0,
        first="import course.session as s\ns.plain = lambda value, depth=0: object()",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "patch_encode",
        "Replaces the encoder of replies by one that gives itself points.",
        ("ended the process", BROKE),
        points=0.0,
        first="import course.grading.frames as frames, json, struct\n"
        "def full(number, reply, cut=False):\n"
        "    text = json.dumps({'id': number, 'ok': True, 'value': 1.0, 'points': 3}).encode()\n"
        "    return b'BPC1' + struct.pack('<I', len(text)) + text\n"
        "frames.encode_reply = frames.encode_chains = full",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "patch_worker",
        "Finds the running worker, and replaces its reply.",
        ("no number",),
        points=0.0,
        first="import gc\nfrom course.session import Reply\nfor thing in gc.get_objects():\n"
        "    if type(thing).__name__ == 'Worker':\n"
        "        thing.reply = lambda request: Reply(7.0, printed='3 of 3 points')",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "patch_json",
        "Replaces what writes JSON, and struct.pack, in the worker.",
        (LOST, BROKE),
        first="import json, struct\n"
        'json.JSONEncoder.encode = lambda *g: \'{"id": 0, "ok": true}\'\n'
        "struct.pack = lambda *g: b'\\x15\\0\\0\\0'",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "patch_write",
        "Replaces os.write, so that the worker believes it has replied.",
        (LOST, SLOW),
        first="import os\nos.write = lambda fd, data: len(data)",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "patch_objects",
        "Swaps the objects behind the session's handles for its own.",
        ("two results",),
        first="import gc\nclass Fine:\n    def forward(self, *g): return 0.0\n"
        "    def backward(self, *g): return 0.0, 0.0\nclass Always(dict):\n"
        "    def __getitem__(self, key): return Fine()\nfor thing in gc.get_objects():\n"
        "    if type(thing).__name__ == 'LocalSession':\n        thing._objects = Always()",
        answers={"MulLayer": ZEROS},
        points=0.0,
    ),
    Attack(
        "patch_givens",
        "Replaces the library of givens, from which the check builds.",
        ("numeric_gradient",),
        points=5.0,
        first="import course.givens as givens\ngivens.LIBRARY.clear()\n"
        "givens.build = lambda given: 1 / 0",
        answers={"numeric_gradient": "def numeric_gradient(f, x, h=1e-5):\n    return 0 * x"},
    ),
    Attack(
        "patch_clear",
        "Empties the dictionaries of every module there is.",
        (LOST,),
        first="import gc\ngc.unfreeze()\nown = globals()\n"
        "for thing in [t for t in gc.get_objects() if type(t) is dict and t is not own]:\n"
        "    thing.clear()",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "patch_trace",
        "Sets a trace function that raises at every line.",
        ("forward",),
        first="import sys, threading\nsys.settrace(lambda *given: 1 / 0)\n"
        "sys.setprofile(lambda *given: 1 / 0)",
        answers={"MulLayer": ZEROS},
    ),
]

OUTPUT = [
    Attack(
        "print_line",
        "Prints one line of 20 MB.",
        ("(cut)",),
        first="print('x' * 20_000_000)",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "print_flood",
        "Prints lines without end, to both streams and to the descriptors.",
        (LOST, SLOW),
        first="import os, sys\nwhile True:\n    print('x' * 1000)\n"
        "    print('y', file=sys.stderr)\n    os.write(1, b'z' * 1000)\n"
        "    os.write(2, b'z' * 1000)",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "print_escapes",
        "Prints sequences that clear a terminal, set its title and paste.",
        ("forward",),
        first="print('\\x1b[2J\\x1b]0;owned\\x07\\x1b[201~rm -rf "
        "/\\n\\x9b31m\\x90q\\x9c\\x08\\x07')\n"
        "raise ValueError('\\x1b]52;c;b3duZWQ=\\x07 \\u202e evil \\x85 \\ud800')",
        answers={
            "MulLayer": layer(
                "fail()",
                before="def fail():\n    print('\\x1b[31mred')\n"
                "    raise type('E\\x1b[2J', (Exception,), {})('\\x1b]0;owned\\x07 \\u2066x')",
            )
        },
    ),
    Attack(
        "print_script",
        "Puts script into every word that comes back: names, messages, warnings.",
        ("forward",),
        first="print('<script>alert(1)</script>')\n"
        "raise type('<script>alert(2)</script>', (Exception,), {})('<img src=x onerror=alert(3)>')",
        answers={
            "MulLayer": layer(
                "fail()",
                before="import warnings\ndef fail():\n"
                "    print('<script>alert(4)</script>')\n"
                "    warnings.warn('<svg onload=alert(5)>')\n"
                "    raise type('<b onclick=alert(6)>', (Exception,), {})('</td></table>"
                "<script>alert(7)</script>')  # <script>alert(8)</script>",
            )
        },
    ),
    Attack(
        "print_keys",
        "Returns a dict whose keys are scripts.",
        ("set in place",),
        chapter=CH3,
        answers={
            "TwoLayerNet": """
class TwoLayerNet:
    def __init__(self, *sizes):
        self.params = {"<script>alert(1)</script>": np.zeros(3)}

    def loss(self, x, t):
        return 0.0

    accuracy = loss

    def gradient(self, x, t):
        return {"</pre><script>alert(1)</script>\\x1b[2J": np.zeros(3)}
"""
        },
    ),
    Attack(
        "display_html",
        "Displays HTML, SVG, JavaScript and a widget.",
        ("forward",),
        first="from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display\n"
        "display(HTML('<script>alert(1)</script>'), Javascript('alert(2)'))\n"
        'display(SVG(\'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(3)"/>\'))\n'
        "display(Markdown('[x](javascript:alert(4))'), "
        "Latex('$\\\\href{javascript:alert(5)}{x}$'))\n"
        "display({'text/html': '<script>alert(6)</script>', 'image/svg+xml': '<svg/>',\n"
        "    'application/javascript': 'alert(7)', 'text/plain': '<script>'}, raw=True)",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "display_png",
        "Displays files that begin like a PNG and go on as a script, and bombs.",
        ("forward",),
        first="from IPython.display import display\n"
        "fake = b'\\x89PNG\\r\\n\\x1a\\n<script>alert(1)</script>'\n"
        "for _ in range(40):\n    display({'image/png': fake}, raw=True)\n"
        "display({'image/png': fake + bytes(3 * 2**20)}, raw=True)\n"
        "display({'image/png': '\\\"><script>alert(2)</script>'}, raw=True)",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "display_bomb",
        "Displays a PNG of a hundred kilobytes and a thousand million pixels.",
        ("forward",),
        first="import struct, zlib\nfrom IPython.display import display\n"
        "def chunk(kind, data):\n    whole = kind + data\n"
        "    return struct.pack('>I', len(data)) + whole + struct.pack('>I', zlib.crc32(whole))\n"
        "side = 32_000\nheader = struct.pack('>IIBBBBB', side, side, 1, 0, 0, 0, 0)\n"
        "png = b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', header)\n"
        "png += chunk(b'IDAT', zlib.compress(bytes(side * (side // 8 + 1)), 1))\n"
        "display({'image/png': png + chunk(b'IEND', b'')}, raw=True)",
        answers={"MulLayer": ZEROS},
    ),
    Attack(
        "display_figures",
        "Opens two hundred large figures.",
        ("forward",),
        first="import matplotlib.pyplot as plt\nfor _ in range(30):\n"
        "    plt.figure(figsize=(9, 9))",
        answers={"MulLayer": ZEROS},
    ),
]

# Both routes have the same box and read the same frames: every fifth forgery tells as much there.
ATTACKS = [
    *(a if n % 5 == 0 else replace(a, routes=("course",)) for n, a in enumerate(FORGED)),
    *BY_HAND,
    *OUTPUT,
]
