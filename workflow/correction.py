"""信息更正 (product §3): the employer decides whether name or citizen id of one of its people were wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, literal, or_, select, update

from models import Account, Certificate, Person, PersonCorrection
from models.enums import AccountStatus, PersonState, RequestStatus, Revocation, UserType
from permissions.verbs import Verb
from workflow import guards
from workflow.core import Firing, Guard, Transition, Workflow
from workflow.news import tell_about_correction
from workflow.revoking import revoke_certificates

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

PENDING, APPROVED, REJECTED, WITHDRAWN = RequestStatus
LIVING = (AccountStatus.PENDING, AccountStatus.ACTIVE, AccountStatus.DISABLED)
"""Accounts that hold their citizen id."""
correction = PersonCorrection.__table__.c
other_person, other_account = (
    Person.__table__.alias("other_person").c,
    Account.__table__.alias("other_account").c,
)


def id_taken(citizen_id_index: Any, person_id: Any) -> ColumnElement[bool]:
    """Return whether somebody else than ``person_id`` has a citizen id, as a professional or as a personal login.

    Args:
        citizen_id_index: blind index of the id, a value or a column.
        person_id: key of the person, a value or a column.
    """
    people = exists(literal(1)).where(
        other_person.citizen_id_index == citizen_id_index,
        other_person.id != person_id,
        other_person.state != PersonState.VOID,
    )
    logins = exists(literal(1)).where(
        other_account.citizen_id_index == citizen_id_index,
        other_account.person_id != person_id,
        other_account.user_type == UserType.PERSON,
        other_account.status.in_(LIVING),
    )
    return or_(people.correlate(PersonCorrection.__table__), logins.correlate(PersonCorrection.__table__))


def _id_free(_firing: Firing) -> ColumnElement[bool]:
    return ~id_taken(correction.new_citizen_id_index, correction.person_id)


def _not_own(firing: Firing) -> ColumnElement[bool]:
    return correction.person_id.not_in(guards.people_of_citizen(firing))


def _another_started(firing: Firing) -> ColumnElement[bool]:
    return correction.started_by_id.not_in(firing.actor.accounts)


STARTED_BY_ANOTHER = Guard(
    "own_request",
    "不能审核自己代为申请的信息更正，请由本单位另一位管理员审核，或由本人登录系统申请",
    _another_started,
)
ID_FREE = Guard("id_taken", "更正后的身份证号已被登记或正在注册，不能通过，请核实后退回", _id_free)
NOT_OWN_CORRECTION = Guard("own_correction", "不能审核本人的信息更正，请由另一位管理员办理", _not_own)


def _decision(firing: Firing) -> dict[str, Any]:
    return {"decided_by_id": firing.actor.account_id, "decided_at": firing.moment, "reason": firing.reason}


def correct_people(firing: Firing, chosen: Select[int]) -> None:
    """Put the right name and id on people and on their personal logins; what was claimed before keeps its own.

    The id is copied as it is encrypted, so that one statement does for any number.
    """
    people, logins = Person.__table__, Account.__table__
    whose = correction.id.in_(chosen)
    identity = {
        "citizen_id": correction.new_citizen_id,
        "citizen_id_index": correction.new_citizen_id_index,
    }
    firing.session.execute(
        update(people)
        .where(whose, people.c.id == correction.person_id)
        .values(
            name=correction.new_name,
            name_initials=correction.new_name_initials,
            sex=correction.new_sex,
            birth_date=correction.new_birth_date,
            **identity,
        )
    )
    firing.session.execute(
        update(logins)
        .where(
            whose,
            logins.c.person_id == correction.person_id,
            logins.c.user_type == UserType.PERSON,
            logins.c.status.in_(LIVING),
        )
        .values(real_name=correction.new_name, **identity)
    )


def revoke_wrong_certificates(firing: Firing, chosen: Select[int]) -> None:
    """Revoke what certifies somebody the person is not: his years can be issued anew under the right name and id."""
    people = select(correction.person_id).where(correction.id.in_(chosen))
    revoke_certificates(firing, Certificate.__table__.c.person_id.in_(people), Revocation.IDENTITY)


CORRECTION = Workflow(
    "correction",
    PersonCorrection,
    initial=PENDING,
    transitions=(
        Transition("approve", frozenset({PENDING}), APPROVED, "通过", Verb.DECIDE, "success", batch=True,
                   guards=(NOT_OWN_CORRECTION, STARTED_BY_ANOTHER, ID_FREE), sets=_decision,
                   effects=(correct_people, revoke_wrong_certificates, tell_about_correction("信息更正已通过"))),
        Transition("reject", frozenset({PENDING}), REJECTED, "不通过", Verb.DECIDE, "danger", batch=True, reason=True,
                   guards=(NOT_OWN_CORRECTION,), sets=_decision, effects=(tell_about_correction("信息更正未通过"),)),
        Transition("withdraw", frozenset({PENDING}), WITHDRAWN, "撤回", Verb.WITHDRAW, "secondary",
                   effects=(tell_about_correction("信息更正已撤回", mailed=False),)),
    ),
)  # fmt: skip
