"""Import of the students of a class (学员) from Excel.

Who is in the class already is passed over, but for an attendance that differs; people the system does not know are named
and never made up here.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select

from models import Enrollment, Grade, Organization, Person, TrainingClass
from models.crypto import blind_index
from models.enums import GRADING, EnrollmentStatus, GradeResult, PersonState
from models.identifiers import IdentifierError, clean_mobile
from permissions import engine as permissions
from permissions.verbs import Verb
from services import attendance, enrolling
from services.enrolling import Entry
from services.errors import InputError
from services.import_cells import citizen_id_of, refuse_repeated
from services.importing import Column, Line
from services.typed_text import visible
from workflow.selection import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from models import Base, ImportRun
    from permissions.actor import Actor

NAME = Column("name", "姓名", required=True, example="示例：张三", help="与身份证一致", width=14)
CITIZEN_ID = Column(
    "citizen_id", "身份证号", required=True, aliases=("身份证号码", "公民身份号码", "证件号码"),
    example="410105198001010014", help="18 位；本列已设为文本格式，请不要改为数字", width=22,
)  # fmt: skip
EMPLOYER = Column(
    "employer", "单位", aliases=("工作单位", "所在单位", "单位名称"), example="郑州市第一医院",
    help="可不填，以系统登记的单位为准；填写则须是该单位的全称或简称", width=26,
)  # fmt: skip
MOBILE = Column("phone", "手机", aliases=("手机号", "手机号码", "联系电话"), help="可不填；11 位", width=14)
ATTENDANCE = Column(
    "attendance", "出勤率", aliases=("出勤率%", "出勤"), example="95",
    help="可不填；0 至 100 的整数。已在册学员的出勤率与系统不同的，以文件为准", width=10,
)  # fmt: skip
RESULT = Column(
    "result", "成绩", choices=tuple(result.label for result in GradeResult), width=10,
    help="可不填；优秀、合格或不合格，开班后才能填写。已在册学员的成绩请在成绩管理中填写",
)  # fmt: skip
RESULTS = {text: result for result in GradeResult for text in (result.label, result.label[0])}
UNKNOWN = "该人员未登记，请先由其单位登记或邀请其注册"
FRACTION = re.compile(r"0\.\d{1,4}", re.ASCII)
AMBIGUOUS = "填的是 1，分不清是 1% 还是 100%，请把该列设为“文本”格式，再重新填写 100 或 1"
"""Where the column is formatted as percent, 100 typed again would be stored as 1 again."""


class RosterImport:
    """The importer (``services.importing.Importer``) of one class.

    Attributes:
        class_id: the class; ``None`` only in the table of importers.
    """

    kind = "roster"
    sheet = "学员"
    model: type[Base] = Enrollment
    columns: tuple[Column, ...] = (NAME, CITIZEN_ID, EMPLOYER, MOBILE, ATTENDANCE, RESULT)
    verbs: tuple[Verb, ...] = (Verb.CREATE, Verb.EDIT)

    def __init__(self, class_id: int | None = None) -> None:
        self.class_id = class_id

    def of(self, run: ImportRun) -> RosterImport:
        """Return the importer of the run's class."""
        return RosterImport(run.class_id)

    def check(self, session: Session, actor: Actor, lines: Sequence[Line]) -> None:
        """Read every line by itself, then against the file, the people and the class: a fixed number of statements.

        Raises:
            InputError: ``file``: the class is not the actor's.
        """
        klass = enrolling.locked_class(session, actor, self.class_id or 0)
        if klass is None:
            raise InputError({"file": "培训班不存在，请返回列表重新选择"})
        fractions = any(_is_fraction(line.cells.get(ATTENDANCE.name)) for line in lines)
        for line in lines:
            _read(line, fractions=fractions)
        refuse_repeated(lines, CITIZEN_ID)
        _compare(session, actor, klass, lines)
        _refuse_beyond_room(klass, enrolling.room(session, klass), lines)

    def store(self, session: Session, actor: Actor, run: ImportRun, lines: Sequence[Line]) -> dict[int, int]:
        """Enrol who is new, and write down attendance that differs."""
        klass = session.get_one(TrainingClass, self.class_id)
        details = {"run": run.id}
        new = {line.values["person_id"]: line for line in lines if line.values["student"] is None}
        entries = [
            Entry(key, line.values["phone"], line.values["attendance"], line.values["result"])
            for key, line in new.items()
        ]
        added = enrolling.put(session, actor, klass, entries, "import", details=details)
        there = {line.values["student"]: line for line in lines if line.values["student"]}
        attendance.put(
            session,
            actor,
            {key: line.values["attendance"] for key, line in there.items()},
            {key: line.values["attended"] for key, line in there.items()},
            details=details,
        )
        return {new[key].number: student for key, student in added.items()} | {
            line.number: key for key, line in there.items()
        }


# ---------------------------------------------------------------- one line by itself
def _is_fraction(cell: Any) -> bool:
    return isinstance(cell, float) and 0 < cell < 1


def _read(line: Line, *, fractions: bool) -> None:
    line.values |= {"name": visible(line.text(NAME.name)), "phone": "", "attendance": None, "result": None}
    if not line.values["name"]:
        line.wrong(NAME, "没有填写，请填写与身份证一致的姓名")
    if number := citizen_id_of(line, CITIZEN_ID):
        line.values["citizen_id_index"] = blind_index(number)
    if text := line.text(MOBILE.name):
        try:
            line.values["phone"] = clean_mobile(text)
        except IdentifierError as error:
            line.wrong(MOBILE, error.sentence)
    try:
        line.values["attendance"] = _percent(line, fractions=fractions)
    except ValueError as error:
        line.wrong(ATTENDANCE, str(error))
    if text := visible(line.text(RESULT.name)):
        line.values["result"] = RESULTS.get(text)
        if text not in RESULTS:
            line.wrong(RESULT, f"没有“{text[:20]}”这一项，请填优秀、合格或不合格，或留空")


def _percent(line: Line, *, fractions: bool) -> int | None:
    """Return the attendance; a cell Excel shows as a percentage holds a fraction of 1.

    Args:
        line: the row.
        fractions: whether other rows hold such fractions, so that 1 among them is the whole.
    """
    text = line.text(ATTENDANCE.name)
    if line.cells.get(ATTENDANCE.name) in (1, 1.0):  # not the text "1"
        if fractions:
            line.meant[ATTENDANCE.name] = f"{attendance.FULL}%"
            return attendance.FULL
        raise ValueError(AMBIGUOUS)
    if FRACTION.fullmatch(text):
        return attendance.percent_of(f"{Decimal(text) * 100:f}".rstrip("0").rstrip("."))
    return attendance.percent_of(text)


# ---------------------------------------------------------------- against what is stored
def _known(session: Session, actor: Actor, klass: TrainingClass, indexes: Sequence[str]) -> dict[str, Any]:
    """Return people by blind index, with what they are in this class."""
    student = and_(Enrollment.person_id == Person.id, Enrollment.class_id == klass.id)
    rows = session.execute(
        select(
            Person.id,
            Person.citizen_id_index,
            Person.name,
            Person.state,
            Organization.name.label("employer"),
            Enrollment.id.label("student"),
            Enrollment.status,
            Enrollment.attendance,
            permissions.rows(actor, Verb.EDIT, Enrollment).label("editable"),
            Grade.result,
        )
        .join(Organization, Organization.id == Person.employer_id)
        .outerjoin(Enrollment, student)
        .outerjoin(Grade, Grade.enrollment_id == Enrollment.id)
        .where(Person.citizen_id_index.in_(texts(session, indexes)), Person.state != PersonState.VOID)
    )
    return {row.citizen_id_index: row for row in rows}


def _compare(session: Session, actor: Actor, klass: TrainingClass, lines: Sequence[Line]) -> None:
    indexes = [index for line in lines if (index := line.values.get("citizen_id_index"))]
    known = _known(session, actor, klass, indexes)
    closed = enrolling.why_closed(klass)
    for line in lines:
        line.values |= {"person_id": None, "student": None, "attended": None}
        if klass.attendance_minimum is None and line.values["attendance"] is not None:
            line.wrong(ATTENDANCE, "本班没有设最低出勤率，不登记出勤率，请清空本列")
        if (index := line.values.get("citizen_id_index")) is None:
            continue
        row = known.get(index)
        if row is None:
            line.wrong(CITIZEN_ID, UNKNOWN)
            continue
        line.values["person_id"] = row.id
        _compare_identity(line, row)
        if row.student is None:
            _compare_newcomer(line, row, klass, closed)
        else:
            _compare_student(line, row)


def _compare_identity(line: Line, row: Any) -> None:
    name = line.values["name"]
    if name and "".join(name.split()) != "".join(row.name.split()):
        line.wrong(NAME, f"这个身份证号登记的姓名不是“{name[:20]}”，请核对姓名和身份证号")
    typed = visible(line.text(EMPLOYER.name))
    if typed and not same_office(typed, row.employer):
        line.wrong(
            EMPLOYER,
            f"系统登记的单位是“{row.employer}”，请核对是不是同一人；单位确已变动的请本人办理单位调转，本列可改正或清空",
        )


def same_office(typed: str, registered: str) -> bool:
    """Tell whether one name can be short for the other: its characters stand in it in their order."""
    short, long = sorted(
        (
            "".join(character for character in unicodedata.normalize("NFKC", name) if character.isalnum())
            for name in (typed, registered)
        ),
        key=len,
    )
    rest = iter(long)
    return bool(short) and all(character in rest for character in short)


def _compare_newcomer(line: Line, row: Any, klass: TrainingClass, closed: str) -> None:
    if sentence := enrolling.why_not(row.state):
        line.wrong(CITIZEN_ID, sentence)
    elif closed:
        line.wrong(NAME, closed)
    elif line.values["result"] and klass.status not in GRADING:
        line.wrong(RESULT, "培训班还没有开班，不能填写成绩，请先清空本列")


def _compare_student(line: Line, row: Any) -> None:
    if row.status is EnrollmentStatus.WITHDRAWN:
        line.wrong(NAME, enrolling.WITHDRAWN)
        return
    result, percent = line.values["result"], line.values["attendance"]
    if result and result is not row.result:
        stands = f"为“{row.result.label}”" if row.result else "还没有填写"
        line.wrong(RESULT, f"该学员已在册，系统中的成绩{stands}；要改的请在成绩管理中办理，本列可清空")
    if percent is None or percent == row.attendance:
        line.known = True
    elif row.editable:
        line.values |= {"student": row.student, "attended": row.attendance}
    else:
        line.wrong(ATTENDANCE, attendance.NOT_ANY_MORE)


def _refuse_beyond_room(klass: TrainingClass, free: int, lines: Sequence[Line]) -> None:
    new = [line for line in lines if not (line.errors or line.known or line.values["student"])]
    for line in new[max(free, 0) :]:
        line.wrong(
            NAME, f"超出班级容量（{klass.capacity} 人，还剩 {max(free, 0)} 人），请先增加班级容量或减少人数"
        )
