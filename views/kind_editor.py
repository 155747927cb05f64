"""The pages of a kind's draft: its own texts, its items in their order, one item, and the form as professionals will see it."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request, url_for
from flask_admin.base import expose
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired
from wtforms.widgets import DateInput

from models import ClaimKind
from models.base import label_of, today
from models.enums import DraftTarget, ItemType, Subject
from services import claim_items, kind_editing, kind_keeping, reading, rule_drafts
from views import claim_form
from views.extensions import actor, db, request_id
from views.picking import CHOOSE

STANDS_FOR_ITSELF = SelectChoice("", "（不并入）")
HEAD, LABELS = kind_editing.HEAD, kind_editing.LABELS


class NewKindForm(FlaskForm):
    """A kind that does not exist yet."""

    name = StringField(label_of(ClaimKind, "name"), [DataRequired("请填写“名称”")])
    code = StringField(
        label_of(ClaimKind, "code"),
        [DataRequired("请填写“代码”")],
        description="字母、数字、点、下划线或短横，如 volunteer；发布以后不能修改",
    )


class HeadForm(FlaskForm):
    """What a kind says of itself."""

    name = StringField(HEAD["name"], description="改名后，以前的申报也显示新名称；已出具的证书和操作日志不变")
    title_label = StringField(HEAD["title_label"], description="表单第一项“名称”叫什么，例如“论文题目”")
    subjects = SelectMultipleField(
        HEAD["subjects"],
        choices=[SelectChoice(subject.value, subject.label) for subject in Subject],
        validate_choice=False,
    )
    recurring = BooleanField(
        HEAD["recurring"],
        description="同一项目（如课题、学历教育）每个年度都可以申报一次；否则同一证据只能申报一次",
    )
    proof = TextAreaField(
        HEAD["proof"], description="要上传哪些材料；显示在类型列表和上传处", render_kw={"rows": 2}
    )
    help = TextAreaField(HEAD["help"], description="显示在表单上方", render_kw={"rows": 3})
    valid_to = StringField(
        HEAD["valid_to"],
        widget=DateInput(),
        description="停用这一类型时填写最后可以新申报的日期；以前的申报照常显示和办理，清空后重新发布即恢复",
    )
    merged_into = SelectField(
        HEAD["merged_into"],
        choices=[],
        validate_choice=False,
        description="停用后由哪个类型代替：按那个类型查询和统计时也包括本类型，以前的申报不改写、仍按原来的规则计学时；恢复时选“（不并入）”并清空有效期至",
    )


class ItemForm(FlaskForm):
    """One item."""

    label = StringField(LABELS["label"])
    type = SelectField(LABELS["type"], choices=[CHOOSE, *(SelectChoice(kind.value, kind.label) for kind in ItemType)],
                       validate_choice=False)  # fmt: skip
    dictionary = SelectField(LABELS["dictionary_code"], choices=[], validate_choice=False,
                             description="单选、多选的选项来自这个字典")  # fmt: skip
    required = BooleanField(LABELS["required"])
    evidence = BooleanField(LABELS["evidence"], description="用来识别重复申报，如证书号、ISBN、DOI、专利号")
    help = StringField(LABELS["help"], description="显示在这一项的下方")
    maximum_length = StringField(LABELS["maximum_length"], description="文本最多多少字；不填为 200",
                                 render_kw={"inputmode": "numeric"})  # fmt: skip
    minimum = StringField(
        LABELS["minimum"], description="整数、小数的最小值", render_kw={"inputmode": "decimal"}
    )
    maximum = StringField(
        LABELS["maximum"], description="整数、小数的最大值", render_kw={"inputmode": "decimal"}
    )


class KindEditorMixin:
    """Changing a claim kind, or adding one."""

    @expose("/kind/", methods=("GET", "POST"))
    def new_kind_view(self) -> Any:
        """Begin the draft of a kind that does not exist yet."""
        if not self.can_create:
            abort(403)
        form, back = NewKindForm(), url_for("claim-kind.index_view")
        if form.validate_on_submit():
            answer = self.begun(lambda: rule_drafts.start_kind(
                db.session(), actor(), form.code.data, form.name.data, request_id=request_id()), form)  # fmt: skip
            if answer is not None:
                return answer
        return self.render("admin/model/create.html", form=form, return_url=back, create_label="新增类型")

    def kind_page(self, row: Any) -> Any:
        """Show or store a kind's own texts; its items stand below."""
        form = HeadForm(data={name: row.content.get(name) for name in HEAD})
        session, content = db.session(), row.content
        form.merged_into.choices = [
            STANDS_FOR_ITSELF,
            *(SelectChoice(*target) for target in kind_keeping.targets(session, content)),
        ]
        sent = request.method == "POST" and form.validate()
        if sent and self.keep(form, row, lambda: kind_editing.read_head(session, content, form.data)):
            return redirect(self.get_url(".edit_view", id=row.id), code=303)
        for field in (form.name, form.title_label, form.subjects, form.proof):
            field.flags.required = True
        dictionaries = dict(reading.dictionaries(db.session()))
        return self.render(
            "admin/rules/kind.html",
            form=form,
            draft=row,
            items=[_shown(item, dictionaries) for item in row.content["items"]],
            retired=[_shown(item, dictionaries) for item in kind_editing.retired(db.session(), row.content)],
            steps=kind_editing.STEPS,
            locked=kind_editing.code_lock(db.session(), row.content),
        )

    @expose("/item/", methods=("GET", "POST"))
    def item_view(self) -> Any:
        """Change an item of a draft, or add one."""
        row = self.draft(request.args.get("id"), DraftTarget.KIND)
        code = request.args.get("code") or None
        item = kind_editing.item_of(row.content, code) if code else {}
        if item is None:
            abort(404)
        form = ItemForm(data=item)
        form.dictionary.choices = [
            CHOOSE,
            *(SelectChoice(*line) for line in reading.dictionaries(db.session())),
        ]
        if request.method == "POST" and form.validate():
            session, content = db.session(), row.content
            if self.keep(form, row, lambda: kind_editing.read_item(session, content, code, form.data)):
                return redirect(self.get_url(".edit_view", id=row.id, _anchor="items"), code=303)
        form.label.flags.required = True
        fixed = code is not None and kind_editing.is_published(db.session(), row.content, code)
        if fixed:
            del form.type, form.dictionary
        else:
            form.type.flags.required = True
        return self.render("admin/rules/item.html", form=form, draft=row, item=item, fixed=fixed)

    @expose("/step/", methods=("POST",))
    def step_view(self) -> Any:
        """Move, retire or restore an item."""
        row = self.draft(request.form.get("id"), DraftTarget.KIND)
        way, code = request.form.get("way", ""), request.form.get("code", "")
        if way not in kind_editing.STEPS:
            abort(400)
        content = row.content
        self.keep(FlaskForm(), row, lambda: kind_editing.step(db.session(), content, code, way))
        return redirect(self.get_url(".edit_view", id=row.id, _anchor="items"), code=303)

    @expose("/preview/")
    def preview_view(self) -> Any:
        """Show the form of a draft as professionals will see it."""
        row = self.draft(request.args.get("id"), DraftTarget.KIND)
        session, version = db.session(), kind_editing.version_of(row.content)
        choices = claim_items.choices_of(session, version.items)
        form = claim_form.build(version, choices, reading.open_years(session, today(), None), None, None)
        return self.render(
            "admin/rules/preview.html",
            draft=row,
            kind={"label": version.kind.name, "help": version.help},
            sections=claim_form.sections(form, version),
            proof=form.attachments.description,
        )


def _shown(item: dict[str, Any], dictionaries: dict[str, str]) -> dict[str, Any]:
    told = [dictionaries[item["dictionary"]]] if item["dictionary"] in dictionaries else []
    told += [LABELS[name] for name in ("required", "evidence") if item[name]]
    return item | {"type": ItemType.of(item["type"]).label, "told": "，".join(told)}
