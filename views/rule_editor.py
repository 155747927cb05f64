"""The pages of the drafts of an hour rule and a requirement: labelled fields, and a try-out of the rule."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flask import redirect, request
from flask_admin.base import expose
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice

from models.enums import DraftTarget, ItemType, Subject
from services import claim_items, reading, requirement_editing, rule_editing
from services.errors import InputError
from services.hour_rules import number
from services.rule_fields import COUNTED, FIELDS, Field
from views import claim_form
from views.claims import shown_hours
from views.extensions import db
from views.stock_form import show_errors
from views.values import as_key

if TYPE_CHECKING:
    from models import ClaimItem, ClaimKindVersion
    from services.claim_items import Choices

NONE = SelectChoice("", "（不用）")
EITHER = SelectChoice("", "公需、专业都适用")


class RequirementForm(FlaskForm):
    """What a year asks for."""

    public_hours = StringField(requirement_editing.LABELS["public_hours"], render_kw={"inputmode": "decimal"})
    specialty_hours = StringField(
        requirement_editing.LABELS["specialty_hours"], render_kw={"inputmode": "decimal"}
    )
    total_hours = StringField(requirement_editing.LABELS["total_hours"], render_kw={"inputmode": "decimal"})
    legal_basis = StringField(requirement_editing.LABELS["legal_basis"], description="文件名称和文号")


class RuleEditorMixin:
    """Changing an hour rule or a requirement."""

    def rule_page(self, row: Any) -> Any:
        """Show or store the fields of a rule."""
        session, content = db.session(), row.content
        version = rule_editing.kind_of(session, content)
        choices = claim_items.choices_of(session, version.items, retired=True)
        form = _rule_form(content, version, choices)
        sent = request.method == "POST" and form.validate()
        if sent and self.keep(form, row, lambda: rule_editing.read(content, version, form.data)):
            return redirect(self.get_url(".details_view", id=row.id), code=303)
        return self._form_page(form, row, _rule_sections(form, content), version.kind.name)

    def requirement_page(self, row: Any) -> Any:
        """Show or store the fields of a requirement."""
        content = row.content
        form = RequirementForm(data=content)
        sent = request.method == "POST" and form.validate()
        if sent and self.keep(form, row, lambda: requirement_editing.read(content, form.data)):
            return redirect(self.get_url(".details_view", id=row.id), code=303)
        fields = [form[name] for name in requirement_editing.LABELS]
        for field in fields:
            field.flags.required = True
        return self._form_page(form, row, [{"title": row.title, "hint": "", "fields": fields}], "")

    def _form_page(self, form: Any, row: Any, sections: list[dict[str, Any]], kind: str) -> str:
        return self.render(
            "admin/rules/form.html", form=form, draft=row, sections=sections, kind=kind,
            return_url=self.get_url(".details_view", id=row.id),
        )  # fmt: skip

    @expose("/try/", methods=("GET", "POST"))
    def try_view(self) -> Any:
        """Compute a claim by a drafted rule; nothing is stored."""
        row = self.draft(request.args.get("id"), DraftTarget.RULE)
        session, content = db.session(), row.content
        version = rule_editing.kind_of(session, content)
        form = _try_form(version, claim_items.choices_of(session, version.items), content)
        result = None
        if request.method == "POST" and form.validate():
            result = _tried(form, content)
            session.rollback()
        return self.render(
            "admin/rules/try.html",
            form=form,
            draft=self.get_one(request.args.get("id")),
            says=rule_editing.described(session, content),
            fields=[form[name] for name in ("credit_year", "subject", "already")],
            items=[field for field in form if field.name.startswith(claim_form.PREFIX)],
            hours=result,
        )


def _tried(form: Any, content: dict[str, Any]) -> dict[str, Any] | None:
    """Return hours and explanation of what was typed; what cannot be read is said at its field."""
    already = number((form.already.data or "0").strip())
    year = as_key(form.credit_year.data)
    if already is None or already < 0 or year is None:
        show_errors(
            form,
            InputError(
                {"already": "“本年度已有学时”应是不小于 0 的数"} if year else {"credit_year": "请选择年度"}
            ),
        )
        return None
    subject = Subject(form.subject.data) if form.subject.data in set(Subject) else None
    prefix = claim_form.PREFIX
    typed = {field.name.removeprefix(prefix): field.data for field in form if field.name.startswith(prefix)}
    result, wrong = rule_editing.try_out(db.session(), content, typed, year, subject, Decimal(already))
    show_errors(form, InputError({prefix + code: sentence for code, sentence in wrong.items()}))
    return shown_hours(result) | {"decided": result.rule_code == content["code"], "rule": result.rule_code}


def _try_form(version: ClaimKindVersion, choices: Choices, content: dict[str, Any]) -> Any:
    years = [int(year) for year, _label in reading.year_choices(db.session())]
    subjects = [
        SelectChoice(subject.value, subject.label) for subject in Subject if subject.value in version.subjects
    ]
    chosen = content["effective_from"] if content["effective_from"] in years else years[0]
    fields = {
        "credit_year": SelectField("计入年度", choices=[SelectChoice(str(year), str(year)) for year in years],
                                   default=str(chosen), validate_choice=False),
        "subject": SelectField("科目类型", choices=subjects, validate_choice=False),
        "already": StringField("本年度已有学时", default="0", description="同一类型已认定的学时，用来试每年度上限",
                               render_kw={"inputmode": "decimal"}),
    }  # fmt: skip
    form = type("TryForm", (FlaskForm,), fields | claim_form.item_fields(version, choices))()
    claim_form.offer_trees(form, version, choices)
    return form


# ---------------------------------------------------------------- the form of a rule
def _rule_form(content: dict[str, Any], version: ClaimKindVersion, choices: Choices) -> Any:
    fields: dict[str, Any] = {field.name: _field(field, version) for field in FIELDS}
    items = rule_editing.asked(version)
    fields |= _conditions(items, choices, rule_editing.ON)
    for place in range(rule_editing.additions_shown(content)):
        fields[f"add{place}_label"] = StringField(
            "加计说明", description="例如“宣读论文（2000 字以内）”；不需要的清空"
        )
        fields[f"add{place}_hours"] = StringField("加计学时", render_kw={"inputmode": "decimal"})
        fields |= _conditions(items, choices, f"add{place}_{rule_editing.ON}")
    form = type("RuleForm", (FlaskForm,), fields)(data=rule_editing.typed_of(content, version))
    for field in FIELDS:
        form[field.name].flags.required = True if field.required else None
    return form


def _field(field: Field, version: ClaimKindVersion) -> Any:
    if field.sort == "flag":
        return BooleanField(field.label, description=field.help)
    if field.sort == "subject":
        subjects = [SelectChoice(subject.value, subject.label) for subject in Subject]
        return SelectField(field.label, choices=[EITHER, *subjects], description=field.help)
    if field.sort in ("item", "counted"):
        types = COUNTED if field.sort == "item" else (*COUNTED, ItemType.MULTIPLE_CHOICE)
        items = [SelectChoice(item.code, item.label) for item in version.items if item.type in types]
        return SelectField(field.label, choices=[NONE, *items], description=field.help)
    keys = {"inputmode": "decimal"} if field.sort == "number" else {}
    return StringField(field.label, description=field.help, render_kw=keys)


def _conditions(items: list[ClaimItem], choices: Choices, prefix: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for item in items:
        name = prefix + item.code
        if item.type in COUNTED:
            keys = {"inputmode": "decimal"}
            fields[f"{name}_min"] = StringField(f"{item.label}（不小于）", render_kw=keys)
            fields[f"{name}_max"] = StringField(f"{item.label}（不大于）", render_kw=keys)
        elif item.type is ItemType.BOOLEAN:
            answers = [SelectChoice("", "不限"), SelectChoice("yes", "是"), SelectChoice("no", "否")]
            fields[name] = SelectField(item.label, choices=answers)
        else:
            labels = choices.get(item.dictionary_code or "", {})
            options = [SelectChoice(code, label) for code, label in labels.items()]
            fields[name] = SelectMultipleField(item.label, choices=options, validate_choice=False)
    return fields


def _rule_sections(form: Any, content: dict[str, Any]) -> list[dict[str, Any]]:
    titles = list(dict.fromkeys(field.section for field in FIELDS))
    by_title = {title: [form[field.name] for field in FIELDS if field.section == title] for title in titles}
    sections = [{"title": title, "hint": "", "fields": fields} for title, fields in by_title.items()]
    hint = "申报的项目全部符合才适用；什么都不选的项目不限。"
    sections[1:1] = [{"title": "适用条件", "hint": hint, "fields": _of_prefix(form, rule_editing.ON)}]
    for place in range(rule_editing.additions_shown(content)):
        own = [form[f"add{place}_label"], form[f"add{place}_hours"]]
        used = place < len(content.get("additions") or ())
        title = f"加计 {place + 1}" if used else "再加一种加计"
        fields = [*own, *_of_prefix(form, f"add{place}_{rule_editing.ON}")]
        folded = not used and not any(field.errors or field.data for field in fields)
        sections.insert(
            -2,
            {
                "title": title,
                "hint": "符合下列条件的，在算得的学时上再加。",
                "fields": fields,
                "folded": folded,
            },
        )
    return sections


def _of_prefix(form: Any, prefix: str) -> list[Any]:
    return [field for field in form if field.name.startswith(prefix)]
