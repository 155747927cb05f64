"""Claim kinds beside one another: their names, which stands for which, and their order.

Names and merging are part of a kind's draft (``services.kind_editing``); the order is changed at once. It is that of the cards of a
new claim and of every select.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models import ClaimKind, ClaimKindVersion
from models.base import label_of, now
from services import journal, reading
from services.dictionary_editing import LABEL_LENGTH, WAYS
from services.validity import has_ended

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

OBJECT = "claim_kind"
LABELS = {name: label_of(ClaimKind, name) for name in ("name", "position", "merged_into_id")}
LAST_DAY = label_of(ClaimKindVersion, "valid_to")


def hold(session: Session) -> None:
    """Let nobody else change a kind until the commit: order, names and what is merged are checked as a whole.

    Whoever files a claim meanwhile does not wait: it points at a kind whose key stays.
    """
    kinds = select(ClaimKind).order_by(ClaimKind.id).with_for_update(key_share=True)
    session.scalars(kinds.execution_options(populate_existing=True)).all()


# ---------------------------------------------------------------- names, and which stands for which
def name_errors(name: str, others: Sequence[ClaimKind]) -> dict[str, str]:
    """Return what is wrong with a name beside those of other kinds, at the field ``name``."""
    if not name:
        return {"name": "请填写“名称”"}
    if len(name) > LABEL_LENGTH:
        return {"name": f"“名称”最多 {LABEL_LENGTH} 个字，请删减"}
    if any(kind.name == name for kind in others):
        return {"name": "已有同名的类型，请换一个名称；要改它请打开它点“修改”"}
    return {}


def among_others(session: Session, content: Mapping[str, Any]) -> dict[str, str]:
    """Return what a kind cannot be beside the others, by field: of the same name, or merged into what does not stand for itself."""
    others = [kind for kind in reading.kinds(session) if kind.code != content["code"]]
    errors, into = name_errors(content["name"], others), content.get("merged_into")
    if not into:
        return errors
    below = [kind.name for kind in others if kind.merged_into and kind.merged_into.code == content["code"]]
    if into not in dict(targets(session, content)):
        errors["merged_into"] = f"“{LABELS['merged_into_id']}”请选择另一个在用、没有并入其他类型的类型"
    elif below:
        errors["merged_into"] = f"“{below[0]}”已并入本类型，请先修改“{below[0]}”，改为并入其他类型或恢复"
    if not content.get("valid_to"):
        errors["valid_to"] = f"并入其他类型的，请填写“{LAST_DAY}”：本类型最后可以新申报的日期"
    return errors


def targets(session: Session, content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (code, name) of the kinds a drafted one can be merged into: they can be claimed, and stand for themselves.

    The one it is merged into already is among them, whatever became of that.
    """
    known, open_ones = reading.kinds(session), reading.kinds_to_claim(session)
    so_far = [kind.merged_into for kind in known if kind.code == content["code"]]
    return [
        (kind.code, kind.name)
        for kind in known
        if kind in so_far or (kind in open_ones and kind.code != content["code"] and kind.merged_into is None)
    ]


# ---------------------------------------------------------------- order
def move(session: Session, actor: Actor, row: ClaimKind, way: str, *, request_id: str | None = None) -> bool:
    """Move a kind past the one before or after it that can be claimed; return whether there is one.

    Args:
        session: the actor's; the caller holds the kinds, checks the permission and commits.
        actor: who moves it.
        row: the kind.
        way: one of ``dictionary_editing.WAYS``.
        request_id: for the journal.
    """
    known = list(reading.kinds(session))
    step, here, before = WAYS[way], known.index(row), row.position
    ahead = known[here + 1 :] if step > 0 else known[:here][::-1]
    passed = next((kind for kind in ahead if kind.versions and not has_ended(kind.versions[0])), None)
    if passed is None:
        return False
    known.remove(row)
    known.insert(known.index(passed) + (1 if step > 0 else 0), row)
    for number, kind in enumerate(known, 1):
        if kind.position != number:
            kind.position, kind.edited_at = number, now()
    session.flush()
    journal.record(
        session, actor, OBJECT, row.id, "move",
        details={"code": row.code, "label": row.name,
                 "changes": {LABELS["position"]: [str(before), str(row.position)]}},
        request_id=request_id,
    )  # fmt: skip
    return True
