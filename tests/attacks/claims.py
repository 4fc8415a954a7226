"""What is claimed of every attack, whichever way the class was graded."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

from tests.attacks.attack import Attack
from tests.attacks.catalogue import HONEST_STUDENTS, class_of, count, sentence
from tests.attacks.conftest import Graded
from tests.attacks.launch import SECONDS_IN_ALL

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
ALLOWED = {"http", "https", "mailto", "data:image/png", "data:image/jpeg", ""}
SECONDS_AROUND = 30.0
"""What a box takes to start and pages to be made, on a machine that does other things as well."""


class Claims:
    """Collected once for each route, with a fixture `graded`."""

    route = ""
    not_ours = "No notebooks were matched by"  # nbgrader's words, before it asks this course's

    def test_it_earns_what_its_honest_answers_earn(self, graded: Graded, attack: Attack) -> None:
        told = graded.told(attack)
        deserved = attack.deserved_by(graded.route)
        assert graded.scores.get(attack.student) == deserved, told[:3000]
        result = graded.results.get(attack.student)
        if result is not None and deserved is not None:
            assert result["points"] + result["bonus"] == deserved

    def test_what_happened_is_told(self, graded: Graded, attack: Attack) -> None:
        told = graded.told(attack)
        for words in attack.told:
            assert any(each in told for each in words.split("|")), (words, told[:3000])

    def test_nothing_gets_out(self, graded: Graded, attack: Attack) -> None:
        for text in (graded.told(attack), graded.page(attack)):
            for private in ("ESCAPED", graded.words["TOKEN"], graded.words["SECRET"]):
                assert private not in text
            assert not CONTROLS.search(text.replace(attack.student, ""))

    def test_no_script_is_left_in_its_pages(self, graded: Graded, attack: Attack) -> None:
        page = graded.page(attack)
        if page:
            assert active_content(page) == []

    def test_its_outputs_are_bounded(self, graded: Graded) -> None:
        for attack in class_of(self.route):
            assert len(graded.autograded(attack)) < 6 * 2**20, attack.name

    def test_every_honest_student_has_all_points(self, graded: Graded) -> None:
        for student in HONEST_STUDENTS:
            assert graded.scores[student.student] == student.deserved

    def test_the_whole_class_is_graded_and_nobody_else(self, graded: Graded) -> None:
        graded_ones = [one for one in class_of(self.route) if self.route not in one.ungraded_by]
        expected = {one.student for one in graded_ones}
        assert set(graded.scores) == expected

    def test_the_count_finds_nothing_unearned_and_nothing_lost(self, graded: Graded) -> None:
        tried, unearned, lost = count(graded.scores, self.route)
        assert tried > 250
        assert (unearned, lost) == (0, 0), sentence(graded.scores, self.route)

    def test_no_file_outside_is_changed(self, graded: Graded) -> None:
        assert graded.changed == []

    def test_no_process_is_left_behind(self, graded: Graded) -> None:
        assert [run["left"] for run in graded.runs] == [[]] * len(graded.runs)

    def test_no_connection_was_made(self, graded: Graded) -> None:
        assert graded.heard == []

    def test_the_secret_of_the_class_is_nowhere_told(self, graded: Graded) -> None:
        everyone = class_of(self.route)
        secret = (graded.root / "gradebook.secret").read_text().strip()
        for text in (graded.printed, *map(graded.told, everyone), *map(graded.page, everyone)):
            assert secret not in text
        assert graded.words["TOKEN"] not in graded.printed
        assert graded.words["SECRET"] not in graded.printed

    def test_a_terminal_is_told_plain_text(self, graded: Graded) -> None:
        lines = [line for line in graded.printed.splitlines() if self.not_ours not in line]
        assert [line for line in lines if CONTROLS.search(line)] == []
        assert "Traceback" not in graded.printed

    def test_no_submission_takes_much_more_than_its_time(self, graded: Graded) -> None:
        for student, result in graded.results.items():
            assert result["seconds"] < SECONDS_IN_ALL + SECONDS_AROUND, student


def active_content(page: str) -> list[str]:
    """Whatever in the page's body could run, load something or lead to it."""
    scanner = _Scanner()
    scanner.feed(page[page.index("<body") :])
    return scanner.found


class _Scanner(HTMLParser):
    """Looks at every tag and attribute of a page."""

    FORBIDDEN = (
        *("script", "iframe", "object", "embed", "form", "input", "button", "link", "meta"),
        *("base", "style", "svg", "math", "audio", "video", "source", "template", "noscript"),
        *("frame", "frameset", "applet"),
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.FORBIDDEN:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            text = html.unescape(value or "").strip().lower()
            if name.startswith("on") or name in ("srcdoc", "formaction", "background", "srcset"):
                self.found.append(f"{tag} {name}={text[:60]}")
            if name == "style" and re.search(r"url|expression|import|position", text):
                self.found.append(f"{tag} style={text[:60]}")
            if name in ("src", "href", "xlink:href", "action", "data"):
                self._address(tag, name, text)

    def _address(self, tag: str, name: str, text: str) -> None:
        bare = re.sub(r"[\x00-\x20]", "", text)
        scheme = bare.partition(":")[0] if re.match(r"[a-z][a-z0-9+.-]*:", bare) else ""
        if scheme == "data":
            scheme = bare.partition(";")[0]
        outside = tag == "img" and not bare.startswith("data:image/")
        if scheme not in ALLOWED or outside:
            self.found.append(f"{tag} {name}={text[:60]}")
