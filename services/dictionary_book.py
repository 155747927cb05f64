"""One dictionary as the system administrator reads it: a tree with what is retired, found by code, name or pinyin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pypinyin import lazy_pinyin
from sqlalchemy import func, select

from models import Dictionary, DictionaryItem, Region
from services import picking
from services.dictionary_editing import entries
from services.registration import initials
from services.validity import in_force, is_in_force

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
    """An entry with its depth in the tree (0: top), the name of what it was merged into, and whether it can be chosen."""

    row: DictionaryItem
    depth: int
    merged: str
    in_force: bool


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
        retired: whether entries that are not in force come along.
    """
    rows = {row.code: row for row in entries(session, dictionary_code)}
    shown = {
        code
        for code, row in rows.items()
        if (retired or is_in_force(row)) and (not term or fits(term, row.code, row.label))
    }
    for code in list(shown):
        parent = rows[code].parent_code
        while parent in rows and parent not in shown:
            shown.add(parent)
            parent = rows[parent].parent_code
    ordered = picking.in_tree_order(
        picking.Option(code, row.label, row.parent_code) for code, row in rows.items() if code in shown
    )
    return [
        Line(rows[option.value], depth, _merged(rows, rows[option.value]), is_in_force(rows[option.value]))
        for depth, option in ordered
    ]


def _merged(rows: dict[str, DictionaryItem], row: DictionaryItem) -> str:
    target = rows.get(row.merged_into or "")
    return target.label if target else row.merged_into or ""


def counts(session: Session) -> dict[str, tuple[int, int]]:
    """Return (in force, all) entries of each dictionary by its code."""
    rows = session.execute(
        select(
            DictionaryItem.dictionary_code,
            func.count(DictionaryItem.id).filter(in_force(DictionaryItem)),
            func.count(DictionaryItem.id),
        ).group_by(DictionaryItem.dictionary_code)
    )
    return {code: (valid, every) for code, valid, every in rows}


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
