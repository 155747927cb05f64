"""One dictionary as the system administrator reads it: a tree with what is retired, found by code, name or pinyin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pypinyin import lazy_pinyin
from sqlalchemy import func, select

from models import Dictionary, DictionaryItem, Region
from models.base import today
from services import picking
from services.dictionary_editing import entries
from services.registration import initials
from services.validity import begins_later, has_ended, in_force, is_in_force

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from models import Base


@lru_cache(8_192)
def spelled(text: str) -> tuple[str, str]:
    """Return a name's pinyin initials and its whole pinyin; kept, because a dictionary is looked through at every letter."""
    return initials(text), "".join(lazy_pinyin(text)).casefold()


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in the tree.

    Attributes:
        row: the entry.
        depth: 0 at the top.
        merged: the name of what it was merged into.
        in_force: whether it can be chosen.
        coming: whether it can be chosen from a later day on.
    """

    row: DictionaryItem
    depth: int
    merged: str
    in_force: bool
    coming: bool


def fits(term: str, *texts: str) -> bool:
    """Tell whether a code or name holds what was typed, or a name's pinyin or its initials begin with it."""
    wanted = term.casefold()
    return any(
        wanted in text.casefold() or any(sound.startswith(wanted) for sound in spelled(text))
        for text in texts
    )


def lines(session: Session, dictionary_code: str, term: str = "", *, retired: bool = True) -> list[Line]:
    """Return the entries of a dictionary in tree order; of a search those that fit, with what they stand below.

    Args:
        session: any session; dictionaries are public.
        dictionary_code: which one.
        term: what is looked for; empty for all.
        retired: whether entries that were retired come along.
    """
    rows = {row.code: row for row in entries(session, dictionary_code)}
    shown = {
        code
        for code, row in rows.items()
        if (retired or not has_ended(row)) and (not term or fits(term, row.code, row.label))
    }
    for code in list(shown):
        parent = rows[code].parent_code
        while parent in rows and parent not in shown:
            shown.add(parent)
            parent = rows[parent].parent_code
    ordered = picking.in_tree_order(
        picking.Option(code, row.label, row.parent_code) for code, row in rows.items() if code in shown
    )
    placed = ((depth, rows[option.value]) for depth, option in ordered)
    return [
        Line(row, depth, _merged(rows, row), in_force=is_in_force(row), coming=begins_later(row))
        for depth, row in placed
    ]


def _merged(rows: dict[str, DictionaryItem], row: DictionaryItem) -> str:
    target = rows.get(row.merged_into or "")
    return target.label if target else row.merged_into or ""


def is_tree(session: Session, dictionary_code: str) -> bool:
    """Tell whether entries of a dictionary stand below others; in a flat one nobody looks for a place below an entry."""
    below = select(DictionaryItem.id).where(
        DictionaryItem.dictionary_code == dictionary_code, DictionaryItem.parent_code.is_not(None)
    )
    return session.scalar(below.limit(1)) is not None


class Counts(NamedTuple):
    """How many entries of a dictionary can be chosen, were retired, and begin later."""

    in_force: int = 0
    retired: int = 0
    coming: int = 0


def counts(session: Session) -> dict[str, Counts]:
    """Return how many entries each dictionary has, by its code."""
    ended = DictionaryItem.valid_to < today()
    rows = session.execute(
        select(
            DictionaryItem.dictionary_code,
            func.count(DictionaryItem.id).filter(in_force(DictionaryItem)),
            func.count(DictionaryItem.id).filter(ended),
            func.count(DictionaryItem.id).filter(~in_force(DictionaryItem), ended.is_not(True)),
        ).group_by(DictionaryItem.dictionary_code)
    )
    return {code: Counts(*numbers) for code, *numbers in rows}


def by_code(session: Session, code: str) -> Dictionary | None:
    """Return a dictionary by its code."""
    return session.scalars(select(Dictionary).where(Dictionary.code == code)).first()


def matching_items(session: Session, term: str) -> list[int]:
    """Return the keys of the entries of all dictionaries whose code, name or initials fit."""
    return matching(session, DictionaryItem, (DictionaryItem.code, DictionaryItem.label), term)


def matching_regions(session: Session, term: str) -> list[int]:
    """Return the keys of the regions whose code, name or initials fit."""
    return matching(session, Region, (Region.code, Region.name), term)


def matching(session: Session, model: type[Base], columns: Sequence[Any], term: str) -> list[int]:
    """Return the keys of the rows of some small table that fit by one of these columns."""
    rows = session.execute(select(model.id, *columns)).all()
    return [int(str(key)) for key, *texts in rows if fits(term, *map(str, texts))]


def items_of(dictionary_code: str) -> Select[int]:
    """Return ``SELECT id`` of a dictionary's entries, for their history."""
    return select(DictionaryItem.id).where(DictionaryItem.dictionary_code == dictionary_code)
