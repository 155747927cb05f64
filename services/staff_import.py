"""Import of an employer's professionals (专业技术人员) from Excel.

An imported person is in service at once, because it is his employer who says so; his login is opened separately
(``services.staff_logins``). People the system knows already are never changed by an import.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, literal, literal_column, select

from models import ImportRun, JournalEntry, Organization, Person
from models.base import now
from models.crypto import blind_index
from models.enums import PersonState, Sex
from models.identifiers import (
    IdentifierError,
    birth_date_of,
    clean_email,
    clean_mobile,
    sex_of,
)
from permissions.verbs import Verb
from services import picking
from services.import_cells import citizen_id_of, refuse_repeated
from services.importing import Column, Line
from services.registration import initials
from services.staff import department_paths
from services.typed_text import LINE_LENGTH, visible
from workflow.marks import mark
from workflow.postings import upsert

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from models import Base
    from permissions.actor import Actor

NAME = Column("name", "姓名", required=True, example="示例：张三", help="与身份证一致", width=14)
CITIZEN_ID = Column(
    "citizen_id", "身份证号", required=True, aliases=("身份证号码", "公民身份号码", "证件号码"),
    example="410105198001010014", help="18 位；本列已设为文本格式，请不要改为数字", width=22,
)  # fmt: skip
SEX = Column("sex", "性别", example="男", help="可不填，以身份证号为准；填写则须与身份证号一致", width=8)
BIRTH = Column(
    "birth_date", "出生日期", aliases=("出生年月", "出生年月日"), example="1980-01-01",
    help="可不填，以身份证号为准；填写则须与身份证号一致，如 1980-01-01", width=14,
)  # fmt: skip
DEPARTMENT = Column(
    "department_id", "部门", aliases=("所属部门", "单位部门", "科室"),
    help="可不填；须是“组织机构管理”中已有的部门，下级部门写作“上级/下级”", width=22,
)  # fmt: skip
MOBILE = Column("mobile", "手机", aliases=("手机号", "手机号码", "联系电话"), help="可不填；11 位", width=14)
EMAIL = Column(
    "email", "电子邮箱", aliases=("邮箱", "电子邮件"), help="可不填；填写后本人可自行找回密码", width=24
)
ETHNICITY = Column("ethnicity_code", "民族", dictionary="ethnicity", example="汉族", width=10)
NATIVE_PLACE = Column("native_place", "籍贯", example="河南郑州")
EDUCATION = Column("education_code", "学历", dictionary="education")
DEGREE = Column("degree_code", "学位", dictionary="degree")
SCHOOL = Column("school", "毕业院校", width=20)
MAJOR = Column("major_code", "所学专业", dictionary="major", width=18)
SERIES = Column("title_series_code", "职称系列", dictionary="title_series", width=18)
LEVEL = Column("title_level_code", "职称级别", aliases=("职称等级",), dictionary="title_level", width=12)

DATE = re.compile(r"((?:19|20)\d\d)[-/.年]?(\d{1,2})[-/.月]?(?:(\d{1,2})日?)?")
ELSEWHERE = "该身份证号已在系统中登记或正在注册，不在本单位。请核对号码；确已调入本单位的，请办理单位调转"


class StaffImport:
    """The importer (``services.importing.Importer``)."""

    kind = "staff"
    sheet = "人员"
    model: type[Base] = Person
    columns: tuple[Column, ...] = (NAME, CITIZEN_ID, SEX, BIRTH, DEPARTMENT, MOBILE, EMAIL, ETHNICITY, NATIVE_PLACE, EDUCATION, DEGREE,
               SCHOOL, MAJOR, SERIES, LEVEL)  # fmt: skip
    verbs: tuple[Verb, ...] = (Verb.CREATE,)
    class_id: int | None = None

    def of(self, _run: ImportRun) -> StaffImport:
        """Return itself: it is about the employer, whatever the run."""
        return self

    def check(self, session: Session, actor: Actor, lines: Sequence[Line]) -> None:
        """Read every line: its cells by themselves, then against the file, then against what is stored."""
        departments = _departments(session, actor)
        labels = {
            column.dictionary: _labels(session, column.dictionary)
            for column in self.columns
            if column.dictionary
        }
        for line in lines:
            _read_identity(line)
            _read_department(line, departments)
            _read_contact(line)
            for column in self.columns:
                if column.dictionary:
                    _read_code(line, column, labels[column.dictionary])
        refuse_repeated(lines, CITIZEN_ID)
        _compare_with_stored(session, actor, lines)

    def store(self, session: Session, actor: Actor, run: ImportRun, lines: Sequence[Line]) -> dict[int, int]:
        """Store people in service; whoever was stored in this very moment is left as he is."""
        employer = session.get_one(Organization, actor.organization_id)
        moment = now()
        rows = [
            line.values
            | {
                "name_initials": initials(line.values["name"]),
                "state": PersonState.IN_SERVICE,
                "employer_id": employer.id,
                "region_code": employer.region_code,
                "authority_id": employer.authority_id,
                "created_at": moment,
            }
            for line in lines
        ]
        table = Person.__table__
        statement = upsert(session, table).on_conflict_do_nothing(
            index_elements=[table.c.citizen_id_index], index_where=literal_column("state <> 'void'")
        )
        added = session.execute(statement.returning(table.c.id, table.c.citizen_id_index), rows)
        keys = {row.citizen_id_index: row.id for row in added}
        stored = {
            line.number: keys[line.values["citizen_id_index"]]
            for line in lines
            if line.values["citizen_id_index"] in keys
        }
        if stored:
            mark(session, select(literal(employer.id)))
            session.execute(insert(JournalEntry), [_entry(actor, run, *pair) for pair in stored.items()])
        return stored


def _entry(actor: Actor, run: ImportRun, number: int, key: int) -> dict[str, Any]:
    return {
        "actor_id": actor.account_id,
        "actor_organization_id": actor.organization_id,
        "object_type": "person",
        "object_id": key,
        "action": "import",
        "to_status": PersonState.IN_SERVICE.value,
        "details": {"run": run.id, "row": number},
    }


# ---------------------------------------------------------------- one line by itself
def _read_identity(line: Line) -> None:
    name = visible(line.text(NAME.name))
    line.values["name"] = name
    if not name:
        line.wrong(NAME, "没有填写，请填写与身份证一致的姓名")
    elif len(name) > LINE_LENGTH:
        line.wrong(NAME, f"最多 {LINE_LENGTH} 个字，请删减")
    number = citizen_id_of(line, CITIZEN_ID)
    if number is None:
        return
    sex, birth = Sex.of(sex_of(number)), birth_date_of(number)
    line.values |= {
        "citizen_id": number,
        "citizen_id_index": blind_index(number),
        "sex": sex,
        "birth_date": birth,
    }
    typed = line.text(SEX.name).removesuffix("性")
    if typed and typed not in (sex.label, sex.value):
        line.wrong(SEX, f"填的是“{typed}”，与身份证号不一致（身份证号为{sex.label}），请核对")
    if text := line.text(BIRTH.name):
        _compare_birth(line, text, birth)


def _compare_birth(line: Line, text: str, birth: date) -> None:
    found = DATE.fullmatch(text)
    if found is None:
        line.wrong(BIRTH, "看不懂，请按 1980-01-01 的样子填写，或留空")
        return
    year, month, day = (int(part) if part else None for part in found.groups())
    if (year, month) != (birth.year, birth.month) or day not in (None, birth.day):
        line.wrong(BIRTH, "与身份证号不一致，请核对")


def _read_department(line: Line, departments: Mapping[str, int | None]) -> None:
    text = re.sub(r"\s*[/／]\s*", "/", visible(line.text(DEPARTMENT.name)))
    line.values[DEPARTMENT.name] = departments.get(text)
    if not text:
        return
    if text not in departments:
        line.wrong(
            DEPARTMENT, f"本单位没有“{text[:50]}”，请先在“组织机构管理”中新增，或改为模板下拉列表中的部门"
        )
    elif departments[text] is None:
        line.wrong(DEPARTMENT, f"有几个部门都叫“{text[:50]}”，请写全，如“上级部门/{text[:50]}”")


def _read_contact(line: Line) -> None:
    cleaners: tuple[tuple[Column, Callable[[str], str]], ...] = (
        (MOBILE, clean_mobile),
        (EMAIL, clean_email),
        (NATIVE_PLACE, _short),
        (SCHOOL, _short),
    )
    for column, clean in cleaners:
        text = line.text(column.name)
        try:
            line.values[column.name] = clean(text) if text else ""
        except IdentifierError as error:
            line.wrong(column, error.sentence)


def _short(text: str) -> str:
    if len(text) > LINE_LENGTH:
        raise IdentifierError(f"最多 {LINE_LENGTH} 个字，请删减")
    return visible(text)


def _read_code(line: Line, column: Column, labels: Mapping[str, str]) -> None:
    text = line.text(column.name)
    if text not in labels:
        text = visible(text)
    line.values[column.name] = labels.get(text)
    if text and text not in labels:
        line.wrong(column, f"没有“{text[:50]}”这一项，请从模板的下拉列表中选择，或留空")


# ---------------------------------------------------------------- against what is stored
def _compare_with_stored(session: Session, actor: Actor, lines: Sequence[Line]) -> None:
    wanted: dict[str, Line] = {}
    for line in lines:  # of several rows of one person the first is compared; the others are refused already
        if index := line.values.get("citizen_id_index"):
            wanted.setdefault(index, line)
    indexes = list(wanted)
    for start in range(0, len(indexes), 1000):
        rows = session.execute(
            select(Person.citizen_id_index, Person.name, Person.employer_id, Person.state).where(
                Person.citizen_id_index.in_(indexes[start : start + 1000]), Person.state != PersonState.VOID
            )
        )
        for row in rows:
            _compare(wanted[row.citizen_id_index], row, here=row.employer_id == actor.organization_id)


def _compare(line: Line, row: Any, *, here: bool) -> None:
    if not here:
        line.wrong(CITIZEN_ID, ELSEWHERE)
    elif row.state is PersonState.PENDING:
        line.wrong(CITIZEN_ID, "该人员已向本单位提交注册，待审核，请在“审核注册账号”中办理")
    elif row.state is not PersonState.IN_SERVICE:
        line.wrong(
            CITIZEN_ID, f"该人员在本单位为“{row.state.label}”，重新入职的请在“专业技术人员管理”中恢复在职"
        )
    elif row.name != line.values["name"]:
        line.wrong(NAME, "本单位已有这个身份证号，但姓名不同，请核对；姓名确需更改的，请办理信息更正")
    else:
        line.known = True


def _departments(session: Session, actor: Actor) -> dict[str, int | None]:
    """Return the key by path, and by name where it is the only one of that name; ``None`` where there are several."""
    paths = department_paths(session, actor.organization_id)
    found: dict[str, int | None] = {}
    for key, path in paths:
        name = path.rpartition("/")[2]
        found[name] = None if name in found else key
    return found | {path: key for key, path in paths}


def _labels(session: Session, dictionary: str) -> dict[str, str]:
    """Return the code by code and by label of a dictionary's entries in force; 汉 is 汉族."""
    found: dict[str, str] = {}
    for entry in picking.dictionary(session, dictionary):
        for text in (entry.label.removesuffix("族"), entry.label, entry.value):
            found.setdefault(text, entry.value)
    return found
