"""One field that was changed, from what to what, as every page, mail and workbook says it."""

from __future__ import annotations

from typing import NamedTuple

NOTHING = "（无）"
"""What is said where a field was or is empty; templates know it by this name."""


class Change(NamedTuple):
    """One field that was changed."""

    label: str
    old: str
    new: str

    @property
    def line(self) -> str:
        """Return it in a line, as a list, a mail or a workbook has it."""
        return f"{self.label}：{self.old or NOTHING} → {self.new or NOTHING}"
