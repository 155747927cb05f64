"""个人用户注册: registration of a professional at an employer."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from flask import redirect, render_template, request, session, url_for
from flask_security import hash_password
from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import DateInput

from models.enums import Sex, UserType
from services import picking, reading
from services.errors import InputError
from services.registration_people import PersonInput, register_person
from views.captcha import add_captcha
from views.extensions import csrf, db, limiter
from views.picking import CHOOSE, offer
from views.portal.account_fields import AccountFields, select_field
from views.portal.blueprint import options_of, portal
from views.portal.kept import REGISTERED, Kept
from views.stale import is_stale
from views.stock_form import show_errors
from views.values import as_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

DONE = "您已完成专技人员注册，请耐心等待所属单位审批"


class PersonForm(AccountFields):
    """个人用户注册."""

    region_city = select_field("法人单位所属市", required=True)
    region_county = select_field("法人单位所属区县", required=True)
    employer = select_field(
        "所属法人单位", required=True, help_text="由该单位的管理员审批您的账户；找不到单位时请单位先注册"
    )
    department = select_field("所属部门")
    sex = SelectField(
        "性别", [InputRequired("请选择“性别”")], validate_choice=False,
        choices=[CHOOSE, *(SelectChoice(sex.value, sex.label) for sex in Sex)],
    )  # fmt: skip
    birth_date = StringField("出生年月", [InputRequired("请填写“出生年月”")], widget=DateInput())
    ethnicity = select_field("民族")
    native_place = StringField("籍贯")
    education = select_field("学历")
    degree = select_field("学位")
    school = StringField("毕业院校")
    major = select_field("所学专业")
    title_series = select_field("职称系列")
    title_level = select_field("职称级别")


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
    ):
        chosen = parent.data or ""
        field.choices = _options((options_of(kind, chosen) if as_key(chosen) else None) or [])
    employer = as_key(form.employer.data)
    offer(form.department, picking.departments(database, employer) if employer else [], own="本部门")
    for name in DICTIONARIES:
        offer(form[name], picking.dictionary(database, name))


@csrf.exempt  # checked by the page itself (views/stale.py)
@portal.route("/register/person", methods=["GET", "POST"], endpoint="register_person")
@limiter.limit("60/minute", methods=["POST"])
def register_person_page() -> ResponseReturnValue:
    """Register a professional at an employer."""
    kept, status = Kept(UserType.PERSON.value), 200
    form = add_captcha(PersonForm)(data=kept.data)
    _fill(form)
    if request.method == "POST":
        kept.fix_citizen_id(form)
        if is_stale(form):
            status = 400
        elif request.form.get("restart"):
            kept.finish()
            db.session.commit()
            return redirect(url_for("portal.register_person"))
        elif not request.form.get("reload") and form.validate() and _registered(form, kept):
            session[REGISTERED] = DONE
            return redirect(url_for("portal.register_done"))
    kept.hide_citizen_id(form)
    return render_template("portal/register_person.html", form=form, personal=PERSONAL, kept=kept), status


def _registered(form: PersonForm, kept: Kept) -> bool:
    """Store the registration; where it cannot be, say why on the form."""
    typed = PersonInput(
        employer_id=as_key(form.employer.data),
        department_id=as_key(form.department.data),
        sex=form.sex.data,
        birth_date=_date(form.birth_date.data),
        native_place=form.native_place.data or "",
        school=form.school.data or "",
        **{f"{name}_code": form[name].data or None for name in DICTIONARIES},
    )
    try:
        register_person(db.session(), form.credentials(), typed, hash_password, after=kept.after)
        kept.finish()
        db.session.commit()
    except InputError as error:
        db.session.rollback()
        show_errors(form, error)
        return False
    return True


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        return None


@portal.get("/register/done")
def register_done() -> ResponseReturnValue:
    """Confirm a registration; going back does not repeat it."""
    message = session.get(REGISTERED)
    if not message:
        return redirect(url_for("portal.index"))
    return render_template("portal/register_done.html", message=message)
