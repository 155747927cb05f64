"""What goes along when a professional goes to another employer: set-based statements of an approved transfer.

Whatever was decided keeps the employer of its time: claims, ledger entries, certificates and the years before. See
``docs/decisions/0018-transfers.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, literal, null, or_, select, update

from models import Account, Claim, Organization, Person, Transfer, YearSummary
from models.enums import CHANGEABLE, PersonState, UserType
from models.types import HoursType
from workflow.marks import mark
from workflow.periods import approvals_not_over
from workflow.postings import FIGURES
from workflow.training_moves import OF_PEOPLE

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from workflow.core import Firing

transfer, office = Transfer.__table__.c, Organization.__table__.c


def _new_place(chosen: Select[int]) -> Any:
    """Return who goes where: the employer as it is now, which may have changed since the transfer was started."""
    return (
        select(
            transfer.person_id,
            transfer.to_employer_id.label("employer_id"),
            transfer.department_id,
            office.region_code,
            office.authority_id,
        )
        .join(Organization.__table__, office.id == transfer.to_employer_id)
        .where(transfer.id.in_(chosen))
        .subquery("new_place")
    )


def _follow(
    firing: Firing, table: Any, whose: Any, place: Any, *conditions: ColumnElement[bool], **more: Any
) -> None:
    names = ("employer_id", "region_code", "authority_id")
    values = {name: place.c[name] for name in names} | more
    firing.session.execute(update(table).where(whose == place.c.person_id, *conditions).values(values))


def move_people(firing: Firing, chosen: Select[int]) -> None:
    """Put people into the new employer's service, whose department, region and authority are theirs from now on."""
    for employer in (transfer.from_employer_id, transfer.to_employer_id):
        mark(firing.session, select(employer).where(transfer.id.in_(chosen)))
    people, place = Person.__table__, _new_place(chosen)
    _follow(
        firing,
        people,
        people.c.id,
        place,
        department_id=place.c.department_id,
        state=case(
            (people.c.state == PersonState.LEFT, literal(PersonState.IN_SERVICE, people.c.state.type)),
            else_=people.c.state,
        ),
        left_on=null(),
    )


def follow_claims(firing: Firing, chosen: Select[int]) -> None:
    """Let go along what people have not handed in, or got back: they will hand it in at the new employer.

    A draft the old employer registered stays with it: it is that employer's own unfinished work.
    """
    claims, place = Claim.__table__, _new_place(chosen)
    own = and_(claims.c.status.in_(CHANGEABLE), claims.c.registered_by_id.is_(None))
    _follow(firing, claims, claims.c.person_id, place, own, department_id=place.c.department_id)


def follow_grades(firing: Firing, chosen: Select[int]) -> None:
    """Let grades nobody decided yet go along, and the students they belong to: their hours count where the person is."""
    place = _new_place(chosen)
    for table, undecided in OF_PEOPLE:
        more = {"department_id": place.c.department_id} if "department_id" in table.c else {}
        _follow(firing, table, table.c.person_id, place, undecided, **more)


def follow_years(firing: Firing, chosen: Select[int]) -> None:
    """Let the running year go along: who employs somebody at its end answers for it and issues the certificate.

    So does an earlier one that can still be decided and has nothing credited: its hours will come from the new employer.
    """
    years = YearSummary.__table__
    nothing = and_(*(years.c[name] == literal(0, HoursType) for name in FIGURES))
    undecided = and_(nothing, approvals_not_over(firing.today, years.c.credit_year, years.c.region_code))
    running = or_(years.c.credit_year >= firing.today.year, undecided)
    _follow(firing, years, years.c.person_id, _new_place(chosen), running)


def follow_logins(firing: Firing, chosen: Select[int]) -> None:
    """Let the new employer look after people's logins: it resets their passwords from now on."""
    accounts, place = Account.__table__, _new_place(chosen)
    firing.session.execute(
        update(accounts)
        .where(accounts.c.person_id == place.c.person_id, accounts.c.user_type == UserType.PERSON)
        .values(approver_id=place.c.employer_id)
    )
