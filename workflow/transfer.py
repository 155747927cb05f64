"""单位调转 (product §3): the receiving employer decides; hours and history stay with the person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, literal, or_, select, true

from models import Claim, Department, Grade, Organization, Person, PersonCorrection, Transfer
from models.enums import ClaimStatus, GradeStatus, OrganizationStatus, PersonState, RequestStatus
from permissions.verbs import Verb
from workflow import guards
from workflow.core import Firing, Guard, Transition, Workflow
from workflow.moving import follow_claims, follow_grades, follow_logins, follow_years, move_people
from workflow.news import tell_about_transfer

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

PENDING, APPROVED, REJECTED, WITHDRAWN = RequestStatus
OPEN_CLAIMS = (ClaimStatus.SUBMITTED, ClaimStatus.ACCEPTED, ClaimStatus.DECLARED)
"""Claims the old employer or an office still has in hand."""
MOVABLE = (PersonState.IN_SERVICE, PersonState.LEFT)
"""Who may go to another employer: somebody who left is in service again at the new one."""

OPEN_GRADES = (GradeStatus.SUBMITTED,)
"""Grades an office has in hand."""

grade = Grade.__table__.c
transfer, claim, correction = Transfer.__table__.c, Claim.__table__.c, PersonCorrection.__table__.c
person, department = Person.__table__.c, Department.__table__.c
receiver = Organization.__table__.alias("receiver").c


def chosen_department(firing: Firing) -> int | None:
    """Return the department chosen with the approval: ``None`` for the one asked for, 0 for none."""
    typed = str(firing.parameters.get("department_id", ""))
    return int(typed) if typed.isdecimal() else None


def _nothing_open(_firing: Firing) -> ColumnElement[bool]:
    claims = exists(literal(1)).where(claim.person_id == transfer.person_id, claim.status.in_(OPEN_CLAIMS))
    grades = exists(literal(1)).where(grade.person_id == transfer.person_id, grade.status.in_(OPEN_GRADES))
    corrections = exists(literal(1)).where(
        correction.person_id == transfer.person_id, correction.status == PENDING
    )
    return ~or_(*(rows.correlate(Transfer.__table__) for rows in (claims, grades, corrections)))


def _movable(_firing: Firing) -> ColumnElement[bool]:
    there = exists(literal(1)).where(
        person.id == transfer.person_id,
        person.employer_id == transfer.from_employer_id,
        person.state.in_(MOVABLE),
    )
    return there.correlate(Transfer.__table__)


def _receiver_active(_firing: Firing) -> ColumnElement[bool]:
    active = select(receiver.id).where(receiver.status == OrganizationStatus.ACTIVE)
    return transfer.to_employer_id.in_(active)


def _department_of_receiver(firing: Firing) -> ColumnElement[bool]:
    chosen = chosen_department(firing)
    if not chosen:
        return true()
    own = exists(literal(1)).where(
        department.id == chosen, department.organization_id == transfer.to_employer_id
    )
    return own.correlate(Transfer.__table__)


def _not_own(firing: Firing) -> ColumnElement[bool]:
    return transfer.person_id.not_in(guards.people_of_citizen(firing))


NOT_OWN_TRANSFER = Guard("own_transfer", "不能审核本人的调转，请由另一位管理员办理", _not_own)
NOTHING_OPEN = Guard(
    "open_records",
    "该人员还有未办结的申报、培训成绩或信息更正，请待原单位和审批机构办结后再办理",
    _nothing_open,
)
STILL_MOVABLE = Guard("not_movable", "该人员已退休或已不在原单位，不能调转", _movable)
RECEIVER_ACTIVE = Guard("receiver_inactive", "接收单位已停用，不能接收人员", _receiver_active)
DEPARTMENT_OF_RECEIVER = Guard("wrong_department", "请选择接收单位的部门", _department_of_receiver)


def _decision(firing: Firing) -> dict[str, Any]:
    return {"decided_by_id": firing.actor.account_id, "decided_at": firing.moment, "reason": firing.reason}


def _approval(firing: Firing) -> dict[str, Any]:
    chosen = chosen_department(firing)
    return _decision(firing) | ({} if chosen is None else {"department_id": func.nullif(chosen, 0)})


TRANSFER = Workflow(
    "transfer",
    Transfer,
    initial=PENDING,
    transitions=(
        Transition("approve", frozenset({PENDING}), APPROVED, "通过", Verb.DECIDE, "success", batch=True,
                   parameters=("department_id",), sets=_approval,
                   guards=(NOT_OWN_TRANSFER, STILL_MOVABLE, RECEIVER_ACTIVE, NOTHING_OPEN, DEPARTMENT_OF_RECEIVER),
                   effects=(follow_claims, follow_grades, follow_years, follow_logins, move_people,
                            tell_about_transfer("单位调转已通过"))),
        Transition("reject", frozenset({PENDING}), REJECTED, "不通过", Verb.DECIDE, "danger", batch=True, reason=True,
                   guards=(NOT_OWN_TRANSFER,), sets=_decision, effects=(tell_about_transfer("单位调转未通过"),)),
        Transition("withdraw", frozenset({PENDING}), WITHDRAWN, "撤回", Verb.WITHDRAW, "secondary",
                   effects=(tell_about_transfer("单位调转已撤回", mailed=False),)),
    ),
)  # fmt: skip
