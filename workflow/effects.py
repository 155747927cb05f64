"""What a transition does besides changing the status: set-based statements in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, cast, func, insert, literal, select, update

from models import Account, Claim, LoginSession, Notice, Organization, Person
from models.enums import AccountStatus, OrganizationStatus, PersonState, SessionEnd, UserType
from workflow import letters, undo
from workflow.marks import mark, mark_deciders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from workflow.core import Firing

claim, account = Claim.__table__.c, Account.__table__.c


def activate_registration(firing: Firing, chosen: Select[int]) -> None:
    """Let the professional and the organisation behind approved accounts take part."""
    _move_applicants(firing, chosen, PersonState.IN_SERVICE, OrganizationStatus.ACTIVE)


def void_registration(firing: Firing, chosen: Select[int]) -> None:
    """Free the citizen id and the organisation code of registrations that came to nothing."""
    _move_applicants(firing, chosen, PersonState.VOID, OrganizationStatus.VOID)


def end_sessions(firing: Firing, chosen: Select[int]) -> None:
    """End every login of disabled accounts at once; enabling them again brings none back."""
    session = LoginSession.__table__
    firing.session.execute(
        update(session)
        .where(session.c.account_id.in_(chosen), session.c.ended_at.is_(None))
        .values(ended_at=firing.moment, ended_why=SessionEnd.DISABLED)
    )


def end_sessions_of_administrators(firing: Firing, chosen: Select[int]) -> None:
    """End every login of the administrators of disabled organisations at once."""
    end_sessions(firing, select(account.id).where(account.organization_id.in_(chosen)))


def _move_applicants(
    firing: Firing, chosen: Select[int], person: PersonState, organization: OrganizationStatus
) -> None:
    people, offices = Person.__table__, Organization.__table__
    moved = (
        (people, people.c.state, PersonState.PENDING, account.person_id, {"state": person}),
        (
            offices,
            offices.c.status,
            OrganizationStatus.PENDING,
            account.organization_id,
            {"status": organization},
        ),
    )
    for table, state, pending, key, values in moved:
        behind = select(key).where(account.id.in_(chosen), key.is_not(None))
        firing.session.execute(update(table).where(table.c.id.in_(behind), state == pending).values(values))
    applied = select(account.person_id).where(account.id.in_(chosen), account.person_id.is_not(None))
    mark(firing.session, select(people.c.employer_id).where(people.c.id.in_(applied)))


def count_at_employers(firing: Firing, chosen: Select[int]) -> None:
    """Have the claims that wait at their employers counted anew."""
    mark(firing.session, select(claim.employer_id).where(claim.id.in_(chosen)))


def count_at_offices(firing: Firing, chosen: Select[int]) -> None:
    """Have the claims that wait at the offices of their employers counted anew."""
    mark_deciders(firing.session, select(claim.employer_id).where(claim.id.in_(chosen)))


def tell_person(verdict: str, *, held: bool = False) -> Callable[[Firing, Select[int]], None]:
    """Return an effect that puts ``verdict`` about each claim into its person's inbox.

    Args:
        verdict: what happened.
        held: whether it waits until the decision cannot be taken back any more.
    """

    def effect(firing: Firing, chosen: Select[int]) -> None:
        put_notices(
            firing,
            literal(f"{verdict}：") + claim.title,
            and_(
                claim.id.in_(chosen),
                account.person_id == claim.person_id,
                account.user_type == UserType.PERSON,
                account.status == AccountStatus.ACTIVE,
            ),
            undo.page_of(Claim),
            held_until=undo.held_until(firing) if held else None,
        )

    return effect


def tell_professional(title: str) -> Callable[[Firing, Select[int]], None]:
    """Return an effect that puts ``title`` into the inbox of each professional who has a login."""

    def effect(firing: Firing, chosen: Select[int]) -> None:
        own = and_(account.person_id.in_(chosen), account.status == AccountStatus.ACTIVE)
        link = literal("/admin/person/details/?id=") + cast(account.person_id, Notice.link.type)
        put_notices(firing, literal(title), own, link)

    return effect


def tell_applicant(title: str, letter: str) -> Callable[[Firing, Select[int]], None]:
    """Return an effect that puts ``title`` into the inbox of each account and mails ``letter`` to its holder.

    Both, whatever the decision (the manual says so of the mail): who was refused cannot log in and read the inbox.
    """

    def effect(firing: Firing, chosen: Select[int]) -> None:
        put_notices(firing, literal(title), account.id.in_(chosen), mailed=True)
        letters.write(firing.session, letter, _letters_to_applicants(firing, chosen), firing.moment)

    return effect


def tell_administrators(title: str, letter: str) -> Callable[[Firing, Select[int]], None]:
    """Return an effect that tells the administrators of each organisation, by message and mail."""
    tell = tell_applicant(title, letter)

    def effect(firing: Firing, chosen: Select[int]) -> None:
        administering = and_(account.organization_id.in_(chosen), account.status == AccountStatus.ACTIVE)
        tell(firing, select(account.id).where(administering))

    return effect


def put_notices(
    firing: Firing,
    title: ColumnElement[str],
    to: ColumnElement[bool],
    link: ColumnElement[str] | None = None,
    *,
    held_until: datetime | None = None,
    mailed: bool = False,
) -> None:
    """Put a message into the inbox of each account that meets a condition; its body is the reason given.

    Args:
        firing: what happened.
        title: of the message.
        to: which accounts; it may speak of another table, and then there is a message for each pair.
        link: path of the page that says more; none where left out.
        held_until: when it is shown at the earliest, where it is not shown at once.
        mailed: whether a letter says the same, so that the message itself is mailed no more.
    """
    row: dict[str, Any] = {
        "account_id": account.id,
        "title": title,
        "body": literal(firing.reason or ""),
        "link": literal("") if link is None else link,
        "created_at": literal(firing.moment, Notice.created_at.type),
    }
    if held_until is not None:
        row |= {
            "held_until": literal(held_until, Notice.held_until.type),
            "batch_key": literal(firing.batch_key),
        }
    if mailed:
        row["mailed_at"] = literal(firing.moment, Notice.mailed_at.type)
    firing.session.execute(insert(Notice).from_select(list(row), select(*row.values()).where(to)))


def _letters_to_applicants(firing: Firing, chosen: Select[int]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield address and values of the letter to each applicant; ``office`` is the one administered or worked for."""
    people, offices = Person.__table__, Organization.__table__
    administered = case((account.organization_id.is_not(None), offices.c.code), else_=literal(""))
    rows = firing.session.execute(
        select(
            account.email, account.real_name, account.user_type, offices.c.name, administered.label("code")
        )
        .select_from(
            Account.__table__.outerjoin(people, people.c.id == account.person_id).join(
                offices, offices.c.id == func.coalesce(account.organization_id, people.c.employer_id)
            )
        )
        .where(account.id.in_(chosen))
        .order_by(account.id)
    )
    for row in rows:
        yield (
            row.email,
            {
                "name": row.real_name,
                "user_type": row.user_type.label,
                "office": row.name,
                "code": row.code,
                "reason": firing.reason or "",
            },
        )
