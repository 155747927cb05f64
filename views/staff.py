"""What an employer does about its people: changing data, opening logins, seeing a full identifier with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, current_app, flash, redirect, request, url_for
from flask_admin.base import expose
from flask_admin.helpers import get_redirect_target
from flask_security import hash_password
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField

from models import Account
from models.enums import AccountStatus
from models.identifiers import mask_citizen_id
from permissions import engine as permissions
from permissions.verbs import Verb
from services import passwords, picking, staff, staff_logins
from services.errors import InputError
from views import menu
from views.extensions import actor, db, request_id
from views.grid_list import Action
from views.history import OTHER
from views.login_help import unkept
from views.picking import offer
from views.values import as_key, shown_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.staff_logins import Opened
    from views.selection import Selection

OPEN_LOGIN = Action("open_login", "开通账户")


def _code(label: str) -> SelectField:
    return SelectField(label, coerce=lambda value: value or None, choices=[], validate_choice=False)


DATA_FIELDS = {
    **{name: _code(label) for name, (label, _dictionary) in staff.CODES.items()},
    **{name: StringField(label) for name, label in staff.LINES.items()},
}
"""Fields of what both an employer and the professional himself may change."""


class StaffMixin:
    """The employer's side of the grid of people."""

    editable = True
    can_create = False  # people register themselves, or come with an import
    can_delete = False  # hours stay with the person
    form_columns = ("department_id", "mobile", "email", *staff.CODES, *staff.LINES)
    form_extra_fields = {
        "department_id": SelectField("所属部门", coerce=as_key, choices=[], validate_choice=False),
        "mobile": StringField("手机"),
        "email": StringField("电子邮箱"),
        **DATA_FIELDS,
    }
    edit_template = "admin/person/edit.html"

    # ------------------------------------------------------------ changing data
    def edit_form(self, obj: Any = None) -> Any:
        """Return the form with the employer's departments and the dictionaries to choose from."""
        form, session = super().edit_form(obj), db.session()  # type: ignore[misc]
        offer(form.department_id, picking.departments(session, obj.employer_id))
        for name, (_label, dictionary) in staff.CODES.items():
            offer(form[name], picking.dictionary(session, dictionary, getattr(obj, name)))
        return form

    def before_save(self, row: Any, *, created: bool) -> None:  # noqa: ARG002  (nothing is created here)
        """Bring what was typed into its stored form."""
        staff.clean(db.session(), row)

    # ------------------------------------------------------------ logins
    def list_actions(self) -> list[Action]:
        """Offer the workflow's actions, and opening logins."""
        actions = super().list_actions()  # type: ignore[misc]
        return [*actions, OPEN_LOGIN] if self._may_open() else actions

    @staticmethod
    def _may_open() -> bool:
        return permissions.may(actor(), Verb.CREATE, Account)

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Any:
        """Show whom of the chosen people a login would be opened for, and open them once it is confirmed; or take a step of the workflow."""
        if request.form.get("action") != OPEN_LOGIN.name:
            return super().action_view()  # type: ignore[misc]
        if not self._may_open():
            abort(403)
        back = get_redirect_target() or self.get_url(".index_view")  # type: ignore[attr-defined]
        chosen = self.selection()  # type: ignore[attr-defined]
        try:
            if request.form.get("confirmed") and not chosen.changed:
                return self._open_logins(chosen.keys, back)
            return self._preview_logins(chosen, back)
        except InputError as error:
            db.session.rollback()
            flash(str(error), "warning")
            return redirect(back)

    def _preview_logins(self, chosen: Selection, back: str) -> Any:
        judged = staff_logins.foretell(db.session(), actor(), chosen.keys)
        passing = [one for one in judged if not one.refusal]
        refused = [one for one in judged if one.refusal]
        return self.render(  # type: ignore[attr-defined]
            "admin/preview.html",
            title="开通账户：请核对后确认",
            transition=OPEN_LOGIN,
            changed=chosen.changed,
            outcome_groups=[
                *([self._group("可以开通账户", "success", passing)] if passing else []),
                *([self._group("不能开通账户", "warning", refused)] if refused else []),
            ],
            hidden_fields=[("action", OPEN_LOGIN.name), ("url", back), *chosen.hidden_fields],
            form=FlaskForm(),
            confirm_count=len(passing),
            in_background=False,
            confirm_url=self.get_url(".action_view"),  # type: ignore[attr-defined]
            cancel_url=back,
        )

    def _group(self, label: str, tone: str, people: Sequence[Opened]) -> dict[str, Any]:
        """Return all of them with their reasons: they are few, and their passwords will be shown only once."""
        examples = [
            {
                "label": f"{one.person.name}：{one.refusal}" if one.refusal else one.person.name,
                "url": self.get_url(".details_view", id=one.person.id),  # type: ignore[attr-defined]
                "file": None,
            }
            for one in people
        ]
        return {"label": label, "tone": tone, "count": len(people), "examples": examples}

    def _open_logins(self, keys: Sequence[int], back: str) -> Any:
        session = db.session()
        session.commit()  # hashing takes seconds, and nobody has to wait for it
        openings = staff_logins.prepare(
            keys, fixed=current_app.settings.initial_password, hash_password=hash_password
        )
        opened = staff_logins.open_logins(session, actor(), openings, request_id=request_id())
        session.commit()
        page = self.render(  # type: ignore[attr-defined]
            "admin/person/logins.html",
            opened=[(one, mask_citizen_id(one.person.citizen_id)) for one in opened if one.password],
            refused=[one for one in opened if one.refusal],
            until=shown_text(passwords.initial_until(session)),
            return_url=back,
        )
        return unkept(page)

    # ------------------------------------------------------------ full identifiers
    def identifier_of(
        self, row: Any, *, shown: str = "", reason: str = "", error: str = ""
    ) -> dict[str, Any]:
        """Return what the details page needs to show a full citizen id."""
        return {
            "may_unmask": permissions.allows(db.session(), actor(), Verb.UNMASK, row),
            "citizen_id": shown,
            "unmask_reason": reason,
            "unmask_error": error,
            "most_reason": staff.REASON_LENGTH,
        }

    @expose("/unmask/", methods=("POST",))
    def unmask_view(self) -> Any:
        """Show the full citizen id once, to who says why; the person can see that."""
        row = self.get_one(request.form.get("id"))  # type: ignore[attr-defined]
        self.must(Verb.UNMASK, row)  # type: ignore[attr-defined]
        session, typed = db.session(), request.form.get("reason", "")
        try:
            full = staff.unmask(session, actor(), row, typed, request_id=request_id())
        except InputError as error:
            session.rollback()
            told = self.identifier_of(row, reason=typed, error=error.errors["reason"])
        else:
            session.commit()
            told = self.identifier_of(row, shown=full)
        return unkept(self.details_page(row, **told))  # type: ignore[attr-defined]


def login_shown(account: Account | None) -> dict[str, Any]:
    """Return what the details page shows of a login."""
    if account is None:
        return {"status": None, "note": "还没有账户，不能登录", "url": ""}
    note = ""
    if account.status is AccountStatus.ACTIVE and account.initial_password_until:
        note = f"初始密码，{shown_text(account.initial_password_until)} 前有效"
    manageable = menu.offered("account") and permissions.allows(db.session(), actor(), Verb.RESET, account)
    grid = "account" if manageable else "account-review"
    reachable = manageable or (menu.offered(grid) and account.approver_id == actor().organization_id)
    url = url_for(f"{grid}.details_view", id=account.id) if reachable else ""
    return {"status": account.status, "note": note, "url": url}


def seen_by(person_id: int) -> list[dict[str, Any]]:
    """Return who saw the full citizen id of a professional, in the words of a time line."""
    return [
        {
            "when": shown_text(entry.moment),
            "actor": office or "—",
            "label": OTHER[entry.action],
            "colour": "orange",
            "note": entry.reason,
        }
        for entry, office in staff.lookups(db.session(), person_id)
    ]
