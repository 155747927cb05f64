"""Forms that know what they were made from: what somebody else stored meanwhile is told, never overwritten without a word."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request

from models.base import CHINA
from services import base_history
from views.extensions import actor, db
from views.values import as_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask_wtf import FlaskForm

    from models import JournalEntry

NAME = "made_from"
"""Name of the hidden field (``macros/form.html``): the last change its maker knew, and a digest of what was stored."""
UNTOLD = "可能是新增或移动其他项时一并调整的，没有单独的修改记录"


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What was stored after a form was made.

    Attributes:
        told: who changed what, a sentence each.
        fields: (label, what is stored, what was typed) of the fields that differ.
    """

    told: list[str]
    fields: list[tuple[str, str, str]]


def overtaken(
    form: Any,
    object_type: str,
    keys: list[int] | None,
    *,
    about: Callable[[JournalEntry], bool] | None = None,
) -> bool:
    """Mark a form with what is stored now; return whether the one that was sent was made from something else.

    It then carries what came between, and sending it again is deliberate. Where what was typed is what is stored, nothing
    can be lost. Whoever sends it holds the row already.

    Args:
        form: made of the stored row, with whatever was sent in it.
        object_type: as changes of the row are journaled.
        keys: of the row; ``None`` where its key does not last.
        about: which of these changes are the row's; all where left out.
    """
    last, stored = base_history.last_of(db.session(), object_type, keys), _digest(form)
    form.made_from = f"{last}-{stored}"
    if request.method != "POST":
        return False
    known, _, seen = request.form.get(NAME, "").partition("-")
    differing = [
        (field.label.text, was, typed)
        for field in _asked(form)
        if (was := _said(field, field.object_data)) != (typed := _said(field, field.data))
    ]
    if seen == stored or not differing:
        return False
    changes = base_history.since(db.session(), object_type, keys, as_key(known) or 0)
    told = [_sentence(entry, name) for entry, name in changes if about is None or about(entry)]
    form.meanwhile = Meanwhile(told or [UNTOLD], differing)
    return True


def _asked(form: FlaskForm) -> list[Any]:
    return [field for field in form if field.type not in {"CSRFTokenField", "HiddenField"}]


def _digest(form: FlaskForm) -> str:
    told = [[field.short_name, _plain(field.object_data)] for field in _asked(form)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, (list, tuple, set, frozenset)) else str(value or "")


def _said(field: Any, value: Any) -> str:
    """Return a value of a field as its page says it."""
    values = _plain(value)
    if not hasattr(field, "iter_choices"):
        return str(values).replace("\r\n", "\n").strip()
    labels = {str(choice.value): str(choice.label).strip() for choice in field.iter_choices()}
    return "、".join(labels.get(one, one) for one in ([values] if isinstance(values, str) else values) if one)


def _sentence(entry: JournalEntry, name: str | None) -> str:
    who = "您在另一个窗口" if entry.actor_id == actor().account_id else f"{name or '系统'} "
    when = entry.moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    what = "；".join(base_history.told(entry))
    return f"{who}于 {when} 作了修改{f'（{what}）' if what else ''}"
