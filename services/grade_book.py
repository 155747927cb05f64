"""A class's grades as a workbook: taken along, filled in, and compared with what stands there before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

import xlsxwriter

from models.enums import GradeResult
from services import comparing, exporting, grades
from services.comparing import problem
from services.grades import Mark, Typed
from services.importing import Column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from models import TrainingClass
    from permissions.actor import Actor
    from services.comparing import Places, Problem
    from services.grades import RollRow

SHEET = "学员成绩"
NAME = Column("name", "姓名", required=True, width=14)
CITIZEN_ID = Column("citizen_id", "身份证号", width=22)
EMPLOYER = Column("employer", "所属单位", width=32)
ATTENDANCE = Column("attendance", "出勤率（%）", width=12)
RESULT = Column("result", "成绩", required=True, width=12)
SCORE = Column("score", "分数", required=True, width=10)
STATUS = Column("status", "认定状态", width=12)
ROW_KEY = Column("row_key", "行标识（请勿改动）", required=True, aliases=("行标识",), width=24)
COLUMNS = (NAME, CITIZEN_ID, EMPLOYER, ATTENDANCE, RESULT, SCORE, STATUS, ROW_KEY)
FILLED_IN = {RESULT.name, SCORE.name}
NOTES = (
    "只填“成绩”和“分数”两列。成绩填 优秀、合格、不合格（也可填 优、合、不，或 1、2、3）；分数可以不填，填的须是 0 至 100，最多一位小数。",
    "其他列已锁定，不用改动；最后一列“行标识”是隐藏的，系统靠它认出每一名学员。",
    "填好后在“填写成绩”页点“导入 Excel”上传。系统先列出每一处改动，点“确认保存”后才写入。",
    "灰色的行已申报或已认定，不能修改。",
)
AGAIN = "请在“填写成绩”页点“下载 Excel”，用下载的文件填写，不要删改表头和隐藏的列"


@dataclass(frozen=True, slots=True)
class Change:
    """A row whose mark would change.

    Attributes:
        number: of the row in the file.
        student: as he stands now.
        typed: what the file wants, and what it was when the file was made.
        conflict: whether somebody else changed it since.
    """

    number: int
    student: RollRow
    typed: Typed
    conflict: bool

    @property
    def code(self) -> str:
        """The change as a form brings it back, to be stored against what stands there now."""
        student = self.student
        return f"{student.key}|{student.revision}|{student.mark.code}|{self.typed.mark.code}"


@dataclass(slots=True)
class Comparison:
    """A filled-in workbook beside the class it belongs to.

    Attributes:
        changes: rows that would change, conflicts included.
        problems: what cannot be read.
        same: number of rows without a change.
    """

    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    same: int = 0


def write(session: Session, actor: Actor, klass: TrainingClass, target: IO[bytes]) -> list[int]:
    """Write the workbook of a class and return the keys of its grades.

    Args:
        session: the institution's session.
        actor: its administrator.
        klass: the class.
        target: where to.
    """
    rows = grades.roll(session, actor, klass)
    book = xlsxwriter.Workbook(target, exporting.SAFE)
    look = {
        "head": book.add_format({"bold": True, "bg_color": "#E8EEF6", "border": 1}),
        "fill": book.add_format({"bold": True, "bg_color": "#1B4F8F", "font_color": "#FFFFFF", "border": 1}),
        "locked": book.add_format({"num_format": "@"}),
        "open": book.add_format({"num_format": "@", "locked": False, "bg_color": "#FFFBE6", "border": 4}),
        "figure": book.add_format({"num_format": "0.#", "locked": False, "bg_color": "#FFFBE6", "border": 4}),
        "closed": book.add_format({"num_format": "@", "font_color": "#808080", "bg_color": "#F0F0F0"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    sheet = book.add_worksheet(SHEET)
    sheet.freeze_panes(1, 1)
    for place, part in enumerate(COLUMNS):
        hidden = {"hidden": True} if part is ROW_KEY else {}
        sheet.set_column(place, place, part.width, look["locked"], hidden)
        sheet.write_string(0, place, part.label, look["fill" if part.name in FILLED_IN else "head"])
    for number, row in enumerate(rows, 1):
        _write_row(sheet, number, row, look)
    if rows:
        _validate(sheet, len(rows))
        sheet.autofilter(0, 0, len(rows), len(COLUMNS) - 2)
    sheet.protect("", {"autofilter": True, "format_columns": True})
    about = book.add_worksheet("填写说明")
    about.set_column(0, 0, 90, look["wrap"])
    for number, note in enumerate((f"{klass.plan.name}：{klass.name}", *NOTES)):
        about.write_string(number, 0, exporting.clean(note))
    sheet.activate()
    book.close()
    return [row.key for row in rows]


def _write_row(sheet: Any, number: int, row: RollRow, look: Mapping[str, Any]) -> None:
    plain = look["locked"] if row.editable else look["closed"]
    texts = {
        NAME: row.name,
        CITIZEN_ID: row.citizen_id,
        EMPLOYER: row.employer,
        ATTENDANCE: "" if row.attendance is None else str(row.attendance),
        STATUS: row.status.label,
        ROW_KEY: f"{row.key}|{row.revision}|{row.mark.code}",
        RESULT: row.mark.result.label if row.mark.result else "",
    }
    for part, text in texts.items():
        open_to_all = part is RESULT and row.editable
        sheet.write_string(
            number, COLUMNS.index(part), exporting.clean(text), look["open"] if open_to_all else plain
        )
    place, style = COLUMNS.index(SCORE), look["figure"] if row.editable else plain
    if row.mark.score is None:
        sheet.write_blank(number, place, None, style)
    else:
        sheet.write_number(number, place, row.mark.score, style)


def _validate(sheet: Any, last: int) -> None:
    place = COLUMNS.index(RESULT)
    sheet.data_validation(1, place, last, place, {
        "validate": "list", "source": [result.label for result in GradeResult], "error_type": "warning",
        "error_title": RESULT.label, "error_message": "请填优秀、合格或不合格（也可填 1、2、3）。",
    })  # fmt: skip
    place = COLUMNS.index(SCORE)
    sheet.data_validation(1, place, last, place, {
        "validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 100,
        "error_title": SCORE.label, "error_message": "分数须在 0 至 100 之间，可以不填。",
    })  # fmt: skip


def compare(session: Session, actor: Actor, klass: TrainingClass, filename: str, data: bytes) -> Comparison:
    """Read a filled-in workbook and say what it would change; nothing is written.

    Args:
        session: the institution's session.
        actor: its administrator.
        klass: the class it should be of.
        filename: as uploaded.
        data: the file.

    Raises:
        InputError: ``file``: it cannot be read, its headers are not those of the export, or it has no row.
    """
    places, rows = comparing.opened(data, filename, COLUMNS, sheet=SHEET, what="学员", again=AGAIN)
    known = {row.key: row for row in grades.roll(session, actor, klass)}
    found, seen = Comparison(), dict[int, int]()
    for number, cells in rows:
        _compare_row(found, number, cells, places, known, seen)
    return found


def _compare_row(
    found: Comparison,
    number: int,
    cells: Mapping[str, str],
    places: Places,
    known: Mapping[int, RollRow],
    seen: dict[int, int],
) -> None:
    def wrong(part: Column, sentence: str) -> None:
        found.problems.append(problem(number, part, places, sentence))

    key, revision, before = _read_key(cells[ROW_KEY.name])
    student = known.get(key)
    if before is None or student is None or key in seen:
        return wrong(ROW_KEY, _unknown(before, student, seen.get(key)))
    seen[key] = number
    if (cells[NAME.name], cells.get(CITIZEN_ID.name, student.citizen_id)) != (
        student.name,
        student.citizen_id,
    ):
        return wrong(
            NAME,
            f"该行的标识是学员“{student.name}”的，与姓名、身份证号不符：可能只移动了部分列，请重新下载后填写",
        )
    marks: dict[str, Any] = {}
    for part, read in ((RESULT, grades.read_result), (SCORE, grades.read_score)):
        try:
            marks[part.name] = read(cells[part.name])
        except ValueError as error:
            wrong(part, str(error))
    if len(marks) == len(FILLED_IN):
        typed = Typed(key, revision, before, Mark(**marks))
        if not typed.changed or typed.mark == student.mark:
            found.same += 1
        elif not student.editable:
            wrong(RESULT, f"该学员的成绩“{student.status.label}”，不能修改")
        else:
            found.changes.append(Change(number, student, typed, conflict=student.revision != revision))
    return None


def _unknown(before: Mark | None, student: RollRow | None, earlier: int | None) -> str:
    """Return why a row belongs to nobody."""
    if before is None:
        return "行标识被改动或清除，认不出是哪名学员；请重新下载后填写"
    if student is None:
        return "该行不是本班在册学员：可能是其他班的文件，或学员已退班"
    return f"与第 {earlier} 行是同一名学员，请只保留一行"


def _read_key(text: str) -> tuple[int, int, Mark | None]:
    parts = text.split("|")
    if len(parts) != 4 or not all(part.isascii() and part.isdecimal() for part in parts[:2]):  # noqa: PLR2004
        return 0, 0, None
    try:
        return int(parts[0]), int(parts[1]), Mark(grades.read_result(parts[2]), grades.read_score(parts[3]))
    except ValueError:
        return 0, 0, None


def read_change(text: str) -> Typed:
    """Return what :attr:`Change.code` says.

    Raises:
        ValueError: it says nothing of the kind.
    """
    parts = text.split("|")
    if len(parts) != 6 or not all(part.isascii() and part.isdecimal() for part in parts[:2]):  # noqa: PLR2004
        raise ValueError(text)
    seen, mark = (Mark(grades.read_result(a), grades.read_score(b)) for a, b in (parts[2:4], parts[4:6]))
    return Typed(int(parts[0]), int(parts[1]), seen, mark)
