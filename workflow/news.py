"""Who hears of a transfer, a correction or a training: a message, and of the first two mostly a mail, to all concerned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, cast, literal, or_, select, true

from models import (
    Account,
    Enrollment,
    Grade,
    Notice,
    PersonCorrection,
    TrainingClass,
    TrainingPlan,
    Transfer,
)
from models.enums import AccountStatus, EnrollmentStatus, UserType
from workflow import letters, undo
from workflow.effects import put_notices

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Select

    from models import Base
    from workflow.core import Firing

    Effect = Callable[[Firing, Select[int]], None]

account = Account.__table__.c
transfer, correction = Transfer.__table__.c, PersonCorrection.__table__.c
grade, enrollment = Grade.__table__.c, Enrollment.__table__.c
klass, plan = TrainingClass.__table__.c, TrainingPlan.__table__.c
CLASS_NAME = plan.name + literal(" ") + klass.name
"""What messages call a class: by itself most are 第一期."""


def tell_about_transfer(verdict: str, *, mailed: bool = True) -> Effect:
    """Return an effect that tells the person and the administrators of both employers ``verdict``."""
    concerned = or_(
        account.person_id == transfer.person_id,
        account.organization_id.in_((transfer.from_employer_id, transfer.to_employer_id)),
    )
    about = transfer.person_name + literal("（") + transfer.from_name + literal(" → ") + transfer.to_name
    return _tell(Transfer.__table__, concerned, about + literal("）"), verdict, mailed=mailed)


def tell_about_correction(verdict: str, *, mailed: bool = True) -> Effect:
    """Return an effect that tells the person and his employer's administrators ``verdict``."""
    concerned = or_(
        account.person_id == correction.person_id, account.organization_id == correction.employer_id
    )
    return _tell(PersonCorrection.__table__, concerned, correction.old_name, verdict, mailed=mailed)


def tell_institution(model: type[Base], verdict: str, *, held: bool = False) -> Effect:
    """Return an effect that tells the administrators of the institution a row belongs to.

    Args:
        model: of the rows: plans, or grade sheets, which are called by plan and class.
        verdict: what happened.
        held: whether it waits until the decision cannot be taken back any more.
    """
    table = model.__table__.c
    of_plan = model is TrainingPlan
    name = plan.name if of_plan else CLASS_NAME
    own = true() if of_plan else and_(klass.id == table.class_id, plan.id == klass.plan_id)

    def effect(firing: Firing, chosen: Select[int]) -> None:
        to = and_(
            table.id.in_(chosen),
            own,
            account.organization_id == table.organization_id,
            account.status == AccountStatus.ACTIVE,
        )
        _put(firing, literal(f"{verdict}：") + name, to, undo.page_of(model), held=held)

    return effect


def tell_student(verdict: str, *, held: bool = False) -> Effect:
    """Return an effect that tells each professional ``verdict`` about his grade."""

    def effect(firing: Firing, chosen: Select[int]) -> None:
        to = and_(
            grade.id.in_(chosen), klass.id == grade.class_id, plan.id == klass.plan_id,
            account.person_id == grade.person_id, account.user_type == UserType.PERSON,
            account.status == AccountStatus.ACTIVE,
        )  # fmt: skip
        _put(firing, literal(f"{verdict}：") + CLASS_NAME, to, undo.page_of(Grade), held=held)

    return effect


def tell_class(verdict: str) -> Effect:
    """Return an effect that tells those on the roll of each class ``verdict``, and once a class their employers."""
    enrolled = enrollment.status == EnrollmentStatus.ENROLLED

    def effect(firing: Firing, chosen: Select[int]) -> None:
        named = and_(klass.id.in_(chosen), plan.id == klass.plan_id, account.status == AccountStatus.ACTIVE)
        title = literal(f"{verdict}：") + CLASS_NAME
        student = and_(named, enrollment.class_id == klass.id, enrolled,
                       account.person_id == enrollment.person_id, account.user_type == UserType.PERSON)  # fmt: skip
        _put(firing, title, student, undo.page_of(Enrollment), held=False)
        of_class = and_(enrollment.class_id.in_(chosen), enrolled)
        sent = select(enrollment.class_id, enrollment.employer_id).where(of_class).distinct().subquery().c
        employer = and_(named, sent.class_id == klass.id, account.organization_id == sent.employer_id)
        theirs = literal("/admin/enrollment/?class=") + cast(klass.id, Notice.link.type)
        _put(firing, literal("本单位人员的") + title, employer, theirs, held=False)

    return effect


def _put(
    firing: Firing,
    title: ColumnElement[str],
    to: ColumnElement[bool],
    page: ColumnElement[str],
    *,
    held: bool,
) -> None:
    put_notices(firing, title, to, page, held_until=undo.held_until(firing) if held else None)


def _tell(
    table: Any, concerned: ColumnElement[bool], about: ColumnElement[str], verdict: str, *, mailed: bool
) -> Effect:
    def effect(firing: Firing, chosen: Select[int]) -> None:
        to = and_(
            table.c.id.in_(chosen),
            concerned,
            account.status == AccountStatus.ACTIVE,
            account.id != firing.actor.account_id,
        )
        title = literal(f"{verdict}：") + about
        path = literal(f"/admin/{table.name}/details/?id=") + cast(table.c.id, Notice.link.type)
        put_notices(firing, title, to, path, mailed=mailed)
        if not mailed:
            return
        rows = firing.session.execute(
            select(account.email, account.real_name, title.label("news"), path.label("path"))
            .where(to, account.email != "")
            .order_by(account.id, table.c.id)
        )
        letters.write(
            firing.session,
            "request_news",
            [
                (
                    row.email,
                    {
                        "name": row.real_name,
                        "news": row.news,
                        "reason": firing.reason or "",
                        "path": row.path,
                    },
                )
                for row in rows
            ],
            firing.moment,
        )

    return effect
