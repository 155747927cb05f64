"""权限透视: what each role may do, and why an account may or may not do something to a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request, url_for
from flask_admin import expose
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, ValidationError

from models import Account
from models.base import today
from models.enums import UserType
from permissions import engine as permissions
from permissions.scope_words import words_of
from permissions.verbs import Verb
from services import permission_view
from services.errors import InputError
from services.permission_words import step_sentence
from views import menu
from views.extensions import actor, db, request_id
from views.own_account import RolePage
from views.picking import CHOOSE
from views.stock_form import show_errors
from views.values import as_key

if TYPE_CHECKING:
    from models import Base

ENDPOINT = "permission-view"
EVERY = ""
NUMBER = "请填写记录的编号（正整数），编号见该记录详情页地址中的 id"


class QuestionForm(FlaskForm):
    """Whose rights, to which record."""

    account = SelectField("账户", coerce=as_key, validate_choice=False)  # the service says why not
    other = StringField(
        "其他账户的编号",
        description="列表中没有的账户填写编号：见其账户详情页地址中的 id，或请本人在“登录与安全”中查看",
    )
    kind = SelectField("对象", [InputRequired("请选择对象")])
    number = StringField("编号", [InputRequired(NUMBER)], description="记录的编号，见该记录详情页地址中的 id")
    verb = SelectField("操作", choices=[(EVERY, "全部操作"), *((verb.value, verb.label) for verb in Verb)])

    def validate_other(self, field: StringField) -> None:
        """Refuse what can be no number of an account."""
        if (field.data or "").strip() and as_key(field.data.strip()) is None:
            raise ValidationError("账户编号应是正整数；查询列表中的账户不必填写")

    @property
    def asked(self) -> int:
        """The account asked about."""
        return as_key((self.other.data or "").strip()) or self.account.data or 0

    def validate_number(self, field: StringField) -> None:
        """Refuse what can be no number of a record."""
        if as_key((field.data or "").strip()) is None:
            raise ValidationError(NUMBER)


class PermissionView(RolePage):
    """权限透视."""

    def is_accessible(self) -> bool:
        """Tell whether the menu leads here and the table lets the actor explain any account."""
        return super().is_accessible() and permissions.may(actor(), Verb.EXPLAIN, Account)

    @expose("/", methods=("GET", "POST"))
    def index_view(self) -> str:
        """Ask, and show the answer. About one's own login it is given at once; about another's it is journaled."""
        form, looked = self._form(), None
        if form.validate_on_submit():
            verb = Verb(form.verb.data) if form.verb.data else None
            looked = self._looked(form, form.asked, verb)
        elif (
            request.method == "GET"
            and form.kind.data in permission_view.kinds_for(actor())
            and as_key(form.number.data)
            and not form.other.data
        ):
            looked = self._looked(form, actor().account_id or 0, None)
        return self.render(
            "admin/permission/question.html",
            form=form,
            looked=looked,
            tabs=self._tabs("index_view"),
            words_of=words_of,
            step_sentence=step_sentence,
        )

    @expose("/table/")
    def table_view(self) -> str:
        """Show what a role may do."""
        roles = {kind.value: kind for kind in UserType}
        role = roles.get(request.args.get("role", ""), actor().user_type)
        kinds = permission_view.kinds()
        chosen = request.args.get("kind", "")
        return self.render(
            "admin/permission/table.html",
            roles=[(kind.value, kind.label) for kind in UserType],
            role=role,
            kinds=[(name, model.__label__) for name, model in kinds.items()],
            chosen=chosen if chosen in kinds else "",
            groups=permission_view.table_of(role, kinds.get(chosen)),
            tabs=self._tabs("table_view"),
            words_of=words_of,
        )

    def _tabs(self, shown: str) -> list[tuple[str, str, bool]]:
        pages = (("index_view", "为什么可以，为什么不可以"), ("table_view", "各类用户的权限"))
        return [(label, url_for(f".{view}"), view == shown) for view, label in pages]

    def _form(self) -> QuestionForm:
        form = QuestionForm(request.form if request.method == "POST" else request.args)
        form.account.choices = [
            (row.id, _named(row)) for row in permission_view.subjects(db.session(), actor())
        ]
        form.kind.choices = [
            CHOOSE,
            *((name, model.__label__) for name, model in permission_view.kinds_for(actor()).items()),
        ]
        return form

    def _looked(
        self, form: QuestionForm, account_id: int, verb: Verb | None
    ) -> permission_view.Looked | None:
        model, key = permission_view.kinds()[form.kind.data], as_key((form.number.data or "").strip()) or 0
        try:
            looked = permission_view.look(
                db.session(), actor(), account_id, model, key, verb,
                today=today(), request_id=request_id(),
            )  # fmt: skip
        except InputError as error:
            db.session.rollback()
            show_errors(form, error)
            return None
        db.session.commit()
        return looked


def why_url(model: type[Base], key: int) -> str | None:
    """Return where the actor learns why he cannot go on with a record; ``None`` where nothing moves such records.

    Args:
        model: the record's table.
        key: its number.
    """
    if not (menu.offered(ENDPOINT) and permission_view.has_steps(model)):
        return None
    return url_for(f"{ENDPOINT}.index_view", kind=model.__tablename__, number=key)


def account_url(account: Account) -> str:
    """Return where one asks what another account may do and why; empty where the actor may not ask."""
    may = menu.offered(ENDPOINT) and permissions.allows(db.session(), actor(), Verb.EXPLAIN, account)
    return url_for(f"{ENDPOINT}.index_view", other=account.id) if may else ""


def _named(account: Account) -> str:
    own = "（本人）" if account.id == actor().account_id else ""
    state = "" if account.status.value == "active" else f"（{account.status.label}）"
    office = account.organization.name if account.organization else account.user_type.label
    return f"{account.real_name}{own}{state} · {office}"
