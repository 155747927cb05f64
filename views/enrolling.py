"""Adding students by hand: looked up by citizen id or full name, gathered on the page, enrolled together.

What was found comes back with the form as signed tokens, so that nobody can be added, or be seen, whose id or name the
institution does not know. The page needs no script.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, current_app, flash, redirect, request
from flask_admin.base import expose
from flask_limiter import RateLimitExceeded
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, URLSafeTimedSerializer
from wtforms import StringField

from models import TrainingClass
from models.enums import ENROLLING
from models.identifiers import IdentifierError, clean_mobile
from permissions.verbs import Verb
from services import enrolling, roster
from services.enrolling import Entry
from services.errors import InputError
from views.class_pages import CLASS
from views.extensions import actor, db, limiter, request_id
from views.roster_import import invitation
from views.stock_form import show_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.roster import Candidate

OPEN = (TrainingClass.status.in_(ENROLLING),)
NO_CLASS = "没有正在招生的培训班：培训班发布后、结业前才能登记学员。请先在“培训班管理”中发布培训班。"
LIFETIME = 12 * 3600  # seconds: a working day
TOO_OFTEN = "查找得太频繁，请过一分钟再试；人多时请用“导入学员”"


class FindForm(FlaskForm):
    """Whom to look for."""

    citizen_id = StringField(
        "身份证号", description="完整的 18 位号码", render_kw={"autocomplete": "off", "maxlength": 30}
    )
    name = StringField(
        "姓名", description="完整的姓名，与身份证一致", render_kw={"autocomplete": "off", "maxlength": 50}
    )
    employer = StringField(
        "单位", description="同名时用来区分，可只填一部分", render_kw={"autocomplete": "off", "maxlength": 50}
    )


class EnrolMixin:
    """The page on which students are added."""

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """Look people up and enrol them; the class is asked for first."""
        if not self.can_create:  # type: ignore[attr-defined]
            abort(403)
        klass = self.class_named()  # type: ignore[attr-defined]
        if klass is None:
            return self.choose_class(self.create_label, OPEN, NO_CLASS)  # type: ignore[attr-defined]
        command = request.form.get("command", "find")
        form, found = FindForm(), []
        chosen = _chosen(klass) if request.method == "POST" else []
        errors: dict[str, str] = {}
        if request.method == "POST" and form.validate():
            if command == "find":
                found, chosen = self._find(form, klass, chosen)
            elif command == "enrol":
                errors = self._enrol(klass, chosen)
                if not errors:
                    flash(f"已登记，共 {len(chosen)} 人", "success")
                    return redirect(self.get_url(".index_view", **{CLASS: klass.id}), code=303)  # type: ignore[attr-defined]
            elif command.startswith("remove:"):
                chosen = [key for key in chosen if str(key) != command.removeprefix("remove:")]
        if errors.get(""):
            flash(errors[""], "error")
        return self._page(klass, form, found, chosen, errors)

    def _find(
        self, form: FindForm, klass: TrainingClass, chosen: list[int]
    ) -> tuple[list[Candidate], list[int]]:
        """Return what was found and who is gathered now: somebody found by his citizen id is added at once."""
        typed = {name: form[name].data or "" for name in ("citizen_id", "name", "employer")}
        if not any(typed.values()) and len(chosen) > len(request.form.getlist("chosen")):
            return [], chosen  # ticked boxes only
        try:
            with limiter.limit("60/minute", key_func=lambda: f"roster-{actor().account_id}"):
                found = roster.find(db.session(), klass.id, **typed)
        except RateLimitExceeded:
            form.name.errors = [TOO_OFTEN]
        except InputError as error:
            show_errors(form, error)
        else:
            if len(found) == 1 and typed["citizen_id"] and not found[0].refusal:
                chosen = [*chosen, *(one.key for one in found if one.key not in chosen)]
                found = []
                form.citizen_id.data = ""
            return found, chosen
        return [], chosen

    def _enrol(self, klass: TrainingClass, chosen: Sequence[int]) -> dict[str, str]:
        """Enrol who is gathered; return what is wrong, by key of the person."""
        session, errors, entries = db.session(), {}, []
        for key in chosen:
            text = request.form.get(f"phone-{key}", "").strip()
            try:
                entries.append(Entry(key, clean_mobile(text) if text else ""))
            except IdentifierError as error:
                errors[str(key)] = error.sentence
        if errors:
            return errors
        try:
            added = enrolling.enrol(session, actor(), klass.id, entries, request_id=request_id())
        except InputError as error:
            session.rollback()
            return error.errors
        if added:
            self.must(Verb.CREATE, self.get_one(added[0]))  # type: ignore[attr-defined]
        session.commit()
        return {}

    def _page(
        self,
        klass: TrainingClass,
        form: FindForm,
        found: Sequence[Candidate],
        chosen: Sequence[int],
        errors: dict[str, str],
    ) -> str:
        session = db.session()
        klass = self.class_of(klass.id)  # type: ignore[attr-defined]
        strangers = any(roster.UNKNOWN in field.errors for field in form)
        return self.render(  # type: ignore[attr-defined]
            "admin/enrollment/add.html",
            form=form,
            about=self.about_class(klass, enrolling.room(session, klass)),  # type: ignore[attr-defined]
            closed=enrolling.why_closed(klass),
            found=[(one, _sign(klass, one.key)) for one in found if one.key not in chosen],
            chosen=[
                (
                    one,
                    _sign(klass, one.key),
                    request.form.get(f"phone-{one.key}", ""),
                    errors.get(str(one.key), ""),
                )
                for one in roster.candidates(session, klass.id, chosen)
            ],
            invitation=invitation(klass) if strangers else "",
            import_url=self.get_url(".import_view", **{CLASS: klass.id}),  # type: ignore[attr-defined]
            return_url=self.get_url(".index_view", **{CLASS: klass.id}),  # type: ignore[attr-defined]
        )


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="candidate")


def _sign(klass: TrainingClass, key: int) -> str:
    return str(_serializer().dumps([actor().account_id, klass.id, key]))


def _chosen(klass: TrainingClass) -> list[int]:
    """Return the people gathered so far and those ticked now; a forged token is 400."""
    people = []
    for token in [*request.form.getlist("chosen"), *request.form.getlist("add")][
        : enrolling.MOST + roster.FOUND
    ]:
        try:
            account, class_id, key = _serializer().loads(token, max_age=LIFETIME)
        except BadSignature:
            abort(400)
        if (account, class_id) != (actor().account_id, klass.id):
            abort(400)
        people.append(key)
    return list(dict.fromkeys(people))
