"""权限审查: every quarter an office looks through who holds which rights in its reach, and takes away what nobody needs.

The list is of administrators: a professional's login reaches nothing but his own records. Whom an office answers for is the
verb ``OVERSEE`` on accounts; what each kind of user may do is read from the permission table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, literal, or_, select

from models import Account, JournalEntry, LoginSession, Organization
from models.base import CHINA
from models.enums import AccountStatus, UserType
from permissions import engine as permissions
from permissions import fields
from permissions.matrix import GRANTS
from permissions.scope_words import words_of
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import administrators, exporting, journal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from services.administrators import LoginFacts

account = Account.__table__.c
colleague = Account.__table__.alias("fellow_administrator").c
OBJECT = "access_review"
"""What the journal calls a review; its key is the organisation's."""
IDLE = timedelta(days=90)
"""A login nobody used for so long is probably nobody's any more."""
LOGINS = (AccountStatus.ACTIVE, AccountStatus.DISABLED)
MONTHS = 3

UNUSED, ALONE, INITIAL = f"超过 {IDLE.days} 天没有登录", "机构只有一名管理员", "初始密码没有修改"
HEADER = (
    "机构", "姓名", "用户类型", "账户状态", "三员职责", "身份证号", "开通时间", "最近登录", "距今天数", "两步验证",
    "本机构管理员数", "需要核实",
)  # fmt: skip
RIGHTS_HEADER = ("用户类型", "对象", "可以", "哪些记录", "仅当状态为")


@dataclass(frozen=True, slots=True)
class Reviews:
    """When reviews were and will be.

    Attributes:
        last: moment of the last one by this office; ``None`` where there was none.
        due: the last day of the quarter in which the next one falls.
        overdue: whether a whole quarter passed without one.
    """

    last: datetime | None
    due: date
    overdue: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """What the page says of the list.

    Attributes:
        accounts: how many logins it has.
        unused: of these, logins nobody used for :data:`IDLE`.
        alone: logins whose organisation has no other administrator.
        initial: logins whose initial password was never changed.
        flagged: logins with any of these.
    """

    accounts: int
    unused: int
    alone: int
    initial: int
    flagged: int


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One login of the list.

    Attributes:
        account: its row.
        office: name of its organisation.
        facts: last login and second factor.
        colleagues: active administrators of its organisation, itself included.
        days: since it was last used, or opened where it never was.
        flags: what has to be looked into, in words.
    """

    account: Account
    office: str
    facts: LoginFacts
    colleagues: int
    days: int
    flags: tuple[str, ...]


def quarter_end(day: date) -> date:
    """Return the last day of the quarter a day lies in."""
    after = (day.month - 1) // MONTHS * MONTHS + MONTHS + 1
    first = date(day.year + (after > 12), after - 12 if after > 12 else after, 1)  # noqa: PLR2004  (months of a year)
    return first - timedelta(days=1)


def reviews_of(session: Session, actor: Actor, today: date) -> Reviews:
    """Return when the actor's office last reviewed, and by when it has to again.

    Args:
        session: any session.
        actor: whose office.
        today: the calendar day.
    """
    with unscoped(session, "whoever answers for a review knows when a colleague did the last one"):
        last = session.scalar(
            select(func.max(JournalEntry.moment)).where(
                JournalEntry.object_type == OBJECT, JournalEntry.object_id == (actor.organization_id or 0)
            )
        )
    now_due = quarter_end(today)
    if last is None:
        return Reviews(None, now_due, overdue=False)
    covered = quarter_end(last.astimezone(CHINA).date())
    due = quarter_end(covered + timedelta(days=1))
    return Reviews(last, max(due, now_due), overdue=due < today)


def _listed(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (
        permissions.rows(actor, Verb.OVERSEE, Account),
        account.organization_id.is_not(None),
        account.status.in_(LOGINS),
    )


def _since() -> ColumnElement[datetime]:
    """When a login was last used; when it was opened, where it never was."""
    used = LoginSession.__table__.c
    last = select(func.max(used.created_at)).where(used.account_id == account.id).scalar_subquery()
    return func.coalesce(last, account.decided_at, account.created_at, type_=account.created_at.type)


def _administrators() -> ColumnElement[int]:
    """How many active administrators the login's organisation has."""
    number = select(func.count()).where(
        colleague.organization_id == account.organization_id, colleague.status == AccountStatus.ACTIVE
    )
    return number.scalar_subquery()


def _flags(moment: datetime) -> dict[str, ColumnElement[bool]]:
    """What has to be looked into, by its words; the page counts and the list shows the same expressions."""
    active = account.status == AccountStatus.ACTIVE
    return {
        UNUSED: and_(active, _since() <= literal(moment - IDLE, account.created_at.type)),
        ALONE: and_(active, _administrators() == 1),
        INITIAL: account.initial_password_until.is_not(None),
    }


def figures(session: Session, actor: Actor, moment: datetime) -> Figures:
    """Count the list for the page, in one statement.

    Args:
        session: any session.
        actor: who answers for the logins.
        moment: from which days are counted back.
    """
    flags = _flags(moment)
    counted = (or_(*flags.values()), *(flags[flag] for flag in (UNUSED, ALONE, INITIAL)))
    sums = [func.coalesce(func.sum(case((flag, 1), else_=0)), 0) for flag in counted]
    statement = select(func.count(), *sums).select_from(Account.__table__).where(*_listed(actor))
    with unscoped(session, "the list is the actor's; when logins were used belongs to no role"):
        number, flagged, unused, alone, initial = session.execute(statement).one()
    return Figures(number, unused, alone, initial, flagged)


def keys(session: Session, actor: Actor) -> list[int]:
    """Return the logins the actor answers for, by organisation; one more than an export takes where there are more."""
    order = (account.organization_id, account.status, account.id)
    return exporting.keys(session, Account, _listed(actor), order)


def reviewed(session: Session, wanted: Sequence[int], moment: datetime) -> Iterator[Reviewed]:
    """Yield the logins of a list, a thousand at a time.

    Args:
        session: the actor's own session.
        wanted: their keys (:func:`keys`).
        moment: from which days are counted back.
    """
    flags = _flags(moment)
    asked = (account.id, Organization.__table__.c.name, _since(), _administrators(), *flags.values())
    for some in exporting.batched_keys(wanted):
        rows = {row.id: row for row in session.scalars(select(Account).where(Account.id.in_(some)))}
        with unscoped(session, "the list is the actor's; when logins were used belongs to no role"):
            found = session.execute(
                select(*asked)
                .join(Organization.__table__, Organization.__table__.c.id == account.organization_id)
                .where(account.id.in_(some))
            ).all()
        judged = {key: (office, since, number, holds) for key, office, since, number, *holds in found}
        facts = administrators.facts_of(session, some)
        for key in some:
            if key in rows and key in judged:
                office, since, number, holds = judged[key]
                said = tuple(flag for flag, held in zip(flags, holds, strict=True) if held)
                yield Reviewed(rows[key], office, facts[key], number, (moment - since).days, said)


def lines(found: Sequence[Reviewed]) -> Iterator[tuple[str | int | None, ...]]:
    """Yield the cells of each login, as :data:`HEADER` names them; identifiers are masked."""
    for one in found:
        row, last = one.account, one.facts.last_login
        yield (
            one.office,
            row.real_name,
            row.user_type.label,
            row.status.label,
            row.duty.label if row.duty else "",
            str(fields.shown(Account, "citizen_id", row.citizen_id)),
            _moment(row.created_at),
            _moment(last) if last else "从未登录",
            one.days,
            "已开通" if one.facts.second_factor else "未开通",
            one.colleagues,
            "；".join(one.flags),
        )


def rights(user_types: set[UserType]) -> exporting.Sheet:
    """Return the sheet of what each of these kinds of user may do, from the permission table."""
    return exporting.Sheet(
        "各类用户的权限",
        RIGHTS_HEADER,
        [
            (
                grant.whose,
                grant.model.__label__,
                "、".join(verb.label for verb in sorted(grant.verbs)),
                words_of(grant.rows),
                "、".join(state.label for state in grant.while_in) or "不限",
            )
            for user_type in UserType
            if user_type in user_types
            for grant in GRANTS
            if grant.user_type is user_type
        ],
    )


def record(
    session: Session, actor: Actor, found: Sequence[Reviewed], *, request_id: str | None = None
) -> None:
    """Journal that the actor's office took its review along; the caller commits."""
    details = {"rows": len(found), "flagged": sum(bool(one.flags) for one in found)}
    journal.record(
        session, actor, OBJECT, actor.organization_id or 0, "export", details=details, request_id=request_id
    )


def _moment(value: datetime) -> str:
    return value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
