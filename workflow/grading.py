"""The lives of a grade and of the sheet it is declared on (product §6).

A sheet is submitted as a whole. It is decided as a whole (``GRADE_SHEET``), which carries all its rows along in one
transaction, or row by row (``GRADE``): then it is settled by what became of its last row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, exists, func, literal, or_, select, update

from models import Enrollment, Grade, GradeSheet, Organization, TrainingClass, TrainingPlan
from models.enums import (
    GRADE_CHANGEABLE,
    ClassStatus,
    EnrollmentStatus,
    GradeResult,
    GradeStatus,
    OrganizationStatus,
    SheetStatus,
)
from models.types import HoursType
from permissions.verbs import Verb
from workflow import guards, periods, taught
from workflow.core import Firing, Guard, Passage, Transition, Workflow
from workflow.crediting import GRADES, post_hours, reverse_hours
from workflow.journaling import journal
from workflow.news import tell_institution, tell_student
from workflow.selection import keys
from workflow.statements import carry_out
from workflow.undo import (
    BATCH,
    decided_by_batch,
    drop_news,
    drop_waiting_news,
    no_certificate_since,
    taking_back,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement, Select

    from models.enums import Labelled

    Effect = Callable[[Firing, Select[int]], None]

grade, sheet, enrollment = Grade.__table__.c, GradeSheet.__table__.c, Enrollment.__table__.c
klass, plan = TrainingClass.__table__.c, TrainingPlan.__table__.c
office = Organization.__table__.alias("office").c

DRAFT, SUBMITTED, APPROVED, RETURNED, REVOKED = GradeStatus
LEFT = (GradeStatus.DRAFT, GradeStatus.SUBMITTED, GradeStatus.RETURNED)
"""Rows of a sheet that are not decided for good."""


# ---------------------------------------------------------------- what must stand still meanwhile
def sheets_of(chosen: Select[int]) -> Select[int]:
    """Return the sheets of grades: whoever decides about rows and whoever decides about the sheet queue up here."""
    own = select(grade.sheet_id).where(grade.id.in_(chosen)).correlate(None)
    return select(sheet.id).where(sheet.id.in_(own)).correlate(None).order_by(sheet.id)


def themselves(chosen: Select[int]) -> Select[int]:
    """Return sheets before what belongs to them."""
    return select(sheet.id).where(sheet.id.in_(chosen)).order_by(sheet.id)


def people_of_grades(chosen: Select[int]) -> Select[int]:
    """Return whose grades these are: a claim for the same class cannot be approved in the same moment."""
    return guards.people_of(select(grade.person_id).where(grade.id.in_(chosen)))


def people_of_sheets(chosen: Select[int]) -> Select[int]:
    """Return whose grades are on sheets."""
    return guards.people_of(select(grade.person_id).where(grade.sheet_id.in_(chosen)))


def rows_of_sheets(chosen: Select[int]) -> Select[int]:
    """Return the grades of sheets: nobody changes one that is just being submitted."""
    return select(grade.id).where(grade.sheet_id.in_(chosen)).order_by(grade.id)


# ---------------------------------------------------------------- guards of a row
FAILED = grade.result == GradeResult.FAILED
NOT_OWN_GRADE = Guard(
    "own_grade", "不能审批本人的成绩，请由另一位管理员办理",
    lambda firing: grade.person_id.not_in(guards.people_of_citizen(firing)),
)  # fmt: skip
APPROVALS_OPEN = Guard(
    "approvals_closed",
    "该年度当前不在审批期内",
    lambda firing: periods.approvals_open(firing.today, grade.credit_year, grade.region_code),
)
NOT_CLAIMED = Guard(
    "claimed", "该人员已就同一培训申报并取得学时，不能重复认定，请退回或先撤销那条申报",
    lambda _firing: or_(FAILED, ~taught.claimed()),
)  # fmt: skip
NOT_ATTENDED_TWICE = Guard(
    "attended_twice", "该人员在同一计划或同名同期的培训班已有学时，不能重复认定，请退回",
    lambda _firing: or_(FAILED, ~taught.attended_twice()),
)  # fmt: skip
ROW_GUARDS = (NOT_OWN_GRADE, APPROVALS_OPEN, NOT_CLAIMED, NOT_ATTENDED_TWICE)


# ---------------------------------------------------------------- effects
def _rows(*states: GradeStatus) -> ColumnElement[bool]:
    rows = select(literal(1)).where(grade.sheet_id == sheet.id, grade.status.in_(states))
    return exists(rows.correlate(GradeSheet.__table__))


def settle_sheets(firing: Firing, sheet_ids: Sequence[int]) -> dict[SheetStatus, Sequence[int]]:
    """Settle sheets nobody has to decide about any more: returned where a row was returned, else approved.

    Args:
        firing: what decided the last row.
        sheet_ids: sheets that may be concerned.

    Returns:
        keys of those that were, by what they are now.
    """
    undecided = and_(
        sheet.id.in_(keys(firing.session, sheet_ids)),
        sheet.status.in_((SheetStatus.SUBMITTED, SheetStatus.RETURNED)),
        ~_rows(GradeStatus.SUBMITTED),
    )
    why = select(grade.reason).where(grade.sheet_id == sheet.id, grade.status == RETURNED).order_by(grade.id)
    first = why.limit(1).correlate(GradeSheet.__table__).scalar_subquery()
    returned = {"reason": first}
    approved = {
        "reason": None,
        "decided_by_id": firing.actor.account_id,
        "decided_at": firing.moment,
    }
    settled: dict[SheetStatus, Sequence[int]] = {}
    for status, values, condition in (
        (
            SheetStatus.RETURNED,
            returned,
            and_(sheet.status == SheetStatus.SUBMITTED, _rows(GradeStatus.RETURNED)),
        ),
        (SheetStatus.APPROVED, approved, and_(~_rows(*LEFT), _rows(APPROVED, REVOKED))),
    ):
        found = firing.session.scalars(select(sheet.id).where(undecided, condition)).all()
        _move_sheets(firing, found, {"status": status, **values})
        settled[status] = found
    return settled


def _move_sheets(firing: Firing, sheet_ids: Sequence[int], values: dict[str, Any]) -> None:
    if not sheet_ids:
        return
    target = values["status"]
    action = "unsettle" if target is SheetStatus.SUBMITTED else "settle"
    chosen = sheet.id.in_(keys(firing.session, sheet_ids))
    journal(firing, GradeSheet.__table__, chosen, action, to_status=target, reason=firing.reason)
    firing.session.execute(
        update(GradeSheet.__table__)
        .where(chosen)
        .values(status_since=firing.moment, revision=sheet.revision + 1, **values)
    )


TELL_OF_SHEETS = {
    SheetStatus.APPROVED: tell_institution(GradeSheet, "成绩单已办结", held=True),
    SheetStatus.RETURNED: tell_institution(GradeSheet, "成绩单有学员被退回，请修改后重新申报", held=True),
}
"""What an institution hears once the last row of a sheet was decided, by what became of the sheet."""
TELL_OF_REVOCATION = tell_institution(GradeSheet, "成绩单中有已认定的成绩被撤销")


def settle(firing: Firing, chosen: Select[int]) -> None:
    """Settle the sheets whose last rows were decided, and tell their institutions."""
    settled = settle_sheets(firing, firing.session.scalars(sheets_of(chosen)).all())
    for status, sheet_ids in settled.items():
        if sheet_ids:
            TELL_OF_SHEETS[status](firing, keys(firing.session, sheet_ids))


def tell_of_revocation(firing: Firing, chosen: Select[int]) -> None:
    """Tell the institution of revoked rows: once a sheet, whatever their number."""
    TELL_OF_REVOCATION(firing, sheets_of(chosen))


def unsettle(firing: Firing, chosen: Select[int]) -> None:
    """Let sheets wait again, a row of which waits again; what would be told of them is dropped.

    Another batch may have settled the sheet than the one that is taken back.
    """
    drop_waiting_news(GradeSheet)(firing, sheets_of(chosen))
    settled = sheets_of(chosen).where(sheet.status.in_((SheetStatus.APPROVED, SheetStatus.RETURNED)))
    values = {"status": SheetStatus.SUBMITTED, "reason": None, "decided_by_id": None, "decided_at": None}
    _move_sheets(firing, firing.session.scalars(settled).all(), values)


def carry_rows(name: str) -> Effect:
    """Return an effect that takes the transition called ``name`` with the rows of sheets that are where it starts.

    Taking back carries the rows that were decided along with the sheet; others were decided by themselves.
    """

    def effect(firing: Firing, chosen: Select[int]) -> None:
        transition = GRADE[name]
        rows = select(grade.id).where(
            grade.sheet_id.in_(chosen), grade.status.in_(sorted(transition.sources))
        )
        if transition.undoes:
            rows = rows.where(decided_by_batch(Grade.__table__, firing))
        # Their keys, not the condition: the rows leave these states on the way.
        moved = firing.session.scalars(rows.order_by(grade.id)).all()
        if moved:
            carry_out(firing, GRADE, transition, keys(firing.session, moved), len(moved))

    return effect


def submit_rows(firing: Firing, chosen: Select[int]) -> None:
    """Submit the rows of sheets with the hours their results earn under the plan."""
    hours = select(
        case(
            (FAILED, literal(0, HoursType)),
            (grade.result == GradeResult.EXCELLENT, func.coalesce(plan.excellent_hours, plan.hours)),
            else_=plan.hours,
        )
    ).where(plan.id == grade.plan_id)
    _move_rows(
        firing,
        chosen,
        GRADE_CHANGEABLE,
        status=SUBMITTED,
        hours=hours.correlate(Grade.__table__).scalar_subquery(),
    )


def withdraw_rows(firing: Firing, chosen: Select[int]) -> None:
    """Give the rows of sheets back to the institution."""
    _move_rows(firing, chosen, (SUBMITTED,), status=DRAFT, hours=None)


def _move_rows(firing: Firing, chosen: Select[int], states: Sequence[GradeStatus], **values: Any) -> None:
    firing.session.execute(
        update(Grade.__table__)
        .where(grade.sheet_id.in_(chosen), grade.status.in_(states))
        .values(status_since=firing.moment, revision=grade.revision + 1, reason=None, **values)
    )


# ---------------------------------------------------------------- rows
def _decision(firing: Firing) -> dict[str, Any]:
    return {"decided_by_id": firing.actor.account_id, "decided_at": firing.moment, "reason": firing.reason}


def _no_decision(_firing: Firing) -> dict[str, Any]:
    return {"decided_by_id": None, "decided_at": None, "reason": None}


def _reason(firing: Firing) -> dict[str, Any]:
    return {"reason": firing.reason}


def _revocation(firing: Firing) -> dict[str, Any]:
    return {
        "revoked_by_id": firing.actor.account_id,
        "revoked_at": firing.moment,
        "revoked_reason": firing.reason,
    }


GRADE = Workflow(
    "grade",
    Grade,
    initial=DRAFT,
    transitions=(
        Transition("approve", frozenset({SUBMITTED}), APPROVED, "通过", Verb.DECIDE, "success", batch=True, key="a",
                   guards=ROW_GUARDS, sets=_decision, locks=(sheets_of, people_of_grades),
                   effects=(post_hours(GRADES), tell_student("培训成绩已认定", held=True), settle)),
        Transition("return", frozenset({SUBMITTED}), RETURNED, "退回", Verb.DECIDE, "warning", batch=True, key="r",
                   reason=True, guards=(NOT_OWN_GRADE,), sets=_reason, locks=(sheets_of,), effects=(settle,)),
        Transition("revoke", frozenset({APPROVED}), REVOKED, "撤销认定", Verb.REVOKE, "danger", batch=True, reason=True,
                   guards=(NOT_OWN_GRADE,), sets=_revocation,
                   effects=(reverse_hours(GRADES), tell_student("培训成绩的认定已被撤销"), tell_of_revocation)),
        Transition("undo_approve", frozenset({APPROVED}), SUBMITTED, "撤回通过", Verb.UNDO, "secondary", batch=True,
                   undoes="approve", parameters=(BATCH,), sets=_no_decision, locks=(sheets_of,),
                   guards=(*taking_back(Grade, "approve"), no_certificate_since(Grade), APPROVALS_OPEN),
                   effects=(reverse_hours(GRADES), drop_news(Grade), unsettle)),
        Transition("undo_return", frozenset({RETURNED}), SUBMITTED, "撤回退回", Verb.UNDO, "secondary", batch=True,
                   undoes="return", parameters=(BATCH,), sets=_no_decision, locks=(sheets_of,),
                   guards=taking_back(Grade, "return"), effects=(unsettle,)),
    ),
    passages=(
        Passage(DRAFT, SUBMITTED, "成绩单申报"),
        Passage(RETURNED, SUBMITTED, "成绩单重新申报"),
        Passage(SUBMITTED, DRAFT, "成绩单撤回"),
        Passage(RETURNED, DRAFT, "学员退班"),
    ),
)  # fmt: skip


# ---------------------------------------------------------------- sheets
def _for_rows(
    name: str, sentence: str, states: Sequence[Labelled], holds: Callable[[Firing], ColumnElement[bool]]
) -> Guard:
    """Return the guard of a sheet that a condition holds for every row of it in some states; unknown does not hold."""

    def wrong(firing: Firing) -> ColumnElement[bool]:
        return and_(grade.status.in_(states), ~func.coalesce(holds(firing), literal(value=False)))

    def none_wrong(firing: Firing) -> ColumnElement[bool]:
        rows = select(literal(1)).where(grade.sheet_id == sheet.id, wrong(firing))
        return ~exists(rows.correlate(GradeSheet.__table__))

    return Guard(name, sentence, none_wrong, wrong)


def for_every_row(guard: Guard, name: str) -> Guard:
    """Return the guard of a sheet that a guard of the rows' own transition ``name`` holds for all it would carry along."""

    def holds(firing: Firing) -> ColumnElement[bool]:
        passes = guard.holds(firing)
        if GRADE[name].undoes:
            passes = or_(passes, ~decided_by_batch(Grade.__table__, firing))
        return passes

    sentence = f"成绩单中有学员不能办理：{guard.sentence}（请打开成绩单逐行办理）"
    return _for_rows(f"row_{guard.name}", sentence, tuple(sorted(GRADE[name].sources)), holds)


def rows_pass(name: str) -> tuple[Guard, ...]:
    """Return the guards a sheet takes over from the rows' own transition ``name``."""
    return tuple(for_every_row(guard, name) for guard in GRADE[name].guards)


def _attended(_firing: Firing) -> ColumnElement[bool]:
    source = Enrollment.__table__.join(TrainingClass.__table__, klass.id == enrollment.class_id)
    enough = or_(klass.attendance_minimum.is_(None), enrollment.attendance >= klass.attendance_minimum)
    there = select(literal(1)).select_from(source).where(enrollment.id == grade.enrollment_id, enough)
    return or_(FAILED, exists(there.correlate(Grade.__table__)))


def _enrolled(_firing: Firing) -> ColumnElement[bool]:
    there = select(literal(1)).where(
        enrollment.id == grade.enrollment_id, enrollment.status == EnrollmentStatus.ENROLLED
    )
    return exists(there.correlate(Grade.__table__))


def _class_finished(_firing: Firing) -> ColumnElement[bool]:
    over = select(literal(1)).where(klass.id == sheet.class_id, klass.status == ClassStatus.FINISHED)
    return exists(over.correlate(GradeSheet.__table__))


def _approver_active(_firing: Firing) -> ColumnElement[bool]:
    return sheet.approver_id.in_(select(office.id).where(office.status == OrganizationStatus.ACTIVE))


CLASS_FINISHED = Guard("class_not_finished", "培训班尚未结业，请先结业再申报成绩", _class_finished)
HAS_ROWS = Guard("no_rows", "成绩单里没有要申报的学员", lambda _firing: _rows(*GRADE_CHANGEABLE))
ALL_GRADED = _for_rows(
    "not_graded", "成绩单中有学员没有成绩，请先填写", GRADE_CHANGEABLE,
    lambda _firing: grade.result.is_not(None),
)  # fmt: skip
ALL_ENROLLED = _for_rows("left_class", "成绩单中有已退班的学员，请先移出", GRADE_CHANGEABLE, _enrolled)
ALL_ATTENDED = _for_rows(
    "absent", "成绩单中有优秀、合格的学员未登记出勤率或未达到最低出勤率，请改为不合格或更正出勤率",
    GRADE_CHANGEABLE, _attended,
)  # fmt: skip
YEAR_OPEN = Guard(
    "year_closed", "该年度当前不在申报期内，不能申报成绩",
    lambda firing: periods.claims_open(firing.today, sheet.credit_year, sheet.region_code),
)  # fmt: skip
APPROVER_ACTIVE = Guard("no_approver", "原审批机构已停用，请联系同级人社部门", _approver_active)
NOTHING_DECIDED = Guard(
    "decided_in_part", "审批机构已开始办理，不能撤回", lambda _firing: ~_rows(APPROVED, RETURNED, REVOKED)
)
NOTHING_RETURNED = Guard(
    "returned_in_part",
    "成绩单中有已退回的学员，请打开成绩单逐行办理其余学员",
    lambda _firing: ~_rows(RETURNED),
    lambda _firing: grade.status == RETURNED,
)


def _submission(firing: Firing) -> dict[str, Any]:
    return {"submitted_by_id": firing.actor.account_id, "submitted_at": firing.moment, "reason": None}


GRADE_SHEET = Workflow(
    "grade_sheet",
    GradeSheet,
    initial=SheetStatus.DRAFT,
    transitions=(
        Transition("submit", frozenset({SheetStatus.DRAFT, SheetStatus.RETURNED}), SheetStatus.SUBMITTED, "申报",
                   Verb.SUBMIT, batch=True, sets=_submission, locks=(themselves, rows_of_sheets),
                   guards=(CLASS_FINISHED, HAS_ROWS, ALL_GRADED, ALL_ENROLLED, ALL_ATTENDED, YEAR_OPEN, APPROVER_ACTIVE),
                   effects=(submit_rows,)),
        Transition("withdraw", frozenset({SheetStatus.SUBMITTED}), SheetStatus.DRAFT, "撤回", Verb.WITHDRAW, "secondary",
                   guards=(NOTHING_DECIDED,), effects=(withdraw_rows,)),
        Transition("approve", frozenset({SheetStatus.SUBMITTED}), SheetStatus.APPROVED, "整单通过", Verb.DECIDE, "success",
                   batch=True, key="a", guards=(NOTHING_RETURNED, *rows_pass("approve")), sets=_decision,
                   locks=(themselves, people_of_sheets),
                   effects=(carry_rows("approve"), tell_institution(GradeSheet, "成绩单已办结", held=True))),
        Transition("return", frozenset({SheetStatus.SUBMITTED}), SheetStatus.RETURNED, "整单退回", Verb.DECIDE, "warning",
                   batch=True, key="r", reason=True, guards=rows_pass("return"), sets=_reason,
                   effects=(carry_rows("return"), tell_institution(GradeSheet, "成绩单被退回，请修改后重新申报", held=True))),
        Transition("undo_approve", frozenset({SheetStatus.APPROVED}), SheetStatus.SUBMITTED, "撤回整单通过", Verb.UNDO,
                   "secondary", batch=True, undoes="approve", parameters=(BATCH,), sets=_no_decision,
                   locks=(themselves, rows_of_sheets),
                   guards=(*taking_back(GradeSheet, "approve"), *rows_pass("undo_approve")),
                   effects=(carry_rows("undo_approve"), drop_news(GradeSheet))),
        Transition("undo_return", frozenset({SheetStatus.RETURNED}), SheetStatus.SUBMITTED, "撤回整单退回", Verb.UNDO,
                   "secondary", batch=True, undoes="return", parameters=(BATCH,), sets=_no_decision,
                   locks=(themselves, rows_of_sheets),
                   guards=(*taking_back(GradeSheet, "return"), *rows_pass("undo_return")),
                   effects=(carry_rows("undo_return"), drop_news(GradeSheet))),
    ),
    passages=(
        Passage(SheetStatus.SUBMITTED, SheetStatus.APPROVED, "逐行办结"),
        Passage(SheetStatus.SUBMITTED, SheetStatus.RETURNED, "部分学员退回"),
        Passage(SheetStatus.RETURNED, SheetStatus.APPROVED, "退回的学员已退班或移出"),
        Passage(SheetStatus.APPROVED, SheetStatus.SUBMITTED, "撤回逐行办理"),
        Passage(SheetStatus.RETURNED, SheetStatus.SUBMITTED, "撤回逐行退回"),
    ),
)  # fmt: skip
