"""Registration of professionals, and of employers in three steps."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import current_app, redirect, render_template, request, session, url_for
from flask_security import hash_password
from flask_wtf import FlaskForm
from wtforms import FileField, PasswordField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length
from wtforms.widgets import DateInput

from models.enums import OrganizationKind, Sex
from services import attachments, reading, registration
from services.errors import InputError
from services.typed_text import LINE_LENGTH
from views.captcha import add_captcha
from views.extensions import db, limiter
from views.portal.blueprint import options_of, portal
from views.stock_form import show_errors
from views.values import as_key

CHOOSE = SelectChoice("", "请选择")
DONE_PERSON = "您已完成专技人员注册，请耐心等待所属单位审批"
DONE_EMPLOYER = "您已完成单位注册，请耐心等待所属人社部门审批"
WIZARD = "register_employer"
STEPS = ("机构代码与证书", "基本信息", "第一管理员")
SCANS = frozenset(
    {attachments.AttachmentKind.JPEG, attachments.AttachmentKind.PNG, attachments.AttachmentKind.PDF}
)


def _select(label: str, *, required: bool = False, help_text: str = "") -> SelectField:
    validators = [InputRequired(f"请选择“{label}”")] if required else []
    return SelectField(label, validators, choices=[CHOOSE], validate_choice=False, description=help_text)


def _short(label: str) -> Length:
    return Length(max=LINE_LENGTH, message=f"“{label}”最多 {LINE_LENGTH} 个字，请删减")


class AccountFields(FlaskForm):
    """账号信息: all required; the citizen id is the login and never changes."""

    citizen_id = StringField(
        "身份证号", [InputRequired("请填写“身份证号”")], description="登录用，注册后不能修改"
    )
    password = PasswordField("密码", [InputRequired("请填写“密码”")], description=registration.PASSWORD_HELP)
    password_confirm = PasswordField(
        "确认密码", [InputRequired("请再次填写密码"), EqualTo("password", "两次填写的密码不一致")]
    )
    real_name = StringField("姓名", [InputRequired("请填写“姓名”")])
    mobile = StringField("手机", [InputRequired("请填写“手机”")])
    email = StringField("电子邮箱", [InputRequired("请填写“电子邮箱”")], description="便于审核部门与您联系")

    def credentials(self) -> registration.Credentials:
        """Return what was typed."""
        return registration.Credentials(
            citizen_id=self.citizen_id.data or "",
            password=self.password.data or "",
            real_name=self.real_name.data or "",
            mobile=self.mobile.data or "",
            email=self.email.data or "",
        )


class PersonForm(AccountFields):
    """个人用户注册."""

    region_city = _select("法人单位所属市", required=True)
    region_county = _select("法人单位所属区县", required=True)
    employer = _select(
        "所属法人单位", required=True, help_text="由该单位的管理员审批您的账户；找不到单位时请单位先注册"
    )
    department = _select("所属部门")
    sex = SelectField(
        "性别", [InputRequired("请选择“性别”")], validate_choice=False,
        choices=[CHOOSE, *(SelectChoice(sex.value, sex.label) for sex in Sex)],
    )  # fmt: skip
    birth_date = StringField("出生年月", [InputRequired("请填写“出生年月”")], widget=DateInput())
    ethnicity = _select("民族")
    native_place = StringField("籍贯")
    education = _select("学历")
    degree = _select("学位")
    school = StringField("毕业院校")
    major = _select("所学专业")
    title_series = _select("职称系列")
    title_level = _select("职称级别")


DICTIONARIES = ("ethnicity", "education", "degree", "major", "title_series", "title_level")
PERSONAL = ("sex", "birth_date", "ethnicity", "native_place", "education", "degree", "school", "major", "title_series",
            "title_level")  # fmt: skip


def _options(choices: reading.Choices) -> list[SelectChoice]:
    return [CHOOSE, *(SelectChoice(value, label) for value, label in choices)]


def _fill(form: PersonForm) -> None:
    """Offer what follows from what was chosen above, so that the form works without script."""
    database = db.session()
    form.region_city.choices = _options(reading.cities(database))
    for parent, kind, field in (
        (form.region_city, "county", form.region_county),
        (form.region_county, "employer", form.employer),
        (form.employer, "department", form.department),
    ):
        chosen = parent.data or ""
        field.choices = _options((options_of(kind, chosen) if as_key(chosen) else None) or [])
    for name in DICTIONARIES:
        form[name].choices = _options(reading.dictionary_choices(database, name))


@portal.route("/register/person", methods=["GET", "POST"])
@limiter.limit("60/minute", methods=["POST"])
def register_person() -> Any:
    """Register a professional at an employer."""
    form = add_captcha(PersonForm)()
    _fill(form)
    if request.method == "POST" and not request.form.get("reload") and _accepted(form):
        typed = registration.PersonInput(
            employer_id=as_key(form.employer.data),
            department_id=as_key(form.department.data),
            sex=form.sex.data,
            birth_date=_date(form.birth_date.data),
            native_place=form.native_place.data or "",
            school=form.school.data or "",
            **{f"{name}_code": form[name].data or None for name in DICTIONARIES},
        )
        try:
            registration.register_person(db.session(), form.credentials(), typed, hash_password)
            db.session.commit()
        except InputError as error:
            db.session.rollback()
            show_errors(form, error)
        else:
            session["registered"] = DONE_PERSON
            return redirect(url_for("portal.register_done"))
    return render_template("portal/register_person.html", form=form, personal=PERSONAL)


def _accepted(form: FlaskForm) -> bool:
    return bool(form.validate())


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        return None


@portal.get("/register/done")
def register_done() -> Any:
    """Confirm a registration; going back does not repeat it."""
    message = session.get("registered")
    if not message:
        return redirect(url_for("portal.index"))
    return render_template("portal/register_done.html", message=message)


class CodeStep(FlaskForm):
    """第一步."""

    code = StringField(
        "组织机构代码或统一社会信用代码",
        [InputRequired("请填写“组织机构代码或统一社会信用代码”")],
        description="9 位组织机构代码或 18 位统一社会信用代码，二者视为同一机构",
    )
    scan = FileField("机构代码证扫描件", description="jpg、png 或 pdf，不超过 20 MB")


class BasicStep(FlaskForm):
    """第二步."""

    name = StringField("单位名称", [InputRequired("请填写“单位名称”"), _short("单位名称")])
    region_code = _select("所属区域", required=True)
    bureau_id = _select(
        "同级人社部门",
        required=True,
        help_text="审核本单位账户和公需科目申报的人社局，如郑州市金水区的单位选金水区人社局",
    )
    authority_id = _select(
        "行业主管部门", help_text="审核专业科目的主管部门，如医院选卫生健康委员会；没有的可不选"
    )
    nature_code = _select("单位性质")
    affiliation_code = _select("单位隶属关系")
    level_code = _select("单位级别")
    industry_code = _select("单位所属行业")
    address = StringField("地址", [_short("地址")])
    phone = StringField("联系电话", [_short("联系电话")])


class AdministratorStep(AccountFields):
    """第三步."""


FORMS = (CodeStep, BasicStep, AdministratorStep)


@portal.route("/register/employer", methods=["GET", "POST"])
@limiter.limit("60/minute", methods=["POST"])
def register_employer() -> Any:
    """Register an employer in three steps; what was typed stays in the visitor's session until the end."""
    kept: dict[str, Any] = session.setdefault(WIZARD, {"step": 0, "data": {}})
    step = _step_of(request.args.get("step"), kept["step"])
    cls = add_captcha(FORMS[step]) if step == len(FORMS) - 1 else FORMS[step]
    form = cls(data=kept["data"]) if request.method == "GET" else cls()
    if step == 1:
        _fill_basic(form)
    if request.method == "POST":
        _keep(kept, form, step)
        if request.form.get("back"):
            return redirect(url_for("portal.register_employer", step=step - 1))
        answer = _advance(kept, form, step)
        if answer is not None:
            return answer
    return render_template("portal/register_employer.html", steps=STEPS, step=step, form=form)


def _step_of(text: str | None, reached: int) -> int:
    return max(0, min(int(text), reached)) if text in {"0", "1", "2"} else reached


def _keep(kept: dict[str, Any], form: FlaskForm, step: int) -> None:
    secret = {"password", "password_confirm", "csrf_token", "captcha", "scan"}
    # The cookie that keeps them holds 4 KB: what is too long to be accepted is not kept.
    kept["data"] |= {
        field.name: field.data
        for field in form
        if field.name not in secret and len(field.data or "") <= LINE_LENGTH
    }
    kept["step"] = max(kept["step"], step)
    session.modified = True


def _fill_basic(form: BasicStep) -> None:
    database = db.session()
    form.region_code.choices = _options(reading.province_regions(database))
    bureaus = (OrganizationKind.BUREAU, OrganizationKind.PROVINCE)
    form.bureau_id.choices = _options(reading.offices(database, bureaus))
    form.authority_id.choices = _options(reading.offices(database, (OrganizationKind.AUTHORITY,)))
    for name, code in (("nature", "unit_nature"), ("affiliation", "affiliation"), ("level", "unit_level"),
                       ("industry", "industry")):  # fmt: skip
        form[f"{name}_code"].choices = _options(reading.dictionary_choices(database, code))


def _advance(kept: dict[str, Any], form: Any, step: int) -> Any:
    """Check one step and go on; return ``None`` to show the step again."""
    if not form.validate():
        return None
    try:
        if step == 0:
            _check_code(kept, form)
        elif step == 1:
            registration.must_be_registrable(db.session(), _typed(kept["data"]))
        else:
            registration.register_employer(
                db.session(), form.credentials(), _typed(kept["data"]), hash_password
            )
            db.session.commit()
            session.pop(WIZARD, None)
            session["registered"] = DONE_EMPLOYER
            return redirect(url_for("portal.register_done"))
    except InputError as error:
        db.session.rollback()
        show_errors(form, error)
        return None
    kept["step"] = max(kept["step"], step + 1)
    session.modified = True
    return redirect(url_for("portal.register_employer", step=step + 1))


def _check_code(kept: dict[str, Any], form: CodeStep) -> None:
    errors = registration.check_code(db.session(), form.code.data or "")
    upload = request.files.get("scan")
    if upload and upload.filename:
        data = upload.stream.read(attachments.MAXIMUM_BYTES + 1)
        try:
            kind = attachments.sniff(data, upload.filename)
        except attachments.AttachmentError as error:
            errors["scan"] = error.sentence
        else:
            if kind not in SCANS:
                errors["scan"] = "扫描件请用 jpg、png 或 pdf 文件"
            else:
                kept["data"] |= {
                    "certificate_key": current_app.media.put(data),
                    "certificate_mime": kind.mime,
                }
                session.modified = True
    elif "certificate_key" not in kept["data"]:
        errors["scan"] = "请上传机构代码证扫描件"
    if errors:
        raise InputError(errors)


def _typed(data: dict[str, Any]) -> registration.EmployerInput:
    return registration.EmployerInput(
        code=data.get("code") or "",
        name=data.get("name") or "",
        region_code=data.get("region_code") or None,
        bureau_id=as_key(data.get("bureau_id")),
        authority_id=as_key(data.get("authority_id")),
        nature_code=data.get("nature_code") or None,
        affiliation_code=data.get("affiliation_code") or None,
        level_code=data.get("level_code") or None,
        industry_code=data.get("industry_code") or None,
        address=data.get("address") or "",
        phone=data.get("phone") or "",
        certificate_key=data.get("certificate_key"),
        certificate_mime=data.get("certificate_mime"),
    )
