"""The build: what it makes of a text source, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest

from course import draws
from course.authoring import build, notebooks, source
from course.authoring.build import made
from course.authoring.notebooks import Publication
from course.authoring.source import Refusal

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted((ROOT / "source_notebooks").glob("ch*.py"))
PUBLISHED = Publication("https://github.com/someone/backprop", "v1")

SMALL = '''\
# %% [markdown]
# # A small chapter

# %%
import numpy as np

from course import check

# %% [markdown]
# ### 1.1 The product

# %% answer="MulLayer"
class MulLayer:
    """x, y -> x * y."""

    def forward(self, x, y):
        ### BEGIN SOLUTION 1.1: keep both; return the product
        self.x, self.y = x, y
        return x * y
        ### END SOLUTION

    def backward(self, dout):
        ### BEGIN SOLUTION 1.1: one slope for each input
        return dout * self.y, dout * self.x
        ### END SOLUTION


# %% exercise="mul_layer" points=3
check("mul_layer", MulLayer)

# %% [markdown] hints="mul_layer"
# 1. One?
# 2. Two.
# 3. Three,
#    in two lines.

# %% [markdown] predict="which"
# **Which?**
#
# - [ ] this
# - [x] that
#
# > That one.

# %% [markdown] explain="small_explain" points=2
# **Explain.**
#
# ### BEGIN SOLUTION
# Because.
# ### END SOLUTION
'''


@pytest.fixture(scope="module")
def trusted():
    return draws.load(ROOT / "grader_tests")


@pytest.fixture
def written(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "ch9_small.py"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def built(path, trusted, publication=None):
    return made(source.read(path), trusted, publication or Publication())


def cell(notebook, name):
    return next(c for c in notebook.cells if c.id == name)


def test_an_answer_becomes_a_stub_that_says_what_to_do_and_raises(written, trusted):
    stub = cell(built(written(SMALL), trusted).release, "answer_MulLayer").source
    assert "        # TO DO 1.1: keep both; return the product\n" in stub
    assert stub.count('raise NotImplementedError("1.1")') == 2
    assert "self.x" not in stub
    assert "BEGIN SOLUTION" not in stub
    assert '"""x, y -> x * y."""' in stub


def test_the_solved_notebook_has_the_answer_without_its_marks(written, trusted):
    answer = cell(built(written(SMALL), trusted).solution, "answer_MulLayer").source
    assert "return dout * self.y, dout * self.x" in answer
    assert "###" not in answer
    assert "TO DO" not in answer


def test_cells_carry_nbgraders_schema_3(written, trusted):
    release = built(written(SMALL), trusted).release
    answer = cell(release, "answer_MulLayer").metadata["nbgrader"]
    check = cell(release, "mul_layer").metadata["nbgrader"]
    explain = cell(release, "small_explain").metadata["nbgrader"]
    assert (answer["solution"], answer["grade"], answer["locked"]) == (True, False, False)
    assert (check["solution"], check["grade"], check["locked"]) == (False, True, True)
    assert (check["points"], check["grade_id"], check["schema_version"]) == (3.0, "mul_layer", 3)
    assert (explain["solution"], explain["grade"], explain["points"]) == (True, True, 2.0)
    assert cell(release, "mul_layer").metadata["tags"] == ["raises-exception"]


def test_every_cell_of_a_release_is_locked_or_gradable_or_a_prediction(written, trusted):
    for made_cell in built(written(SMALL), trusted).release.cells:
        settings = made_cell.metadata.get("nbgrader")
        if settings is None:
            assert made_cell.metadata["course"] == {"predict": "which"}
        else:
            assert settings["locked"] or settings["solution"]


def test_hints_leave_the_notebook_and_come_with_the_package(written, trusted):
    product = built(written(SMALL), trusted)
    assert product.chapter.exercises["mul_layer"].hints == ("One?", "Two.", "Three, in two lines.")
    assert not any("Two." in c.source for c in product.release.cells)


def test_a_prediction_hides_its_answer_until_it_is_made(written, trusted):
    product = built(written(SMALL), trusted)
    texts = "\n".join(c.source for c in product.release.cells)
    assert "a) this" in texts
    assert "b) that" in texts
    assert "That one" not in texts
    assert "[x]" not in texts
    assert cell(product.release, "predict_which").source == 'reveal("which", "")'
    assert cell(product.solution, "predict_which").source == 'reveal("which", "b")'
    assert product.chapter.predictions["which"].right == "b"


def test_the_model_answer_stays_in_the_solution(written, trusted):
    product = built(written(SMALL), trusted)
    assert "Because." not in cell(product.release, "small_explain").source
    assert "Because." in cell(product.solution, "small_explain").source


def test_ids_stay_when_text_around_a_cell_changes(written, trusted):
    before = built(written(SMALL), trusted).release
    after = built(
        written(SMALL.replace("# # A small chapter", "# # Another\n# name")), trusted
    ).release
    assert [c.id for c in before.cells][1:] == [c.id for c in after.cells][1:]


def test_ids_are_unique_even_where_two_cells_say_the_same(written, trusted):
    twice = SMALL + "\n# %%\nprint(1)\n\n# %%\nprint(1)\n"
    ids = [c.id for c in built(written(twice), trusted).release.cells]
    assert len(set(ids)) == len(ids)


def test_where_the_course_is_published_stands_in_badge_and_install_cell(written, trusted):
    first, install, *_ = built(written(SMALL), trusted, PUBLISHED).release.cells
    assert first.source.startswith("[![Open in Colab](")
    assert "github/someone/backprop/blob/v1/release/ch9_small/ch9_small.ipynb" in first.source
    assert '"backprop-course @ git+https://github.com/someone/backprop@v1"' in install.source
    assert 'find_spec("course") is None' in install.source


def test_unpublished_there_is_no_badge_and_the_install_cell_says_how(written, trusted):
    first, install, *_ = built(written(SMALL), trusted).release.cells
    assert "Colab" not in first.source
    assert "pip install -e ." in install.source
    assert "%pip" not in install.source


def test_the_publication_is_read_from_pyproject(tmp_path):
    file = tmp_path / "pyproject.toml"
    file.write_text('[tool.course]\nrepository = "https://github.com/a/b/"\nref = "main"\n')
    assert Publication.read(file) == Publication("https://github.com/a/b", "main")
    file.write_text("[project]\nname = 'x'\n")
    assert Publication.read(file) == Publication()


def test_a_bug_hunt_hands_out_the_faulty_code():
    text = (
        "def f(x):\n    ### BEGIN SOLUTION 1.12: find it\n    return x\n    ### INSTEAD\n"
        "    # if x:\n    #     return -x\n    ### END SOLUTION\n"
    )
    stub = "def f(x):\n    # TO DO 1.12: find it\n    if x:\n        return -x\n"
    assert source.stub(text) == stub
    assert source.solved(text) == "def f(x):\n    return x\n"


LATER = """\
# %% [markdown]
# # A later chapter

# %% given="MulLayer"
# The build puts the answer of the chapter before here.
"""


def test_a_given_cell_is_built_from_the_answers_of_earlier_chapters(written, tmp_path):
    written(SMALL)
    (tmp_path / "ch9z_later.py").write_text(LATER, encoding="utf-8")
    given = source.read(tmp_path / "ch9z_later.py").cells[1]
    assert given.role == "code"
    assert "return dout * self.y, dout * self.x" in given.source
    assert "###" not in given.source


def test_a_given_cell_that_no_earlier_chapter_answers_is_refused(tmp_path):
    (tmp_path / "ch9z_later.py").write_text(LATER, encoding="utf-8")
    with pytest.raises(Refusal, match=r"^ch9z_later\.py:4: no earlier chapter answers MulLayer"):
        source.read(tmp_path / "ch9z_later.py")


def without(text, header):
    """The source without the cell of this header."""
    cells = text.split("# %%")
    return "# %%".join(c for c in cells if not c.startswith(header))


REFUSED = {
    "an exercise without check": (
        without(SMALL, ' exercise="mul_layer"'),
        "has no check",
    ),
    "an exercise without hints": (without(SMALL, ' [markdown] hints="mul'), "has no hints"),
    "an exercise without points": (SMALL.replace(" points=3", ""), "has no points"),
    "two rungs instead of three": (SMALL.replace("# 2. Two.\n", ""), "has 2 rungs"),
    "an exercise without expected numbers": (
        SMALL.replace("mul_layer", "unheard_of"),
        "has no expected numbers",
    ),
    "a duplicate id": (SMALL + SMALL[SMALL.index("# %% answer=") :], "stands twice"),
    "a solution that fails its own check": (
        SMALL.replace("return dout * self.y, dout * self.x", "return dout * self.x, dout * self.y"),
        "fails its own check",
    ),
    "a stub that passes": (
        SMALL.replace("        ### BEGIN SOLUTION 1.1: keep both; return the product\n", "")
        .replace("        return x * y\n        ### END SOLUTION\n", "        return x * y\n")
        .replace(
            "        return dout * self.y, dout * self.x\n        ### END SOLUTION",
            "        return dout * self.y, dout * self.x\n        ### INSTEAD\n"
            "        # return dout * self.y, dout * self.x\n        ### END SOLUTION",
        ),
        "stub of mul_layer passes",
    ),
    "an answer that defines something else": (
        SMALL.replace("class MulLayer", "class Other"),
        "doesn't define MulLayer",
    ),
    "a header nobody knows": (SMALL.replace("points=3", "point=3"), "header's point"),
    "a check of another object": (
        SMALL.replace('check("mul_layer", MulLayer)', 'check("mul_layer", MulLayer, np)'),
        "np, which has no answer",
    ),
    "a solution that isn't closed": (
        SMALL.replace("        return x * y\n        ### END SOLUTION\n", "        return x * y\n"),
        "BEGIN SOLUTION",
    ),
    "an exercise without heading": (
        SMALL.replace("# ### 1.1 The product", "# prose"),
        "no heading",
    ),
    "a need that isn't there": (SMALL.replace("points=3", 'points=3 needs="other"'), "needs other"),
    "a prediction with two answers": (
        SMALL.replace("- [ ] this", "- [x] this"),
        "prediction which",
    ),
}


@pytest.mark.parametrize(("text", "sentence"), REFUSED.values(), ids=REFUSED)
def test_the_build_refuses(written, trusted, text, sentence):
    with pytest.raises(Refusal, match=r"^ch9_small\.py:\d+: ") as refusal:
        built(written(text), trusted)
    assert sentence in str(refusal.value)


def test_a_refusal_names_the_line_of_the_cell(written, trusted):
    with pytest.raises(Refusal) as refusal:
        built(written(SMALL.replace(" points=3", "")), trusted)
    line = 1 + SMALL.splitlines().index('# %% exercise="mul_layer" points=3')
    assert str(refusal.value).startswith(f"ch9_small.py:{line}: ")


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_what_is_committed_is_what_the_source_says(path, trusted):
    place = build.Place(ROOT)
    publication = Publication.read(ROOT / "pyproject.toml")
    assert build.stale(place, made(source.read(path), trusted, publication)) == []


def test_stale_files_are_named(tmp_path, written, trusted):
    product = built(written(SMALL), trusted)
    place = build.Place(tmp_path)
    assert len(build.stale(place, product)) == 4
    place.release("ch9_small").parent.mkdir(parents=True)
    place.release("ch9_small").write_text(build.notebook_text(product.release), encoding="utf-8")
    assert "release/ch9_small/ch9_small.ipynb" not in build.stale(place, product)


def test_cards_are_compared_to_ten_digits_and_the_rest_exactly():
    assert build.same({"a": [1.0, 2]}, {"a": [1.0 + 1e-12, 2]})
    assert not build.same({"a": [1.0, 2]}, {"a": [1.0 + 1e-9, 2]})
    assert not build.same({"a": "x"}, {"a": "y"})
    assert not build.same([1], [1, 2])


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_notebooks_are_valid_and_executed_without_error(path):
    place = build.Place(ROOT)
    nbformat.validate(nbformat.read(place.release(path.stem), as_version=4))
    solution = nbformat.read(place.solution(path.stem), as_version=4)
    nbformat.validate(solution)
    code = [c for c in solution.cells if c.cell_type == "code"]
    assert all(c.execution_count for c in code)
    outputs = [output for c in code for output in c.outputs]
    assert not [output for output in outputs if output.output_type == "error"]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_line_of_a_solution_stands_anywhere_in_the_release_or_the_package(path):
    chapter = source.read(path)
    release = build.Place(ROOT).release(path.stem).read_text(encoding="utf-8")
    data = build.Place(ROOT).data(path.stem).read_text(encoding="utf-8")
    for answer in chapter.of("answer"):
        stub = source.stub(answer.source)
        for line in source.solved(answer.source).splitlines():
            told = json.dumps(line.strip())[1:-1]
            if len(told) > 25 and line not in stub:
                assert told not in release, told
                assert told not in data, told


def test_a_chapter_data_file_reads_back_as_it_was(written, trusted):
    product = built(written(SMALL), trusted)
    from course import cards

    again = cards.chapter_from_json(json.loads(build.data_text(product.chapter)))
    assert again.exercises["mul_layer"].hints == product.chapter.exercises["mul_layer"].hints
    for one, other in zip(
        again.exercises["mul_layer"].cards,
        product.chapter.exercises["mul_layer"].cards,
        strict=True,
    ):
        assert one.case == other.case
        for name, value in other.expected.items():
            np.testing.assert_array_equal(one.expected[name], value)


def test_a_release_is_named_by_what_it_says(written, trusted):
    one = built(written(SMALL), trusted).release.metadata["course"]["release"]
    other = built(written(SMALL.replace("small chapter", "chapter")), trusted).release
    assert one != other.metadata["course"]["release"]
    assert one == notebooks.digest(built(written(SMALL), trusted).release.cells)


def test_an_open_release_says_where_its_solved_notebook_is_published(written, trusted):
    about = built(written(SMALL), trusted, PUBLISHED).release.metadata["course"]
    page = "https://github.com/someone/backprop/blob/v1/solutions/ch9_small.ipynb"
    assert (about["build"], about["solved"]) == ("open", page)
    assert "solved" not in built(written(SMALL), trusted).release.metadata["course"]


def test_a_release_for_a_graded_class_says_so_and_nothing_of_its_solved_notebook(written, trusted):
    graded = built(written(SMALL), trusted, replace(PUBLISHED, graded=True))
    about = graded.release.metadata["course"]
    assert about["build"] == "graded"
    assert "solutions" not in json.dumps(graded.release)
    nbformat.validate(graded.release)
    plain = built(written(SMALL), trusted, PUBLISHED)
    assert graded.release.cells == plain.release.cells
    assert graded.solution == plain.solution


@pytest.mark.slow
def test_a_release_stays_graded_or_open_until_the_build_is_told_otherwise(tmp_path):
    (tmp_path / "grader_tests").symlink_to(ROOT / "grader_tests")
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "source_notebooks").mkdir()
    text = without(SMALL, ' [markdown] predict="which"')
    (tmp_path / "source_notebooks" / "ch9_small.py").write_text(text, encoding="utf-8")
    place = build.Place(tmp_path)
    found = []
    for asked in (None, True, None, False):
        build.build(place, graded=asked)
        found.append(place.is_graded("ch9_small"))
        assert build.build(place, check=True) == []
    assert found == [False, True, True, False]
    stale = build.build(place, check=True, graded=True)
    assert stale == ["release/ch9_small/ch9_small.ipynb"]
