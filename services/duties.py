"""三员分立: the three duties of system administrators, who holds which, and the switch that separates them.

While they are not separated every system administrator holds all three. Who holds the security duty gives and takes duties,
never his own; the database holds it too (``models.duty_rules``), so that no other way leads around.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from models import Account, Organization, Setting
from models.base import now
from models.enums import AccountStatus, Duty, OrganizationKind, UserType
from models.reference import SEPARATE_DUTIES
from permissions import engine as permissions
from permissions.actor import VISITOR, load_actor
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import journal
from services.errors import InputError
from services.remembered import forget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from models import JournalEntry
    from permissions.actor import Actor

ON, OFF = "on", "off"
ASSIGN = "assign_duty"
SHOWN = (AccountStatus.ACTIVE, AccountStatus.DISABLED)


def separated(session: Session) -> bool:
    """Tell whether the duties are separated now; asked of the database, not remembered."""
    return session.scalar(select(Setting.value).where(Setting.key == SEPARATE_DUTIES)) == ON


def administrators(session: Session, actor: Actor) -> Sequence[Account]:
    """Return the administrators of the actor's office, as far as he sees them."""
    statement = select(Account).where(
        Account.organization_id == actor.organization_id, Account.status.in_(SHOWN)
    )
    return session.scalars(statement.order_by(Account.status, Account.id)).all()


def missing(session: Session, actor: Actor) -> tuple[Duty, ...]:
    """Return the duties that nobody holds who can log in."""
    with unscoped(
        session, "whether every duty is held is asked of all administrators of the system's office"
    ):
        held = set(
            session.scalars(
                select(Account.duty).where(
                    Account.organization_id == actor.organization_id,
                    Account.status == AccountStatus.ACTIVE,
                    Account.duty.is_not(None),
                )
            )
        )
    return tuple(duty for duty in Duty if duty not in held)


def keeps(session: Session, actor: Actor) -> bool:
    """Tell whether the actor keeps the duties still, as his login is stored now: separating them may leave him with another."""
    with unscoped(session, "one's own login, read anew"):
        acting = load_actor(session, actor.account_id or 0)
    return acting is not None and permissions.may(acting, Verb.SEPARATE, Organization)


def may_assign(session: Session, actor: Actor, account: Account) -> bool:
    """Tell whether the actor may give this administrator a duty or take it."""
    return permissions.allows(session, actor, Verb.ASSIGN, account)


def assign(
    session: Session, actor: Actor, account_id: int, duty: Duty | None, *, request_id: str | None = None
) -> None:
    """Give an administrator a duty, or take his; the caller commits.

    Args:
        session: the actor's session.
        actor: holds the security duty, or all of them while they are not separated.
        account_id: of another administrator of the same office.
        duty: the duty; ``None`` takes the one there is.
        request_id: for the journal.

    Raises:
        InputError: it is his own, he may not, the administrator holds another duty, or nobody would be left with it.
    """
    if account_id == actor.account_id:
        raise InputError({"": "不能授予或收回自己的职责，请由另一位安全管理员办理"})
    account = session.get(Account, account_id)
    if account is None or not may_assign(session, actor, account):
        raise InputError({"": "不能授予这个账户职责：只有安全管理员可以授予本机构正常状态的其他管理员"})
    held = account.duty
    if held is duty:
        return
    if held is not None and duty is not None:
        raise InputError(
            {
                "": f"{account.real_name}现在是{held.label}，一个人只能担任一种职责；请先收回，再授予{duty.label}"
            }
        )
    if held is not None and separated(session) and _is_last(session, account):
        raise InputError(
            {"": f"{account.real_name}是最后一位{held.label}，不能收回；请先让另一位管理员担任{held.label}"}
        )
    account.duty = duty
    account.duty_given_by_id = actor.account_id if duty else None
    session.flush()
    details = {"before": {"duty": held}, "after": {"duty": duty}}
    journal.record(session, actor, "account", account.id, ASSIGN, details=details, request_id=request_id)


def switch_on(session: Session, actor: Actor, *, request_id: str | None = None) -> None:
    """Separate the duties from the next request on; the caller commits.

    Args:
        session: the actor's session.
        actor: who holds the security duty himself.
        request_id: for the journal.

    Raises:
        InputError: he may not, or a duty has no holder.
    """
    office = session.get(Organization, actor.organization_id)
    if office is None or not permissions.allows(session, actor, Verb.SEPARATE, office):
        raise InputError({"": "只有安全管理员可以启用三员分立"})
    lacking = missing(session, actor)
    if lacking:
        names = "、".join(duty.label for duty in lacking)
        raise InputError({"": f"还没有人担任{names}，不能启用；请先在下面授予，每种职责至少一位正常的管理员"})
    _store(session, actor, office.id, ON, "separate", request_id)


def unite_by_operator(session: Session) -> None:
    """Let every system administrator hold all three duties again, from the command line; the caller commits. Who holds which is kept.

    No page does it: one of the three would do away with the other two alone.

    Raises:
        InputError: they are not separated.
    """
    if not separated(session):
        raise InputError({"": "三员分立没有启用"})
    with unscoped(session, "whoever runs commands on the server has the database anyway"):
        office = session.scalars(
            select(Organization.id).where(Organization.kind == OrganizationKind.SYSTEM)
        ).one()
    _store(session, VISITOR, office, OFF, "unseparate", None)


def givers(session: Session, actor: Actor) -> list[str]:
    """Return the names of who can give the actor a duty, where they are separated and he has none; otherwise nobody."""
    if actor.user_type is not UserType.SYSTEM or actor.duties:
        return []
    with unscoped(session, "everybody may know whom to ask"):
        return list(
            session.scalars(
                select(Account.real_name)
                .where(
                    Account.organization_id == actor.organization_id,
                    Account.duty == Duty.SECURITY,
                    Account.status == AccountStatus.ACTIVE,
                )
                .order_by(Account.id)
            )
        )


def told(entry: JournalEntry) -> str | None:
    """Return which duty a row of a login's history gave or took, in words; ``None`` where it is about something else."""
    if entry.action != ASSIGN:
        return None
    duty = {moment: (entry.details.get(moment) or {}).get("duty") for moment in ("before", "after")}
    if duty["after"]:
        return f"授予{Duty.of(duty['after']).label}"
    return f"收回{Duty.of(duty['before']).label}" if duty["before"] else None


def why_no_reset(actor: Actor, account: Account) -> str:
    """Return the way out where the duty of its holder keeps the security administrator from a login; empty for who resets none anyway."""
    if account.duty is None or Duty.SECURITY not in actor.duties or account.duty in actor.duties:
        return ""
    return (
        f"{account.real_name}担任{account.duty.label}，三员分立启用期间不能由其他职责重置：请本人用“找回密码”，"
        "或由同一职责的另一位管理员、运维人员（在服务器上执行 accounts reset）重置"
    )


def _is_last(session: Session, account: Account) -> bool:
    with unscoped(session, "whether another one holds the duty is asked of all administrators"):
        other = select(Account.id).where(
            Account.duty == account.duty, Account.status == AccountStatus.ACTIVE, Account.id != account.id
        )
        return session.scalars(other.limit(1)).first() is None


def _store(
    session: Session, actor: Actor, office_id: int, value: str, action: str, request_id: str | None
) -> None:
    if separated(session) == (value == ON):
        return
    with unscoped(session, "the permission was checked; the setting is the duties' own"):
        row = session.scalars(select(Setting).where(Setting.key == SEPARATE_DUTIES)).one_or_none()
        if row is None:
            session.add(Setting(key=SEPARATE_DUTIES, value=value))
        else:
            row.value, row.edited_at = value, now()
        session.flush()
        journal.record(session, actor, "organization", office_id, action, request_id=request_id)
    forget()
