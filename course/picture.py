"""The numbers behind a part that is wrong, as a picture and as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course.messages import number, pair, place, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Numbers:
    """The numbers behind a wrong part: `yours` and `expected`, of the card called `case`.

    `expected` is None where only the shape was asked. `inputs` are what went in, by name.
    """

    name: str
    yours: Any
    expected: Any
    case: str
    inputs: Mapping[str, Any]

    def heads(self) -> tuple[str, str, str]:
        """What stands above the three tables."""
        return say("picture_yours"), say("picture_expected"), say("picture_difference")

    def title(self) -> str:
        """The part, and the case of the card."""
        return say("picture_title", name=self.name, case=self.case) if self.case else self.name

    def notes(self) -> list[str]:
        """The worst entry, the slice of it that is drawn, and what went in."""
        from course import figures  # most checks draw nothing, and shouldn't wait for it

        shape, notes = np.shape(self.yours), []
        entry = (0,) * len(shape)
        if shape and shape == np.shape(self.expected):
            entry = figures.worst_entry(self.yours, self.expected)
            numbers = pair(self.yours[entry], self.expected[entry])
            notes.append(say("picture_worst", where=place(entry), **numbers))
        if len(shape) > 2:
            drawn = figures.slice_of(entry)
            notes.append(say("picture_slice", shape=shape, where=drawn))
        inputs = [_input(*each) for each in self.inputs.items() if not isinstance(each[1], str)]
        return [*notes, say("picture_inputs", inputs=", ".join(inputs))] if inputs else notes

    def draw(self) -> Figure:
        """Yours, expected and their difference, side by side."""
        from course import figures

        return figures.draw_difference(
            self.yours, self.expected, self.heads(), self.title(), self.notes()
        )

    def to_text(self) -> str:
        """The same as plain text, for a terminal."""
        tables = [self.yours] if self.expected is None else [self.yours, self.expected]
        if len(tables) == 2 and np.shape(self.yours) == np.shape(self.expected):
            with np.errstate(all="ignore"):
                tables.append(np.where(self.yours == self.expected, 0, self.yours - self.expected))
        blocks = [
            f"{head}\n{np.array2string(np.asarray(table), precision=4, threshold=60)}"
            for head, table in zip(self.heads(), tables, strict=False)
        ]
        return "\n".join([self.title(), *blocks, *self.notes()])


def _input(name: str, value: Any) -> str:
    """One thing that went in: its value where that is short, else its shape or its length."""
    if isinstance(value, np.ndarray) and value.ndim:
        return say("picture_array", name=name, shape=value.shape)
    if isinstance(value, tuple | list | dict):
        return say("picture_several", name=name, kind=type(value).__name__, count=len(value))
    if isinstance(value, bool):
        return say("picture_input", name=name, value=value)
    if isinstance(value, int | float | np.number | np.ndarray):
        return say("picture_input", name=name, value=number(float(value)))
    return name
