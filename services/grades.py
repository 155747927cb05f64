"""学员成绩管理: the grades of a class as the institution types them, saved in sets, each row only if nobody else changed it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Numeric,
    String,
    bindparam,
    cast,
    column,
    func,
    insert,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import contains_eager, joinedload

from models import Enrollment, Grade, GradeSheet, JournalEntry, Person, TrainingClass, TrainingPlan
from models.base import now
from models.enums import GRADING, EnrollmentStatus, GradeResult, GradeStatus
from models.types import HoursType
from permissions import engine as permissions
from permissions import fields
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import listing
from services.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import BindParameter, FromClause
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

HIGHEST = Decimal(100)
TENTH = Decimal("0.1")
NO_SCORE = "分数须是 0 至 100 的数，最多一位小数，如 85.5；不记分的请留空"
NO_RESULT = "成绩请填“优秀”“合格”“不合格”（也可只填 优、合、不，或 1、2、3），没有成绩的请留空"
KEYS = {
    GradeResult.EXCELLENT: "1优y",
    GradeResult.PASSED: "2合h",
    GradeResult.FAILED: "3不b",
}
"""What is typed for a result, by page and by workbook: a digit, the first character, the first letter of its pinyin."""
SHORT = {text: result for result, keys in KEYS.items() for text in (*keys, result.label, result.value)}
SHOWN_CLASSES = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """A result and its score; either may be missing."""

    result: GradeResult | None = None
    score: Decimal | None = None

    @property
    def text(self) -> str:
        """The mark in words, as in ``优秀 90.5``."""
        parts = [self.result.label] if self.result else []
        parts += [f"{self.score.normalize():f}"] if self.score is not None else []
        return " ".join(parts)

    @property
    def code(self) -> str:
        """The mark as a form or workbook brings it back, as in ``excellent|90.5``."""
        score = "" if self.score is None else f"{self.score.normalize():f}"
        return f"{self.result.value if self.result else ''}|{score}"


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody wants of one grade.

    Attributes:
        key: of the grade.
        revision: of the grade as it was shown to him.
        seen: the mark as it was shown to him.
        mark: what he typed.
    """

    key: int
    revision: int
    seen: Mark
    mark: Mark

    @property
    def changed(self) -> bool:
        """Whether he changed anything at all."""
        return self.seen != self.mark


@dataclass(frozen=True, slots=True)
class Stored:
    """A grade as it stands now, where somebody else changed it meanwhile."""

    revision: int
    mark: Mark


@dataclass(slots=True)
class Saved:
    """What became of typed marks.

    Attributes:
        done: keys of the grades that were changed.
        conflicts: those somebody else changed meanwhile, as they stand now.
        closed: those that may not be changed (any more).
    """

    done: list[int] = field(default_factory=list)
    conflicts: dict[int, Stored] = field(default_factory=dict)
    closed: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RollRow:
    """A student of a class with his grade, as a page shows it; the citizen id is masked."""

    key: int
    revision: int
    name: str
    citizen_id: str
    employer: str
    attendance: int | None
    absent: bool
    mark: Mark
    status: GradeStatus
    reason: str | None
    editable: bool


@dataclass(frozen=True, slots=True)
class ClassToGrade:
    """A class that is held or was, and how far its grades are."""

    key: int
    name: str
    plan: str
    dates: str
    status: Any
    students: int
    graded: int
    declared: int


def read_result(text: str) -> GradeResult | None:
    """Return the result somebody typed; ``None`` for nothing.

    Raises:
        ValueError: it is none; the text is a Chinese sentence.
    """
    plain = text.strip().lower()
    if not plain:
        return None
    if plain not in SHORT:
        raise ValueError(NO_RESULT)
    return SHORT[plain]


def read_score(text: str) -> Decimal | None:
    """Return the score somebody typed, in points of 100; ``None`` for nothing.

    Raises:
        ValueError: it is none; the text is a Chinese sentence.
    """
    plain = text.strip()
    if not plain:
        return None
    try:
        score = Decimal(plain)
    except InvalidOperation:
        raise ValueError(NO_SCORE) from None
    if not score.is_finite() or not 0 <= score <= HIGHEST or score != score.quantize(TENTH):
        raise ValueError(NO_SCORE)
    return score.quantize(TENTH)


def read_code(text: str) -> Mark:
    """Return the mark of :attr:`Mark.code`.

    Raises:
        ValueError: it is none.
    """
    result, _, score = text.partition("|")
    return Mark(read_result(result), read_score(score))


def classes(session: Session, term: str = "") -> list[ClassToGrade]:
    """Return the classes of the session's scope that can be graded, the latest first, at most :data:`SHOWN_CLASSES`.

    Args:
        session: the institution's session.
        term: part of the name of the class or its plan.
    """
    statement = (
        select(TrainingClass)
        .join(TrainingClass.plan)
        .where(TrainingClass.status.in_(GRADING))
        .order_by(TrainingClass.end_date.desc(), TrainingClass.id.desc())
        .limit(SHOWN_CLASSES)
        .options(contains_eager(TrainingClass.plan))
    )
    if term:
        statement = statement.where(TrainingClass.id.in_(classes_named(session, term)))
    found = session.scalars(statement).all()
    counts = {
        key: numbers
        for key, *numbers in session.execute(
            select(
                Grade.class_id,
                func.count(Grade.id).label("students"),
                func.count(Grade.result).label("graded"),
                func.count(Grade.sheet_id).label("declared"),
            )
            .join(Grade.enrollment)
            .where(
                Enrollment.status == EnrollmentStatus.ENROLLED,
                Grade.class_id.in_([row.id for row in found]),
            )
            .group_by(Grade.class_id)
        )
    }
    return [
        ClassToGrade(
            row.id,
            row.name,
            row.plan.name,
            f"{row.start_date} 至 {row.end_date}",
            row.status,
            *counts.get(row.id, (0, 0, 0)),
        )
        for row in found
    ]


def class_of(session: Session, key: int) -> TrainingClass | None:
    """Return a class of the session's scope that can be graded."""
    statement = select(TrainingClass).where(TrainingClass.id == key, TrainingClass.status.in_(GRADING))
    return session.scalars(statement.options(joinedload(TrainingClass.plan))).first()


def count(session: Session, class_id: int) -> tuple[int, int]:
    """Return how many students are on the roll of a class, and how many of them have a result."""
    row = session.execute(
        select(func.count(Grade.id), func.count(Grade.result))
        .join(Grade.enrollment)
        .where(Grade.class_id == class_id, Enrollment.status == EnrollmentStatus.ENROLLED)
    ).one()
    return row[0], row[1]


def roll(
    session: Session,
    actor: Actor,
    klass: TrainingClass,
    *,
    offset: int = 0,
    limit: int | None = None,
    without_result: bool = False,
    only: Iterable[int] | None = None,
) -> list[RollRow]:
    """Return the students on the roll of a class in the order they were enrolled.

    Args:
        session: the institution's session.
        actor: who would change them.
        klass: the class.
        offset: how many are left out before.
        limit: the most; all where left out.
        without_result: only those without a result.
        only: keys of the grades wanted; all where left out.
    """
    statement = (
        select(Grade)
        .join(Grade.enrollment)
        .where(Grade.class_id == klass.id, Enrollment.status == EnrollmentStatus.ENROLLED)
        .order_by(Grade.id)
        .offset(offset)
        .options(
            contains_eager(Grade.enrollment),
            joinedload(Grade.person).load_only(Person.name, Person.citizen_id),
            joinedload(Grade.employer),
        )
    )
    if limit is not None:
        statement = statement.limit(limit)
    if without_result:
        statement = statement.where(Grade.result.is_(None))
    if only is not None:
        statement = statement.where(Grade.id.in_(list(only)))
    found = session.scalars(statement).all()
    may_edit = permissions.rows(actor, Verb.EDIT, Grade)
    editable = listing.among(session, Grade, [row.id for row in found], may_edit)
    return [
        RollRow(
            row.id,
            row.revision,
            row.person.name,
            str(fields.shown(Person, "citizen_id", row.person.citizen_id)),
            row.employer.name,
            row.enrollment.attendance,
            klass.attendance_minimum is not None
            and (row.enrollment.attendance is None or row.enrollment.attendance < klass.attendance_minimum),
            Mark(row.result, row.score),
            row.status,
            row.reason,
            row.id in editable,
        )
        for row in found
    ]


def save(
    session: Session,
    actor: Actor,
    class_id: int,
    typed: Sequence[Typed],
    *,
    action: str = "edit",
    request_id: str | None = None,
) -> Saved:
    """Store typed marks in three statements, whatever their number; the caller commits.

    A row somebody else changed since it was shown is left as it is and returned, unless both wanted the same.

    Args:
        session: the institution's session.
        actor: who typed.
        class_id: the class all of them belong to.
        typed: the marks; those not changed are passed over.
        action: what the journal calls it, ``edit`` or ``import``.
        request_id: for the journal.

    Raises:
        InputError: the actor may change no grade at all.
    """
    if not permissions.may(actor, Verb.EDIT, Grade):
        raise InputError({"": "您没有填写成绩的权限"})
    wanted = {row.key: row for row in typed if row.changed}
    stored = _locked(session, actor, class_id, wanted)
    saved = Saved()
    for key, row in wanted.items():
        now_there = stored.get(key)
        if now_there is None:
            saved.closed.append(key)
        elif now_there.mark == row.mark:
            continue
        elif now_there.revision != row.revision:
            saved.conflicts[key] = now_there
        else:
            saved.done.append(key)
    if saved.done:
        _store(session, {key: wanted[key].mark for key in saved.done})
        _record(session, actor, stored, {key: wanted[key] for key in saved.done}, action, request_id)
    return saved


def _locked(session: Session, actor: Actor, class_id: int, keys: Iterable[int]) -> dict[int, Stored]:
    """Return those of the grades the actor may change, as they stand now, and let nobody else change them."""
    some = list(keys)
    if not some:
        return {}
    rows = session.execute(
        select(Grade.id, Grade.revision, Grade.result, Grade.score)
        .where(Grade.id.in_(some), Grade.class_id == class_id, permissions.rows(actor, Verb.EDIT, Grade))
        .order_by(Grade.id)
        .with_for_update(of=Grade)
    )
    return {row.id: Stored(row.revision, Mark(row.result, row.score)) for row in rows}


def _store(session: Session, marks: Mapping[int, Mark]) -> None:
    table: Any = Grade.__table__
    given = _as_rows(session, marks)
    with unscoped(session, "the rows were found by the actor's own expression and are locked"):
        session.execute(
            update(table)
            .where(table.c.id == given.c.id)
            .values(
                result=given.c.result,
                score=type_coerce(given.c.score, HoursType),
                hours=None,  # of a returned row; they are put on it anew when its sheet is submitted
                revision=table.c.revision + 1,
            )
        )
    session.expire_all()


def _as_rows(session: Session, marks: Mapping[int, Mark]) -> FromClause:
    """Return marks as rows of a statement (id, result, score), bound as one value."""
    listed = [
        {
            "id": key,
            "result": mark.result.value if mark.result else None,
            "score": None if mark.score is None else float(mark.score),
        }
        for key, mark in sorted(marks.items())
    ]
    bound: BindParameter[str] = bindparam("marks", json.dumps(listed), unique=True)
    if session.get_bind().dialect.name == "postgresql":
        rows = func.jsonb_to_recordset(cast(bound, JSONB)).table_valued(
            column("id", BigInteger), column("result", String), column("score", Numeric(6, 1)), name="given"
        )
        return rows.render_derived(with_types=True)
    line = func.json_each(bound).table_valued("value").c.value
    return select(
        *(func.json_extract(line, f"$.{name}").label(name) for name in ("id", "result", "score"))
    ).subquery("given")


def _record(
    session: Session,
    actor: Actor,
    stored: Mapping[int, Stored],
    typed: Mapping[int, Typed],
    action: str,
    request_id: str | None,
) -> None:
    """Journal each change with what stood there before, in one statement."""
    moment = now()
    with unscoped(session, "the journal is written for rows that were checked"):
        session.execute(
            insert(JournalEntry),
            [
                {
                    "moment": moment,
                    "actor_id": actor.account_id,
                    "actor_organization_id": actor.organization_id,
                    "object_type": Grade.__tablename__,
                    "object_id": key,
                    "action": action,
                    "details": {"change": f"{stored[key].mark.text or '无'} → {row.mark.text or '无'}"},
                    "request_id": request_id,
                }
                for key, row in typed.items()
            ],
        )


def classes_named(session: Session, term: str) -> list[int]:
    """Return the keys of the classes of the session's scope whose name, or whose plan's, has ``term`` in it."""
    statement = (
        select(TrainingClass.id)
        .join(TrainingClass.plan)
        .where(
            or_(
                TrainingClass.name.contains(term, autoescape=True),
                TrainingPlan.name.contains(term, autoescape=True),
            )
        )
    )
    return list(session.scalars(statement))


def name_of_class(session: Session, key: int) -> str | None:
    """Return the name of a class; ``None`` where the session sees no such class."""
    return session.scalar(select(TrainingClass.name).where(TrainingClass.id == key))


def name_of_sheet(session: Session, key: int) -> str | None:
    """Return the name of a grade sheet; ``None`` where the session sees no such sheet."""
    row = session.scalar(
        select(GradeSheet).where(GradeSheet.id == key).options(joinedload(GradeSheet.training_class))
    )
    return str(row) if row else None
