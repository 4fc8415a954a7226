"""Names the mistake behind a wrong answer.

First by comparing what it left with what known mistakes leave (`traces`); then by what its numbers
are (`signatures`, of `relations` and `places`), by its shape (`shapes`), or by what Python said
(`errors`). Where nothing fits, the cause is unknown: a wrong diagnosis is worse than none.
"""

from course.diagnosis.errors import diagnose_error
from course.diagnosis.evidence import Evidence, Subject, named
from course.diagnosis.places import diagnose_not_finite
from course.diagnosis.relations import down_the_net
from course.diagnosis.shapes import diagnose_shape
from course.diagnosis.signatures import diagnose
from course.diagnosis.traces import better, recognise

__all__ = [
    "Evidence",
    "Subject",
    "better",
    "diagnose",
    "diagnose_error",
    "diagnose_not_finite",
    "diagnose_shape",
    "down_the_net",
    "named",
    "recognise",
]
