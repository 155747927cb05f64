"""Giving and ending a delegation (委托代办), and letting it lapse: journaled, and told to both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import aliased

from models import Account, Delegation, Notice, Organization
from models.base import label_of, now, today
from models.enums import AccountStatus, DelegatedWork, DelegationEnd, OrganizationStatus
from permissions import engine as permissions
from permissions.actor import VISITOR
from permissions.delegating import works_of
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import journal
from services.errors import InputError
from services.picking import Option
from services.typed_text import too_long, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

OBJECT = "delegation"
LONGEST = 60
"""Days of a delegation at most; a longer absence needs an administrator of one's own."""
LABELS = {
    name: label_of(Delegation, name) for name in ("delegate_id", "works", "first_day", "last_day", "reason")
}


@dataclass(frozen=True, slots=True)
class DelegationInput:
    """What was chosen: whom, which work, from which day to which, and why."""

    delegate_id: int | None
    works: Sequence[str]
    first_day: date | None
    last_day: date | None
    reason: str


def candidates(session: Session, actor: Actor) -> list[Option]:
    """Return who may decide in the actor's place, as ``office · name``, by office."""
    with unscoped(session, "who may be asked is told by office and name"):
        rows = session.execute(_candidates(actor).order_by(Organization.name, Account.real_name, Account.id))
        return [Option(str(key), f"{office} · {name}") for key, name, _office_id, office in rows]


def _candidates(actor: Actor) -> Select[int, str, int, str]:
    """Active administrators of active offices of the same kind that stand directly above, below or beside the actor's.

    Offices of one kind decide about things of one sort and never about the same thing one after the other: whoever stands in for an
    employer does not approve what he declared.
    """
    own = aliased(Organization)
    near = or_(
        Organization.bureau_id == own.bureau_id,
        Organization.id == own.bureau_id,
        Organization.bureau_id == own.id,
    )
    return (
        select(Account.id, Account.real_name, Organization.id, Organization.name)
        .join(Organization, Organization.id == Account.organization_id)
        .join(own, own.id == actor.organization_id)
        .where(
            near,
            Organization.kind == own.kind,
            Organization.id != own.id,
            Organization.status == OrganizationStatus.ACTIVE,
            Account.status == AccountStatus.ACTIVE,
            Account.citizen_id_index != actor.citizen_id_index,
        )
    )


def give(
    session: Session, actor: Actor, typed: DelegationInput, *, request_id: str | None = None
) -> Delegation:
    """Let somebody decide in the actor's place; the caller commits.

    Raises:
        InputError: by field.
    """
    errors, works, reason = _errors_of(actor, typed)
    with unscoped(session, "who may be asked lies outside one's scope"):
        chosen = session.execute(
            _candidates(actor).where(Account.id == (typed.delegate_id or 0))
        ).one_or_none()
        if chosen is None:
            errors["delegate_id"] = f"请选择列表中的“{LABELS['delegate_id']}”"
        elif session.scalar(_going_on(actor.account_id, chosen.id)):
            errors["delegate_id"] = f"已经委托“{chosen.real_name}”代办，请先结束原来的委托，再重新委托"
        if errors or chosen is None or actor.account_id is None or actor.organization_id is None:
            raise InputError(errors)
        row = Delegation(
            giver_id=actor.account_id, office_id=actor.organization_id, delegate_id=chosen.id,
            delegate_office_id=chosen[2], works=works, first_day=typed.first_day, last_day=typed.last_day, reason=reason,
        )  # fmt: skip
        session.add(row)
        session.flush()
        told = {"works": works_told(row), "first_day": str(row.first_day), "last_day": str(row.last_day)}
        journal.record(
            session, actor, OBJECT, row.id, "give", reason=reason, details=told, request_id=request_id
        )
        _tell(session, row, f"委托代办：{row.first_day} 至 {row.last_day}，{told['works']}")
    return row


def _going_on(giver_id: int | None, delegate_id: int) -> Select[int]:
    return select(Delegation.id).where(
        Delegation.giver_id == giver_id, Delegation.delegate_id == delegate_id, Delegation.ended_at.is_(None)
    )


def _errors_of(actor: Actor, typed: DelegationInput) -> tuple[dict[str, str], list[str], str]:
    """Return what is wrong besides the delegate, the works in their order, and the reason as it is stored."""
    errors: dict[str, str] = {}
    offered = works_of(actor.user_type)
    works = [work.value for work in offered if work.value in typed.works]
    if not works:
        errors["works"] = f"请至少选择一种“{LABELS['works']}”"
    reason = visible(typed.reason)
    errors |= too_long({"reason": (LABELS["reason"], reason)})
    if not reason:
        errors["reason"] = f"请填写“{LABELS['reason']}”，如 年休假"
    for name in ("first_day", "last_day"):
        if getattr(typed, name) is None:
            errors[name] = f"“{LABELS[name]}”请按 2026-01-31 的形式填写日期"
    if typed.first_day is not None and typed.first_day < today():
        errors["first_day"] = f"“{LABELS['first_day']}”不能早于今天 {today()}"
    if typed.first_day is not None and typed.last_day is not None:
        if typed.last_day < typed.first_day:
            errors["last_day"] = f"“{LABELS['last_day']}”不能早于第一天 {typed.first_day}"
        elif (typed.last_day - typed.first_day).days >= LONGEST:
            latest = typed.first_day + timedelta(days=LONGEST - 1)
            errors["last_day"] = f"一次最多委托 {LONGEST} 天，最晚到 {latest}；更长的请任命管理员"
    return errors, works, reason


def end(session: Session, actor: Actor, row: Delegation, *, request_id: str | None = None) -> None:
    """End a delegation before its last day; the caller commits.

    Raises:
        InputError: it is not the actor's to end, or ended already.
    """
    if not permissions.allows(session, actor, Verb.WITHDRAW, row):
        raise InputError({"": "这份委托已经结束，或不能由您结束"})
    row.ended_at, row.ended_how = now(), DelegationEnd.EARLY
    session.flush()
    with unscoped(session, "both sides are told"):
        journal.record(session, actor, OBJECT, row.id, "end", request_id=request_id)
        _tell(session, row, f"委托代办已提前结束：{row.first_day} 至 {row.last_day}")


def lapse(session: Session, day: date) -> int:
    """End what is over by its last day, and return how much; the caller commits. Nobody could act by it since midnight."""
    with unscoped(session, "delegations of every office"):
        over = (
            select(Delegation)
            .where(Delegation.ended_at.is_(None), Delegation.last_day < day)
            .order_by(Delegation.id)
        )
        rows = session.scalars(over.with_for_update()).all()
        for row in rows:
            row.ended_at, row.ended_how = now(), DelegationEnd.LAPSED
            session.flush()
            journal.record(session, VISITOR, OBJECT, row.id, "lapse")
            _tell(session, row, f"委托代办已到期：{row.first_day} 至 {row.last_day}")
    return len(rows)


@dataclass(frozen=True, slots=True)
class Named:
    """Who is on both sides of a delegation."""

    giver: str
    office: str
    delegate: str
    delegate_office: str


def named(session: Session, rows: Sequence[Delegation]) -> dict[int, Named]:
    """Return the names of both sides by the key of the delegation, in two statements."""
    accounts = {key for row in rows for key in (row.giver_id, row.delegate_id)}
    offices = {key for row in rows for key in (row.office_id, row.delegate_office_id)}
    with unscoped(session, "a delegation of one's scope names both sides"):
        people = session.execute(select(Account.id, Account.real_name).where(Account.id.in_(accounts)))
        names = {key: name for key, name in people}  # noqa: C416  (rows, not pairs)
        found = session.execute(
            select(Organization.id, Organization.name).where(Organization.id.in_(offices))
        )
        of = {key: name for key, name in found}  # noqa: C416  (rows, not pairs)
    return {
        row.id: Named(
            names[row.giver_id], of[row.office_id], names[row.delegate_id], of[row.delegate_office_id]
        )
        for row in rows
    }


def works_told(row: Delegation) -> str:
    """Return the work that was left, in words."""
    return "、".join(DelegatedWork.of(work).label for work in row.works)


def state_of(row: Delegation) -> str:
    """Return where a delegation stands today, in words."""
    if row.ended_how is not None:
        return row.ended_how.label
    if today() < row.first_day:
        return "未开始"
    return DelegationEnd.LAPSED.label if today() > row.last_day else "代办中"


def is_in_force(row: Delegation) -> bool:
    """Tell whether somebody may act by a delegation today, as far as the row itself says."""
    return row.ended_at is None and row.first_day <= today() <= row.last_day


def _tell(session: Session, row: Delegation, title: str) -> None:
    """Put a message into the inboxes of both."""
    link = f"/admin/delegation/details/?id={row.id}"
    told = {"title": title, "body": row.reason, "link": link, "created_at": now()}
    session.execute(
        insert(Notice.__table__), [{"account_id": key, **told} for key in (row.giver_id, row.delegate_id)]
    )
