"""The form of a training plan: plain fields, and the table of courses, which works line by line without script too."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import current_app, request
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, URLSafeTimedSerializer
from wtforms import Field, MultipleFileField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.widgets import DateInput, NumberInput

from models import TrainingPlan
from models.base import label_of, today
from models.enums import Subject
from services import reading
from services.attachments import MAXIMUM_BYTES, AttachmentError
from services.certificate_pdf import hours_text
from services.plan_files import MAXIMUM_FILES, KeptFile, keep
from services.plan_reading import CODES, CONTENT_LENGTH, COURSE_PARTS, CourseLine, PlanInput, total_of, years
from services.region_periods import region_of
from services.stored_files import ORPHAN_AGE
from services.typed_numbers import hours as read_hours
from views.extensions import actor, db
from views.picking import CHOOSE
from views.values import as_key

if TYPE_CHECKING:
    from collections.abc import Sequence

EMPTY_LINES, MORE_LINES = 4, 3
"""Lines of a new table of courses, and how many are added at once."""
OPTIONAL = frozenset({"excellent_hours", "courses", "attachments", "csrf_token"})
PLAIN = (
    "name",
    "excellent_hours",
    "planned_people",
    "audience",
    "leader",
    "phone",
    "hours",
    "content",
    *CODES,
)
WAITING, REMOVED = "waiting", "remove_attachment"


class CoursesField(Field):
    """The table of courses: lists of texts, one place for each line.

    Attributes:
        lines: as typed.
        cells: sentence by (line, part) for each cell that is wrong.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines: list[CourseLine] = []
        self.cells: dict[tuple[int, str], str] = {}

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:  # noqa: ARG002
        """Read the lines from the request, or take those of a stored plan."""
        self.process_errors, self.errors = [], ()
        if formdata is None or "course_name" not in formdata:
            self.lines = list(data) if isinstance(data, list) else []
            self.lines += [CourseLine()] * max(EMPTY_LINES - len(self.lines), 1 if not self.lines else 0)
            return
        texts = [formdata.getlist(f"course_{part}") for part in COURSE_PARTS]
        self.lines = [CourseLine(*line) for line in zip(*texts, strict=False)]

    def rearranged(self, command: str) -> bool:
        """Add lines, or take one away, where that is what a button asked for."""
        if command == "add_course":
            self.lines += [CourseLine()] * MORE_LINES
            return True
        if not command.startswith("remove_course:"):
            return False
        place = int(command.partition(":")[2]) if command.partition(":")[2].isdecimal() else -1
        self.lines = [line for number, line in enumerate(self.lines) if number != place] or [CourseLine()]
        return True

    def refuse(self, errors: dict[str, str]) -> None:
        """Take sentences by ``courses.<line>.<part>``."""
        for name, sentence in errors.items():
            _, place, part = name.split(".")
            self.cells[int(place), part] = sentence
        self.errors = [*self.errors, *errors.values()]


def build(plan: TrainingPlan | None, *, copied: bool = False) -> FlaskForm:
    """Return the form, filled from the request or from a plan.

    Args:
        plan: the plan that is changed or copied; ``None`` for an empty form.
        copied: whether it is only copied: its year, dates and files are not taken over.
    """
    session = db.session()
    chosen = [] if plan is None or copied else [plan.credit_year]
    offered = sorted({*years(session, today(), region_of(session, actor())), *chosen}, reverse=True)
    fields: dict[str, Any] = {
        "name": StringField(_label("name"), description="学时入账后显示的名称，如“人工智能与数字素养专题培训”"),
        "credit_year": _select("credit_year", [(str(year), str(year)) for year in offered]),
        "subject": _select("subject", [(subject.value, subject.label) for subject in Subject],
                           "公需科目由同级人社部门审批；专业科目由行业主管部门审批，没有行业主管部门的由同级人社部门审批"),
        **{name: _select(name, reading.dictionary_choices(session, book)) for name, book in CODES.items()},
        "hours": StringField(_label("hours"), widget=NumberInput(step="0.1", min="0"),
                             description="1 学时为 45 分钟；须等于课程学时之和"),
        "excellent_hours": StringField(_label("excellent_hours"), widget=NumberInput(step="0.1", min="0"),
                                       description="成绩优秀的计入学时；与合格学时相同的留空"),
        "start_date": StringField(_label("start_date"), widget=DateInput()),
        "end_date": StringField(_label("end_date"), widget=DateInput(), description="培训班须在起止日期之内举办"),
        "audience": StringField(_label("audience")),
        "planned_people": StringField(_label("planned_people"), widget=NumberInput(step="1", min="1")),
        "leader": StringField(_label("leader")),
        "phone": StringField(_label("phone")),
        "content": TextAreaField(_label("content"), description=f"不超过 {CONTENT_LENGTH} 个字"),
        "courses": CoursesField("课程安排"),
        "attachments": MultipleFileField("上传文件", description="培训通知、课程表等，可一次选择多个"),
    }  # fmt: skip
    form: FlaskForm = type("PlanForm", (FlaskForm,), fields)(
        data=_stored(plan, copied=copied) if plan else None
    )
    for item in form:
        item.flags.required = None if item.name in OPTIONAL else True
    form.content.flags.maxlength = CONTENT_LENGTH
    return form


def _label(name: str) -> str:
    return label_of(TrainingPlan, name)


def _select(name: str, choices: Sequence[tuple[str, str]], help_text: str = "") -> SelectField:
    listed = [CHOOSE, *(SelectChoice(value, label) for value, label in choices)]
    return SelectField(_label(name), choices=listed, validate_choice=False, description=help_text)


def _stored(plan: TrainingPlan, *, copied: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": plan.name,
        "subject": plan.subject.value,
        **{name: getattr(plan, name) for name in (*CODES, "audience", "leader", "phone", "content")},
        "hours": hours_text(plan.hours),
        "excellent_hours": "" if plan.excellent_hours is None else hours_text(plan.excellent_hours),
        "planned_people": str(plan.planned_people),
        "courses": [CourseLine(row.name, row.teacher, hours_text(row.hours)) for row in plan.courses],
    }
    if not copied:
        data |= {
            "credit_year": str(plan.credit_year),
            "start_date": plan.start_date.isoformat(),
            "end_date": plan.end_date.isoformat(),
        }
    return data


def read(form: FlaskForm, files: Sequence[KeptFile]) -> PlanInput:
    """Return what was typed, with the files uploaded so far."""
    return PlanInput(
        lines={name: form[name].data or "" for name in PLAIN},
        credit_year=as_key(form.credit_year.data),
        subject=Subject(form.subject.data) if form.subject.data in set(Subject) else None,
        start_date=date_of(form.start_date.data),
        end_date=date_of(form.end_date.data),
        courses=form.courses.lines,
        files=files,
        removed=[key for text in request.form.getlist(REMOVED) if (key := as_key(text))],
    )


def date_of(text: str | None) -> date | None:
    """Return the day of a date field; ``None`` for what is none."""
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        return None


def sums(form: FlaskForm) -> dict[str, str]:
    """Return the running sum below the course table in words, as it stands on the page without script."""
    total, hours = total_of(form.courses.lines), read_hours(form.hours.data or "")
    if hours is None:
        told = "合格学时还没有填写"
    elif total == hours:
        told = "与合格学时相等"
    else:
        gap = hours - total
        told = f"{'还差' if gap > 0 else '多出'} {hours_text(abs(gap))} 学时"
    return {"total": hours_text(total), "told": told, "right": "1" if hours == total else ""}


# ---------------------------------------------------------------- files of a form that is not saved yet
def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="plan-file")


def token_of(file: KeptFile) -> str:
    """Return what brings an uploaded file back with its form: signed, of this account."""
    return str(_serializer().dumps({"account": actor().account_id, **asdict(file)}))


def waiting(errors: list[str]) -> list[KeptFile]:
    """Return the files uploaded with this form before, without those that were ticked to be dropped.

    Args:
        errors: gets a sentence where one cannot be taken any more.
    """
    found, dropped = [], set(request.form.getlist(REMOVED))
    for text in dict.fromkeys(request.form.getlist(WAITING)[:MAXIMUM_FILES]):
        try:
            kept = _serializer().loads(text, max_age=ORPHAN_AGE.total_seconds() / 2)
        except BadSignature:
            errors.append("有文件上传过久，已不能使用，请重新选择")
            continue
        if kept.pop("account") == actor().account_id and f"new-{kept['sha256']}" not in dropped:
            found.append(KeptFile(**kept))
    return found


def uploaded(form: FlaskForm) -> list[KeptFile]:
    """Return the files of the form, those uploaded now and before; what is wrong with one is said at the field.

    Good files are kept even where the rest of the form is refused, so that nobody uploads twice.
    """
    errors: list[str] = []
    files = {file.sha256: file for file in waiting(errors)}
    for upload in form.attachments.data or []:
        if not getattr(upload, "filename", ""):
            continue
        if len(files) >= MAXIMUM_FILES:
            errors.append(f"附件最多 {MAXIMUM_FILES} 个文件，前 {MAXIMUM_FILES} 个已保留，其余请合并后上传")
            break
        try:
            with upload.stream as stream:
                kept = keep(current_app.media, upload.filename, stream.read(MAXIMUM_BYTES + 1))
            files.setdefault(kept.sha256, kept)
        except AttachmentError as error:
            errors.append(error.sentence)
    form.attachments.errors = errors
    return list(files.values())
