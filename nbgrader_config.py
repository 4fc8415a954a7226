# nbgrader with this course's grader. Copy this file into the folder of a class, or load it there:
#     load_subconfig("nbgrader_config.py", path="/where/the/course/is")
# Then `nbgrader autograde CHAPTER`, formgrader, `nbgrader generate_feedback` and `nbgrader export`
# work as they always do, and no student's code runs in nbgrader's own process.

c = get_config()  # noqa: F821 (nbgrader provides it)

# The released notebook is looked for in release/CHAPTER of the class's folder, and otherwise beside
# grader_tests; grader_tests from the working folder upwards, unless it is named here:
# c.GradingExporter.tests = "/where/the/course/is/grader_tests"
c.Autograde.exporter_class = "course.grading.nbgrader_exporter.GradingExporter"

# Only for students whom you trust with all that your account may do, where no box can be had:
# c.GradingExporter.trust_students = True

# Should the line above ever be lost, nothing is run: these would start a kernel.
c.Autograde.sanitize_preprocessors = []
c.Autograde.autograde_preprocessors = []

# What students wrote is shown, in feedback and in formgrader, without scripts and without delay.
c.HTMLExporter.filters = {
    "markdown2html": "course.grading.feedback.safe_markdown",
    "highlight_code": "course.grading.feedback.safe_highlight",
}
