"""The claim form: its fields come from the kind's items, its checks from ``services.claims``."""

from __future__ import annotations

import re
import uuid
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import request, url_for
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    MultipleFileField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.widgets import DateInput, NumberInput

from models.base import today
from models.enums import ItemType, Subject
from services import picking
from services.claims import CONTENT_LENGTH, MAXIMUM_FILES, ClaimInput
from views.extensions import db
from views.picking import CHOOSE, offer
from views.values import as_key

if TYPE_CHECKING:
    from models import Claim, ClaimItem, ClaimKindVersion
    from services.claim_items import Choices

PREFIX = "item_"
KEY = re.compile(r"[0-9a-f]{32}")
NOT_REQUIRED = frozenset({"content", "attachments", "waiting", "submission_key"})


def new_key() -> str:
    """Return a fresh submission key."""
    return uuid.uuid4().hex


def build(
    version: ClaimKindVersion,
    choices: Choices,
    years: list[int],
    people: list[tuple[int, str]] | None,
    claim: Claim | None,
    *,
    closed: str = "",
) -> FlaskForm:
    """Return the form of a kind, filled from the request or from the claim that is changed.

    Args:
        version: the kind as it asks.
        choices: label by code of the dictionaries its items name.
        years: years open for claiming.
        people: (key, name) of whom an employer may register for; ``None`` for one's own claim.
        claim: the claim that is changed.
        closed: which years are not offered, and why.
    """
    fields: dict[str, Any] = {}
    if people is not None:
        listed = [SelectChoice(str(key), name) for key, name in people]
        asked = {"data-picker": "search", "data-picker-url": url_for("picking.staff")}
        fields["person_id"] = SelectField(
            "专业技术人员", choices=[CHOOSE, *listed], validate_choice=False, render_kw=asked
        )
    fields["title"] = StringField(version.title_label)
    fields["credit_year"] = SelectField(
        "计入年度",
        choices=[CHOOSE, *(SelectChoice(str(year), str(year)) for year in years)],
        validate_choice=False,
        description=closed,
    )
    subjects = [
        SelectChoice(subject.value, subject.label) for subject in Subject if subject.value in version.subjects
    ]
    fields["subject"] = SelectField("科目类型", choices=subjects, validate_choice=False)
    day = {"max": today().isoformat()}
    fields["start_date"] = StringField("开始日期", widget=DateInput(), render_kw=day)
    fields["end_date"] = StringField("结束日期", widget=DateInput(), render_kw=day)
    fields |= item_fields(version, choices)
    fields["content"] = TextAreaField("内容", description=f"不超过 {CONTENT_LENGTH} 个字")
    fields["attachments"] = MultipleFileField("上传文件", description=f"证明材料：{version.proof}")
    fields["waiting"] = HiddenField(default="")
    fields["submission_key"] = HiddenField(default=new_key, render_kw={"data-draft-keep": ""})
    form: FlaskForm = type("ClaimForm", (FlaskForm,), fields)(data=_stored(claim) if claim else None)
    for field in form:
        item_code = field.name.removeprefix(PREFIX)
        optional = field.name in NOT_REQUIRED or any(
            item.code == item_code and not item.required for item in version.items
        )
        field.flags.required = None if optional else True
    form.content.flags.maxlength = CONTENT_LENGTH
    offer_trees(form, version, choices)
    return form


def item_fields(version: ClaimKindVersion, choices: Choices) -> dict[str, Any]:
    """Return a field for every item of a kind, by its name in the form."""
    return {
        PREFIX + item.code: _field(item, choices.get(item.dictionary_code or "", {}))
        for item in version.items
    }


def offer_trees(form: FlaskForm, version: ClaimKindVersion, choices: Choices) -> None:
    """Let dictionaries with lines below others, and long ones, be chosen from in a dialog."""
    asked = [item for item in version.items if item.type is ItemType.CHOICE]
    known = {item.dictionary_code for item in asked} & choices.keys()
    above = picking.parents(db.session(), known) if known else {}
    for item in asked:
        code = item.dictionary_code or ""
        below = above.get(code, {})
        lines = [
            picking.Option(value, label, below.get(value)) for value, label in choices.get(code, {}).items()
        ]
        offer(form[PREFIX + item.code], lines)


PLAIN: dict[ItemType, tuple[type[Any], dict[str, Any]]] = {
    ItemType.TEXT: (StringField, {}),
    ItemType.TEXTAREA: (TextAreaField, {}),
    ItemType.BOOLEAN: (BooleanField, {}),
    ItemType.DATE: (StringField, {"widget": DateInput()}),
    ItemType.INTEGER: (StringField, {"widget": NumberInput(step="1")}),
    ItemType.DECIMAL: (StringField, {"widget": NumberInput(step="any")}),
}


def _field(item: ClaimItem, labels: dict[str, str]) -> Any:
    if item.type is ItemType.CHOICE:
        return SelectField(item.label, choices=[CHOOSE], description=item.help, validate_choice=False)
    if item.type is ItemType.MULTIPLE_CHOICE:
        options = [SelectChoice(code, label) for code, label in labels.items()]
        return SelectMultipleField(item.label, choices=options, description=item.help, validate_choice=False)
    field, arguments = PLAIN[item.type]
    return field(item.label, description=item.help, **arguments)


def _stored(claim: Claim) -> dict[str, Any]:
    data: dict[str, Any] = {
        "title": claim.title,
        "credit_year": str(claim.credit_year),
        "subject": claim.subject.value,
        "start_date": claim.start_date.isoformat(),
        "end_date": claim.end_date.isoformat(),
        "content": claim.content,
        "person_id": str(claim.person_id),
    }
    return data | {PREFIX + code: value for code, value in claim.items.items()}


def read(form: FlaskForm, kind_code: str) -> ClaimInput:
    """Return what was typed."""
    return ClaimInput(
        kind_code=kind_code,
        title=form.title.data or "",
        credit_year=as_key(form.credit_year.data),
        subject=Subject(form.subject.data) if form.subject.data in set(Subject) else None,
        start_date=_date(form.start_date.data),
        end_date=_date(form.end_date.data),
        content=(form.content.data or "").replace("\r\n", "\n"),
        items={
            field.name.removeprefix(PREFIX): field.data for field in form if field.name.startswith(PREFIX)
        },
        person_id=as_key(form.person_id.data) if "person_id" in form else None,
        waiting=waiting_keys(form),
        removed=[key for text in request.form.getlist("remove_attachment") if (key := as_key(text))],
        submission_key=form.submission_key.data if KEY.fullmatch(form.submission_key.data or "") else None,
    )


def waiting_keys(form: FlaskForm) -> list[int]:
    """Return the keys of files uploaded with this form before; a forged field may name any number."""
    keys = (as_key(text) for text in (form.waiting.data or "").split(",", MAXIMUM_FILES)[:MAXIMUM_FILES])
    return list(dict.fromkeys(key for key in keys if key))


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        return None


def sections(form: FlaskForm, version: ClaimKindVersion) -> list[dict[str, Any]]:
    """Return the form's fields in the order of the page."""
    common = [
        name
        for name in ("person_id", "title", "credit_year", "subject", "start_date", "end_date")
        if name in form
    ]
    items = [field for field in form if field.name.startswith(PREFIX)]
    return [
        {"title": "基本信息", "hint": "", "fields": [form[name] for name in common]},
        {"title": f"{version.kind.name}项目", "hint": "", "fields": items},
        {"title": "内容说明", "hint": "", "fields": [form.content]},
    ]
