"""What a superior does for a login of his scope: see when it was used, reset the password, lift a lock, take the factor off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort, current_app, flash, g, make_response, redirect, request
from flask_admin.base import expose
from flask_admin.helpers import get_redirect_target
from flask_security import hash_password

from models.identifiers import mask_citizen_id
from permissions import engine as permissions
from permissions.verbs import Verb
from services import administrators, journal, lockout, passwords, second_factor
from services.errors import InputError
from views.extensions import actor, db, request_id
from views.values import shown_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models import Account
    from services.administrators import LoginFacts
    from services.listing import Page

FACTS = {"last_login": "最近登录", "locked_until": "锁定至", "second_factor": "两步验证"}
"""Columns that stand on no row of the account."""


@dataclass(frozen=True, slots=True)
class Help:
    """A button of the details page.

    Attributes:
        name: of the command.
        verb: what the permission table must grant.
        label: on the button.
        icon: Tabler icon.
        question: asked before.
        done: what is said afterwards.
    """

    name: str
    verb: Verb
    label: str
    icon: str
    question: str
    done: str = ""


RESET = Help(
    "reset_password", Verb.RESET, "重置密码", "key",
    "原密码和已有的登录立即失效，新的初始密码只显示一次。确定重置？",
)  # fmt: skip
UNLOCK = Help("unlock", Verb.UNLOCK, "解除锁定", "lock-open", "确定解除锁定？", "已解除锁定，可以立即登录")
FACTOR = Help(
    "reset_factor", Verb.RESET, "重置两步验证", "shield-check",
    "取消后只用密码即可登录，请先核实是本人要求。确定重置？", "已取消两步验证，请提醒本人登录后重新设置",
)  # fmt: skip
HELPS = {help_.name: help_ for help_ in (RESET, UNLOCK, FACTOR)}


def unkept(page: str) -> Any:
    """Return a page that no browser keeps."""
    answer = make_response(page)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def password_page(view: Any, account: Account, password: str, title: str, back: str) -> Any:
    """Show an initial password, once.

    Args:
        view: the grid whose page it is.
        account: whose.
        password: in the clear; it is nowhere else.
        title: what was done.
        back: where one goes on.
    """
    office = account.organization
    facts = [
        ("姓名", account.real_name),
        ("用户类型", account.user_type.label),
        *([("机构", office.name), ("机构代码", office.code)] if office else []),
        ("身份证号", mask_citizen_id(account.citizen_id)),
    ]
    until = shown_text(passwords.initial_until(db.session()))
    return unkept(
        view.render(
            "admin/account/initial_password.html",
            title=title,
            facts=facts,
            password=password,
            until=until,
            return_url=back,
        )
    )


class LoginHelpMixin:
    """The side of a grid of accounts that helps people who cannot log in."""

    def _load(self, *args: Any, **kwargs: Any) -> Page:
        """Load a page with the facts of its logins, in as many statements whatever its length."""
        page: Page = super()._load(*args, **kwargs)  # type: ignore[misc]
        self._facts([row.id for row in page.rows])
        return page

    @staticmethod
    def _facts(keys: Sequence[int]) -> dict[int, LoginFacts]:
        known: dict[int, LoginFacts] = g.setdefault("login_facts", {})
        missing = [key for key in keys if key not in known]
        if missing:
            known |= administrators.facts_of(db.session(), missing)
        return known

    def value_of(self, row: Any, path: str) -> Any:
        """Return the facts of a login for the columns that are none of its row."""
        if path in FACTS:
            return shown_text(getattr(self._facts([row.id])[row.id], path))
        return super().value_of(row, path)  # type: ignore[misc]

    def helps_for(self, row: Account) -> list[Help]:
        """Return what the actor may do for this login, and what there is to do; nobody helps himself."""
        if row.id == actor().account_id:
            return []
        facts = self._facts([row.id])[row.id]
        there_is = {UNLOCK.name: facts.locked_until is not None, FACTOR.name: facts.second_factor}
        return [
            help_
            for help_ in HELPS.values()
            if there_is.get(help_.name, True) and permissions.allows(db.session(), actor(), help_.verb, row)
        ]

    @expose("/help/", methods=("POST",))
    def help_view(self) -> Any:
        """Do one of the things above; what is refused is journaled too."""
        row = self.get_one(request.form.get("id"))  # type: ignore[attr-defined]
        help_ = HELPS.get(request.form.get("command", "")) or abort(404)
        key, session = row.id, db.session()
        back = get_redirect_target() or self.get_url(".index_view")  # type: ignore[attr-defined]
        page = self.get_url(".details_view", id=key, url=back)  # type: ignore[attr-defined]
        try:
            password = self._help(help_, row)
        except InputError as refused:
            session.rollback()
            journal.record(
                session, actor(), "account", key, "refused",
                reason=f"{help_.label}：{refused}", request_id=request_id(),
            )  # fmt: skip
            session.commit()
            flash(str(refused), "error")
            return redirect(page)
        session.commit()
        if password:
            return password_page(self, row, password, "密码已重置", page)
        flash(help_.done, "success")
        return redirect(page)

    @staticmethod
    def _help(help_: Help, row: Account) -> str:
        session = db.session()
        if help_ is RESET:
            return passwords.reset_password(
                session, actor(), row, fixed=current_app.settings.initial_password,
                hash_password=hash_password, request_id=request_id(),
            )  # fmt: skip
        do = lockout.unlock if help_ is UNLOCK else second_factor.reset
        do(session, actor(), row, request_id=request_id())
        return ""
