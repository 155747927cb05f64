"""Flask-Security on our accounts: a thin login object around a row, so that the models know nothing of Flask."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask_security import Security, UserMixin
from flask_security.datastore import UserDatastore
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from models import Account
from models.enums import AccountStatus, OrganizationStatus, UserType
from permissions.wall import unscoped
from services.registration import find_account
from views.extensions import db
from views.login_form import PENDING, WRONG, login_form_class

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session


OPEN_OFFICES = (OrganizationStatus.ACTIVE, OrganizationStatus.PENDING)


class Login(UserMixin):
    """What Flask-Security needs to know of an account.

    Attributes:
        id: the account's key.
        fs_uniquifier: names the account in the session; changing it ends all sessions.
        password: the argon2 hash.
        status: pending accounts are told so, after a right password only.
        closed: the organisation administered is disabled.
    """

    fs_uniquifier = ""
    roles: tuple[Any, ...] = ()

    def __init__(self, account: Account) -> None:
        self.id = account.id
        self.fs_uniquifier = account.fs_uniquifier
        self.password: str | None = account.password
        self.status = account.status
        office = account.organization
        self.closed = office is not None and office.status not in OPEN_OFFICES

    @property
    def active(self) -> bool:
        """Whether the account exists for the library; which states may enter is :meth:`is_locked`'s word."""
        return self.status in (AccountStatus.ACTIVE, AccountStatus.PENDING) and not self.closed

    def is_locked(self, form_error: list[str] | None = None) -> bool:
        """Refuse a pending account; the library asks only after the password was right."""
        if self.status is AccountStatus.PENDING:
            if form_error is not None:
                form_error.append(PENDING)
            return True
        return False


class Accounts(UserDatastore):
    """Finds and keeps logins in the accounts table."""

    def __init__(self) -> None:
        super().__init__(Login, None)

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> Login | None:  # noqa: ARG002, FBT001, FBT002
        """Return the login with this session name; the library's other questions have no answer here."""
        name = kwargs.get("fs_uniquifier")
        if not name:
            return None
        session = db.session()
        with unscoped(session, "who is logged in decides the scope"):
            account = session.scalars(
                select(Account).where(Account.fs_uniquifier == name).options(joinedload(Account.organization))
            ).first()
            return Login(account) if account else None

    def find_login(
        self, session: Session, user_type: UserType | None, organization_code: str, citizen_id: str
    ) -> Login | None:
        """Return the login of (user type, organisation, citizen id), or ``None``."""
        if user_type is None:
            return None
        with unscoped(session, "a visitor logs in"):
            account = find_account(session, user_type, organization_code, citizen_id)
            return Login(account) if account else None

    def put(self, model: Any) -> Any:
        """Keep a password hash the library brought up to date."""
        session = db.session()
        with unscoped(session, "the library renews password hashes"):
            session.execute(update(Account).where(Account.id == model.id).values(password=model.password))
        return model

    def commit(self) -> None:
        """Commit what the library changed."""
        db.session.commit()


def init_security(app: Flask) -> Security:
    """Wire login and logout."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106  (the name of the scheme)
        SECURITY_PASSWORD_SINGLE_HASH=True,  # argon2 salts by itself; a changed SECRET_KEY must not end passwords
        SECURITY_PASSWORD_SALT="unused",  # noqa: S106  (asked for by the library, see the line above)
        SECURITY_FRESHNESS=timedelta(-1),  # no page of the library asks for the password again
        SECURITY_PASSWORD_LENGTH_MIN=1,  # strength is checked where a password is chosen
        SECURITY_USER_IDENTITY_ATTRIBUTES=[{"id": {"mapper": lambda identity: identity}}],
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_LOGIN_USER_TEMPLATE="portal/login.html",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGIN_VIEW="/admin/",
        SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_TRACKABLE=False,
        SECURITY_AUTO_LOGIN_AFTER_REGISTER=False,
        SECURITY_I18N_DIRNAME=["builtin"],
        SECURITY_MSG_INVALID_PASSWORD=(WRONG, "error"),
        SECURITY_MSG_USER_DOES_NOT_EXIST=(WRONG, "error"),
        SECURITY_MSG_DISABLED_ACCOUNT=(WRONG, "error"),
        SECURITY_MSG_PASSWORD_NOT_PROVIDED=("请填写“密码”", "error"),
        SECURITY_MSG_PASSWORD_NOT_SET=(WRONG, "error"),
    )
    security = Security(app, Accounts(), login_form=login_form_class_of(app))

    @security.login_context_processor
    def _login_page() -> dict[str, Any]:
        return {}

    return security


def login_form_class_of(app: Flask) -> Any:
    """Return the login form the application's captcha setting asks for."""
    with app.app_context():
        return login_form_class()
