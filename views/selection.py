"""Which rows an action is about: ticked boxes, or everything that matches, frozen in a signed token.

The token names the grid, the account, the list's own parameters, how many rows that were and, once somebody looked at
a preview, a digest of exactly which. A selection that changed between preview and confirmation is previewed again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from services import listing
from views.extensions import actor, db
from views.values import as_key
from workflow.engine import MAXIMUM_ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.base import Base
    from views.grid_state import ListState

ROW, EVERYTHING = "rowid", "all_matching"
LIFETIME = 12 * 3600  # seconds: a working day


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows of an action.

    Attributes:
        keys: keys of the rows, at most ``MAXIMUM_ROWS`` + 1.
        token: the frozen selection, to be sent along with the confirmation; empty for ticked rows.
        changed: rows now against rows when it was frozen, where these differ.
    """

    keys: Sequence[int]
    token: str = ""
    changed: tuple[int, int] | None = None

    @property
    def hidden_fields(self) -> list[tuple[str, str]]:
        """Return the fields that bring the same selection again."""
        return [(EVERYTHING, self.token)] if self.token else [(ROW, str(key)) for key in self.keys]


class SelectionMixin:
    """Reads the rows of an action from its form.

    Attributes:
        model: the table.
        endpoint_name: the grid.
    """

    model: type[Base]
    endpoint_name: str
    list_state: Any

    def everything(self, state: ListState, count: int) -> str:
        """Return the token of all rows that match, as a list page offers it."""
        return _sign(self._frozen(state.arguments, count))

    def _frozen(self, arguments: Mapping[str, str], count: int, digest: str = "") -> dict[str, Any]:
        return {
            "grid": self.endpoint_name,
            "account": actor().account_id,
            "arguments": dict(arguments),
            "count": count,
            "digest": digest,
        }

    def selection(self) -> Selection:
        """Return the rows the request names; a forged token or key is 400."""
        text = request.form.get(EVERYTHING)
        if not text:
            return Selection(_ticked(request.form.getlist(ROW)))
        frozen = _read(text)
        if frozen is None or (frozen["grid"], frozen["account"]) != (self.endpoint_name, actor().account_id):
            abort(400)
        state = self.list_state(frozen["arguments"])
        keys = listing.keys(db.session(), self.model, state.conditions, MAXIMUM_ROWS + 1)
        digest = hashlib.sha256(",".join(map(str, keys)).encode()).hexdigest()
        same = digest == frozen["digest"] if frozen["digest"] else _agrees(frozen["count"], len(keys))
        token = _sign(self._frozen(frozen["arguments"], len(keys), digest))
        return Selection(keys, token, None if same else (len(keys), frozen["count"]))


def _agrees(frozen: int, found: int) -> bool:
    """Tell whether the number on the list page still holds; beyond the cap it was not counted."""
    return found == frozen or (frozen > listing.CAP and found > listing.CAP)


def _ticked(texts: Sequence[str]) -> list[int]:
    keys = [as_key(text) for text in texts]
    if None in keys:
        abort(400)
    return list(dict.fromkeys(key for key in keys if key is not None))


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="selection")


def _sign(frozen: dict[str, Any]) -> str:
    return str(_serializer().dumps(frozen))


def _read(text: str) -> dict[str, Any] | None:
    try:
        frozen: dict[str, Any] = _serializer().loads(text, max_age=LIFETIME)
    except BadSignature:
        return None
    return frozen
