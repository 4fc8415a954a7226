"""Feedback: the autograded notebook as a page, with nbgrader's own template, scores and comments.

The Markdown of students is made harmless after it became HTML, in which nothing can hide any more.
`nbgrader generate_feedback` and formgrader use the same filter through `nbgrader_config.py`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import bleach
import nbgrader
from bleach.css_sanitizer import CSSSanitizer
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML, markdown2html
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor, Preprocessor
from nbgrader import utils
from traitlets.config import Config

from course.grading.gradebook import Book

MAX_COLOURED, MAX_COLOURED_LINE = 20_000, 500

_TEXT = "a abbr b br code del em i kbd mark s small span strong sub sup u"
_BLOCKS = "blockquote details div figcaption figure h1 h2 h3 h4 h5 h6 hr img p pre summary"
_LISTS = "caption dd dl dt li ol table tbody td tfoot th thead tr ul"
_TAGS = frozenset(f"{_TEXT} {_BLOCKS} {_LISTS}".split())
_BADGES = ("https://colab.research.google.com/", "https://mybinder.org/")
_STYLES = ("text-align", "color", "font-weight", "font-style", "width", "opacity")


_LEADS_SOMEWHERE = re.compile(r"https?://|mailto:|[^:]*$")


def _may_stand(tag: str, name: str, value: str) -> bool:
    """Whether an attribute may stay. Pictures come with the page: reading it tells nobody."""
    if name in ("class", "id", "title", "style", "align", "colspan", "rowspan", "start", "open"):
        return True
    if tag == "a":
        return name == "href" and _LEADS_SOMEWHERE.match(value) is not None
    if tag == "img" and name == "src":
        return value.startswith(("data:image/png;", "data:image/jpeg;", *_BADGES))
    return tag == "img" and name in ("alt", "width", "height")


_CLEANER = bleach.Cleaner(
    tags=_TAGS,
    attributes=_may_stand,
    protocols=frozenset({"http", "https", "mailto", "data"}),
    css_sanitizer=CSSSanitizer(allowed_css_properties=_STYLES),
)


@pass_context
def safe_markdown(context: Mapping[str, Any], source: str) -> str:
    """nbconvert's filter `markdown2html`, with a result that holds no script."""
    return _rendered(source)


@lru_cache(maxsize=2048)
def _rendered(source: str) -> str:
    """A class shares most of its cells, so each is rendered once."""
    try:
        page = markdown2html(source)
    except (
        Exception
    ):  # such as for a picture that didn't come along: the text is there all the same
        page = f"<pre>{html.escape(source)}</pre>"
    return str(_CLEANER.clean(page))


class _Page(HTMLExporter):
    """nbconvert's exporter without its last pass over the whole page, which takes most of its time
    and only adds descriptions to figures that have none."""

    def from_notebook_node(  # type: ignore[override]
        self, nb: Any, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        resources = self._init_resources(resources)
        data = WidgetsDataTypeFilter(
            notebook_metadata=nb.metadata, parent=self, resources=resources
        )
        self.register_filter("highlight_code", safe_highlight)
        self.register_filter("filter_data_type", data)
        return TemplateExporter.from_notebook_node(self, nb, resources, **kw)


def safe_highlight(source: str, metadata: Mapping[str, Any] | None = None) -> str:
    """nbconvert's filter `highlight_code`, with code that takes minutes to colour left plain."""
    lines = source.splitlines()
    if len(source) > MAX_COLOURED or max(map(len, lines), default=0) > MAX_COLOURED_LINE:
        return f'<div class="highlight"><pre>{html.escape(source)}\n</pre></div>'
    return _coloured(source)


@lru_cache(maxsize=2048)
def _coloured(source: str) -> str:
    return str(Highlight2HTML(pygments_lexer="ipython3")(source))


# Where nbgrader 0.9.6 and 0.9.5 keep the style sheet that their template includes.
_STYLE_SHEETS = (
    "static/node_modules/bootstrap/dist/css",
    "static/components/bootstrap/css",
)


class _Scores(Preprocessor):
    """nbgrader's `GetGrades` from a gradebook that is open, which reads it at once and not cell by
    cell."""

    def __init__(self, book: Book):
        super().__init__()
        self._book = book

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        about = resources["nbgrader"]
        entered = self._book.entered(about["student"], about["assignment"])
        for cell in nb.cells:
            if utils.is_solution(cell) or utils.is_task(cell):
                name = cell.metadata.nbgrader["grade_id"]
                cell.metadata.nbgrader["comment"] = entered.comments[name]
            if utils.is_grade(cell) or utils.is_task(cell):
                score, points = entered.scores[cell.metadata.nbgrader["grade_id"]]
                cell.metadata.nbgrader |= {"score": score, "points": points}
        about["score"] = sum(score for score, _ in entered.scores.values()) - entered.penalty
        about["max_score"] = sum(points for _, points in entered.scores.values())
        about["late_penalty"] = entered.penalty
        return nb, resources


class Pages:
    """Makes the feedback pages of one gradebook, which stays open for them."""

    def __init__(self, book: Book):
        folder = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
        config = Config()
        config.HTMLExporter.template_name = "feedback"
        config.HTMLExporter.extra_template_basedirs = [str(folder / "templates")]
        config.HTMLExporter.extra_template_paths = [str(folder / place) for place in _STYLE_SHEETS]
        config.HTMLExporter.filters = {"markdown2html": safe_markdown}
        config.Exporter.default_preprocessors = []
        self._exporter = _Page(config=config)
        for preprocessor in (_Scores(book), CSSHTMLHeaderPreprocessor):
            self._exporter.register_preprocessor(preprocessor, enabled=True)

    def make(self, autograded: Path, student: str, chapter: str) -> str:
        """The page of one autograded notebook whose scores stand in the gradebook."""
        about = {"student": student, "assignment": chapter, "notebook": chapter}
        resources = {"unique_key": chapter, "nbgrader": about}
        page, _ = self._exporter.from_filename(str(autograded), resources=resources)
        return str(page)
