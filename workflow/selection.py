"""Sets of keys as one bound value, whatever their number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import ARRAY, BigInteger, Integer, Select, String, bindparam, cast, func, select

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session


def keys(session: Session, ids: Sequence[int]) -> Select[int]:
    """Return ``SELECT id`` over given keys."""
    distinct = sorted(set(ids))
    if session.get_bind().dialect.name == "postgresql":
        array = bindparam("chosen_ids", distinct, type_=ARRAY(BigInteger), unique=True)
        return select(func.unnest(array).column_valued("id"))
    values = func.json_each(bindparam("chosen_ids", json.dumps(distinct), unique=True)).table_valued("value")
    return select(cast(values.c.value, Integer).label("id"))


def texts(session: Session, words: Collection[str]) -> Select[str]:
    """Return ``SELECT word`` over given texts, such as blind indexes."""
    distinct = sorted(set(words))
    if session.get_bind().dialect.name == "postgresql":
        array = bindparam("chosen_texts", distinct, type_=ARRAY(String), unique=True)
        return select(func.unnest(array).column_valued("word"))
    values = func.json_each(bindparam("chosen_texts", json.dumps(distinct), unique=True)).table_valued(
        "value"
    )
    return select(values.c.value.label("word"))
