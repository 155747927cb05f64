"""规则修改草稿: what the system administrator changes of kinds, hour rules and requirements, until it is published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from flask_admin.base import expose
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from models import Rehearsal, RuleDraft
from models.enums import DraftTarget
from permissions import engine as permissions
from permissions.verbs import Verb
from services import kind_editing, reading, rehearsals, requirement_editing, rule_drafts
from services.errors import InputError
from views import filters
from views.base import GridView
from views.extensions import actor, db, request_id
from views.kind_editor import KindEditorMixin
from views.rule_editor import RuleEditorMixin
from views.stock_form import show_errors
from views.values import as_key

if TYPE_CHECKING:
    from services.publishing import Published


class RuleDraftView(KindEditorMixin, RuleEditorMixin, GridView):
    """Drafts and what was published from them."""

    editable = True
    create_label = "新增学时规则"
    columns = ("title", "target", "account.real_name", "updated_at", "published_at", "published_version")
    labels = {"account.real_name": "起草人", "published_by.real_name": "发布人"}
    details = (*columns[:4], "created_at", "published_at", "published_by.real_name", "published_version")
    sortable = ("updated_at", "published_at")
    order = (RuleDraft.id.desc(),)
    options = (joinedload(RuleDraft.account), joinedload(RuleDraft.published_by))
    filters = (
        filters.of_enum("target", "修改内容", RuleDraft.target, DraftTarget),
        filters.GridFilter(
            "published",
            "是否发布",
            lambda: [("0", "未发布"), ("1", "已发布")],
            lambda value: (
                RuleDraft.published_at.is_not(None) if value == "1" else RuleDraft.published_at.is_(None)
            ),
        ),
    )
    nothing_yet = "还没有草稿。请在“继续教育类型”“学时规则”或“学时要求”中打开一条，点“修改”。"
    details_template = "admin/rules/draft.html"

    # ------------------------------------------------------------ beginning
    @expose("/start/", methods=("POST",))
    def start_view(self) -> Any:
        """Begin to change something, or go on where that was begun."""
        target, key = request.form.get("target", ""), request.form.get("key", "")
        if not self.can_create:
            abort(403)
        if target not in set(DraftTarget):
            abort(400)
        return self.begun(lambda: rule_drafts.start(
            db.session(), actor(), DraftTarget.of(target), key, request_id=request_id()))  # fmt: skip

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """Choose the kind a new hour rule is for."""
        if not self.can_create:
            abort(403)
        if request.method == "POST":
            kind = request.form.get("kind", "")
            return self.begun(lambda: rule_drafts.start_rule(
                db.session(), actor(), kind, request_id=request_id()))  # fmt: skip
        return self.render(
            "admin/rules/new_rule.html",
            kinds=[(kind.code, reading.kind_label(kind)) for kind in reading.kinds(db.session())],
            return_url=self.get_url(".index_view"),
        )

    def begun(self, begin: Any, form: Any = None) -> Any:
        """Begin a draft and go there; ``None`` where the form shall be shown again with what is wrong in it."""
        session = db.session()
        try:
            key = begin().id
            session.commit()
        except IntegrityError:  # somebody else began the same in this very moment
            session.rollback()
            flash("另一位管理员刚刚起草了同一内容，请从列表中打开", "warning")
            return redirect(self.get_url(".index_view"))
        except InputError as error:
            session.rollback()
            if form is not None:
                show_errors(form, error)
                return None
            flash(str(error), "error")
            return redirect(self.get_url(".index_view"))
        return redirect(self.get_url(".edit_view", id=key), code=303)

    # ------------------------------------------------------------ looking
    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return what a draft changes and what stands in the way of publishing it."""
        session, still_open = db.session(), row.published_at is None
        told = {
            "kind": row.target is DraftTarget.KIND,
            "rule": row.target is DraftTarget.RULE,
            "rehearsable": row.target in rehearsals.REHEARSED
            and permissions.may(actor(), Verb.CREATE, Rehearsal),
            "changes": rule_drafts.changes(session, row) if still_open else [],
            "says": [] if still_open else rule_drafts.EDITORS[row.target].described(session, row.content),
            "problems": rule_drafts.problems(session, row) if still_open else [],
            "still_open": still_open,
            "certificates": 0,
            "draft": row,
        }
        if row.target is DraftTarget.REQUIREMENT and still_open:
            told["certificates"] = requirement_editing.certificates(session, row.content["year"])
        return told

    # ------------------------------------------------------------ changing
    def draft(self, key: object, *targets: DraftTarget) -> RuleDraft:
        """Return an open draft of these sorts, locked for whoever sends a form."""
        row: RuleDraft = self.get_one(key)
        if targets and row.target not in targets:
            abort(404)
        if request.method == "POST":
            self.lock(row)
        self.must(Verb.EDIT, row)
        return row

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        """Change a draft by the form of its sort."""
        if not self.can_edit:
            abort(403)
        row = self.draft(request.args.get("id"))
        if row.target is DraftTarget.KIND:
            return self.kind_page(row)
        return self.rule_page(row) if row.target is DraftTarget.RULE else self.requirement_page(row)

    def keep(self, form: Any, row: RuleDraft, read: Any) -> bool:
        """Store what a form makes of a draft; where it cannot be, say so at its fields."""
        session, key = db.session(), row.id
        try:
            changed = rule_drafts.save(
                session, actor(), row, read(), as_key(request.form.get("revision")), request_id=request_id()
            )
            session.commit()
        except InputError as error:
            session.rollback()
            self.get_one(key)
            show_errors(form, error)
            return False
        flash("草稿已保存" if changed else "没有改动", "success" if changed else "info")
        return True

    # ------------------------------------------------------------ ending
    @expose("/publish/", methods=("POST",))
    def publish_view(self) -> Any:
        """Publish a draft."""
        if not self.can_edit:
            abort(403)
        row = self.get_one(request.form.get("id"))
        self.lock(row)
        session, key = db.session(), row.id
        if row.published_at is not None:  # sent twice, or by two at once
            flash(f"这份草稿已经发布为第 {row.published_version} 版，不必再发布", "info")
            return redirect(self.get_url(".details_view", id=key), code=303)
        self.must(Verb.EDIT, row)
        try:
            published = rule_drafts.publish(
                session, actor(), row, as_key(request.form.get("revision")), request_id=request_id()
            )
            session.commit()
        except InputError as error:
            session.rollback()
            flash(f"没有发布：{error}", "error")
        else:
            flash(f"已发布为第 {published.version} 版，{_meaning(row, published)}", "success")
            row = self.get_one(key)
            if row.target is DraftTarget.KIND and not kind_editing.rules_to_come(session, row.target_key):
                flash(
                    "这一类型还没有学时规则，申报暂计 0 学时：请在“规则修改草稿”中点“新增学时规则”", "warning"
                )
        return redirect(self.get_url(".details_view", id=key), code=303)

    def delete_model(self, model: Any) -> bool:
        """Give a draft up; the journal keeps what it said."""
        rule_drafts.discard(db.session(), actor(), model, request_id=request_id())
        db.session.commit()
        flash("已放弃草稿，已发布的内容不变", "success")
        return True


def _meaning(row: RuleDraft, published: Published) -> str:
    """Return what a publication means for what is there already."""
    if row.target is DraftTarget.KIND:
        return "新的填报按新的项目填写；以前的申报不变"
    if row.target is DraftTarget.RULE:
        return "起始年度起的新填报按此核算学时；以前的申报不变"
    year = f"{row.content['year']} 年度的完成情况已按此重新判断"
    changed = (("由未完成变为已完成", published.won), ("由已完成变为未完成", published.lost))
    told = [f"{people:,} 人{words}" for words, people in changed if people]
    return f"{year}：{'，'.join(told) or '没有人因此改变'}；学时和已出具的证书不变"


def start_button(target: DraftTarget, key: str) -> dict[str, Any] | None:
    """Return what the details page of base data needs to begin a change; ``None`` for who may not."""
    if not permissions.may(actor(), Verb.CREATE, RuleDraft):
        return None
    return {"url": url_for("rule-draft.start_view"), "target": target.value, "key": key}
