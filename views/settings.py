"""系统参数: what the system administrator sets for everybody, each with its bounds, its default and when it was changed."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from flask_wtf import FlaskForm
from sqlalchemy.exc import IntegrityError
from wtforms import Field, RadioField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from models import Setting
from permissions import engine as permissions
from permissions.verbs import Verb
from services import setting_editing
from services.errors import InputError
from services.settings import BY_KEY, Declared, Text, Whole, YesNo
from views import made_from
from views.base_data import history
from views.extensions import actor, db, request_id
from views.own_account import RolePage
from views.stock_form import show_errors
from views.values import shown_text

if TYPE_CHECKING:
    from services.setting_editing import Line


def form_of(line: Line) -> FlaskForm:
    """Return the form of one setting, with the control its type asks for and what holds now in it."""
    setting = line.setting
    form = type("SettingForm", (FlaskForm,), {"value": _field(setting, line.default_shown)})
    return form(value=line.text)


def _field(setting: Declared[Any], default: str) -> Field:
    kind, label = setting.kind, setting.label
    if isinstance(kind, Whole):
        # Not a number box: a browser drops what it cannot read there, and the user would not see what was refused.
        return StringField(
            f"{label}（{kind.unit}）",
            [InputRequired(f"请填写“{label}”")],
            description=f"{kind.lowest} 到 {kind.highest} 之间的整数，默认 {default}",
            render_kw={"inputmode": "numeric", "autocomplete": "off"},
        )
    if isinstance(kind, Text):
        return StringField(
            label,
            description=f"一行纯文字，最多 {kind.longest} 个字，默认 {default}",
            render_kw={"autocomplete": "off"},
        )
    options = ((True, kind.yes), (False, kind.no)) if isinstance(kind, YesNo) else kind.options
    # What is not offered is refused by the type itself, whose sentence names the choices.
    return RadioField(
        label,
        choices=[SelectChoice(kind.written(value), word) for value, word in options],
        description=f"默认 {default}",
        validate_choice=False,
    )


class SettingsView(RolePage):
    """The page of all settings, and the form of one."""

    @expose("/")
    def index_view(self) -> str:
        """Show every setting by group, and who changed what."""
        found = setting_editing.lines(db.session())
        return self.render(
            "admin/base_data/settings.html",
            groups=[(name, list(group)) for name, group in groupby(found, lambda line: line.setting.group)],
            when=shown_text,
            may_edit=permissions.may(actor(), Verb.EDIT, Setting),
            history=history(setting_editing.OBJECT),
        )

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        """Change one setting."""
        setting = self._asked(request.args.get("key"), Verb.EDIT)
        session = db.session()
        if request.method == "POST":
            setting_editing.hold(session, setting)
        [line] = [one for one in setting_editing.lines(session) if one.setting is setting]
        form = form_of(line)
        back = self.get_url(".index_view")
        overtaken = made_from.overtaken(
            form, setting_editing.OBJECT, None, about=lambda entry: entry.details.get("code") == setting.key
        )
        if form.validate_on_submit() and not overtaken:
            typed = form.value.data or ""
            try:
                changed = setting_editing.change(session, actor(), setting, typed, request_id=request_id())
                session.commit()
            except InputError as error:
                session.rollback()
                show_errors(form, error)
            except IntegrityError:  # somebody else changed it for the first time in this very moment
                session.rollback()
                flash("另一位管理员刚刚修改了这个参数，请核对后再试", "error")
            else:
                flash("已保存，半分钟内处处生效" if changed else "没有改动", "success" if changed else "info")
                return redirect(back, code=303)
        return self.render("admin/base_data/setting.html", form=form, line=line, return_url=back)

    @expose("/reset/", methods=("POST",))
    def reset_view(self) -> Any:
        """Let one setting have its default again."""
        setting = self._asked(request.form.get("key"), Verb.DELETE)
        session = db.session()
        try:
            changed = setting_editing.reset(session, actor(), setting, request_id=request_id())
            session.commit()
        except InputError as error:
            session.rollback()
            flash(str(error), "error")
        else:
            flash(
                f"“{setting.label}”已恢复默认" if changed else "已经是默认值",
                "success" if changed else "info",
            )
        return redirect(self.get_url(".index_view"), code=303)

    @staticmethod
    def _asked(key: str | None, verb: Verb) -> Declared[Any]:
        if not permissions.may(actor(), verb, Setting):
            abort(403)
        return BY_KEY.get(key or "") or abort(404)
