"""What visitors type into registrations, brought into the form in which it can be stored."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from sqlalchemy import select

from models import DictionaryItem
from services.validity import in_force

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

LINE_LENGTH = 200
"""Characters of a line of text; what the columns of names and addresses hold."""


def visible(text: str) -> str:
    """Return text without control and invisible characters, with single blanks: a name nobody can see is none."""
    kept = "".join(" " if character.isspace() else character for character in text)
    kept = "".join(character for character in kept if unicodedata.category(character)[0] != "C")
    return " ".join(kept.split())


def normal_password(password: str) -> str:
    """Return a password in the form it is hashed and compared in, the one the login uses (Unicode NFKD).

    A full-width exclamation mark of a Chinese keyboard and the plain one are the same password.
    """
    return unicodedata.normalize("NFKD", password)


def too_long(lines: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Return a sentence for every line longer than :data:`LINE_LENGTH`.

    Args:
        lines: (label, text) by field.
    """
    return {
        name: f"“{label}”最多 {LINE_LENGTH} 个字，请删减"
        for name, (label, text) in lines.items()
        if len(text) > LINE_LENGTH
    }


def unknown_codes(session: Session, codes: Mapping[str, tuple[str, str, str | None]]) -> dict[str, str]:
    """Return a sentence for every code that is no entry in force of its dictionary; none chosen is fine.

    Args:
        session: any session; dictionaries are public.
        codes: (label, dictionary, code) by field.
    """
    chosen = {name: (label, book, code) for name, (label, book, code) in codes.items() if code}
    rows = session.execute(
        select(DictionaryItem.dictionary_code, DictionaryItem.code).where(
            DictionaryItem.dictionary_code.in_({book for _, book, _ in chosen.values()}),
            DictionaryItem.code.in_({code for _, _, code in chosen.values()}),
            in_force(DictionaryItem),
        )
    )
    known = {(row.dictionary_code, row.code) for row in rows}
    return {
        name: f"请选择列表中的“{label}”"
        for name, (label, book, code) in chosen.items()
        if (book, code) not in known
    }
