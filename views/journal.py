"""操作日志: what was done in one's scope, by whom, why, and whether it is still as it was sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, redirect, request, url_for
from flask_admin.base import expose
from sqlalchemy import false

from models import (
    Announcement,
    CalendarDay,
    CertificateRun,
    CertificateTemplate,
    CreditYear,
    Delegation,
    DictionaryItem,
    JournalEntry,
    Person,
    Region,
    Rehearsal,
    RuleDraft,
    Setting,
)
from models.enums import UserType
from models.journal import LOGIN
from permissions import engine as permissions
from permissions.verbs import Verb
from services import (
    access_review,
    audit,
    chain_checks,
    delegations,
    journal_details,
    journal_reading,
    listing,
    reading,
)
from services.errors import InputError
from services.remembered import remembered
from views import filters, menu
from views.base import GridView
from views.exporting import ExportMixin
from views.extensions import actor, db, request_id
from views.history import OTHER, labels_of
from views.values import shown_text
from workflow.tables import WORKFLOWS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement

    from services.journal_reading import Told

OBJECTS = {name: workflow.model.__label__ for name, workflow in WORKFLOWS.items()} | {
    "certificate": "合格证书",
    "certificate_run": CertificateRun.__label__,
    delegations.OBJECT: Delegation.__label__,
    "department": "部门",
    "organization": "机构",
    "batch": "批量办理",
    "export": "列表",
    "import_run": "导入记录",
    "rule_draft": RuleDraft.__label__,
    "rehearsal": Rehearsal.__label__,
    "certificate_template": CertificateTemplate.__label__,
    **{
        model.__tablename__: model.__label__
        for model in (Announcement, CalendarDay, CreditYear, DictionaryItem, Region, Setting)
    },
    LOGIN: "登录",
    chain_checks.OBJECT: JournalEntry.__label__,
    access_review.OBJECT: "权限审查",
}
ORGANIZATIONS = frozenset(UserType) - {UserType.PERSON}
KEEPERS = ORGANIZATIONS - {UserType.SYSTEM}
"""Who sees professionals, and can ask for what is about one."""
HIDDEN = "（不在您的查看范围内）"


def actions() -> list[tuple[str, str]]:
    """Return (action, label) of everything the journal may say was done; one action is called differently here and there."""
    called = [OTHER, *(labels_of(name) for name in OBJECTS)]
    labels = {action: list(dict.fromkeys(labels[action] for labels in called)) for action in OTHER}
    for workflow in WORKFLOWS.values():
        for step in workflow.transitions:
            known = labels.setdefault(step.name, [])
            known += [] if step.label in known else [step.label]
    return [(name, " / ".join(found)) for name, found in labels.items()]


def action_label(row: JournalEntry) -> str:
    """Return what a row's action is called where it happened."""
    workflow = WORKFLOWS.get(row.object_type)
    labels = labels_of(row.object_type) | (
        {step.name: step.label for step in workflow.transitions} if workflow else {}
    )
    return labels.get(row.action, row.action)


class ToldMixin:
    """What grids of journal rows know around their rows."""

    def prepare(self, rows: Sequence[JournalEntry]) -> None:
        """Look up names, titles and seals, in a fixed number of statements."""
        self.told.add(journal_reading.told_of(db.session(), actor(), rows))

    @property
    def told(self) -> Told:
        """What is known around the rows of this request."""
        found: Told = g.setdefault("journal_told", journal_reading.Told())
        return found

    def loading(self, paths: Sequence[str]) -> list[Any]:
        """Return loader options; the content of a row is behind several columns."""
        options: list[Any] = super().loading((*paths, "details", "reason"))  # type: ignore[misc]
        return options

    def who_acted(self, row: JournalEntry) -> str:
        """Return the name of who acted, as far as the actor is told it."""
        if row.actor_id is None:
            return "—"
        who = "本人" if row.actor_id == actor().account_id else self._called(row.actor_id)
        return f"{who}（代 {self._called(row.in_place_of_id)} 办理）" if row.in_place_of_id else who

    def _called(self, account_id: int) -> str:
        return self.told.names.get(account_id) or f"账户 {account_id} 号"

    def office_of(self, row: JournalEntry) -> str | None:
        """Return the organisation that acted."""
        return self.told.offices.get(row.actor_organization_id or 0)

    def reason_of(self, row: JournalEntry) -> str | None:
        """Return the reason, where the actor may read it."""
        return row.reason if row.id in self.told.readable else (HIDDEN if row.reason else None)


class JournalView(ToldMixin, ExportMixin, GridView):
    """操作日志; to a professional 我的操作记录."""

    columns = ("moment", "who", "office", "action", "object", "reason")
    more_columns = ("about", "from_status", "to_status", "changes", "seal", "request_id", "batch_id")
    details = ("moment", "who", "office", "action", "object", "about", "from_status", "to_status", "reason", "request_id",
               "batch_id", "seal")  # fmt: skip
    labels = {
        "who": "操作人", "office": "操作机构", "object": "对象", "about": "涉及人员", "seal": "封存",
        "changes": "修改内容", "request_id": "请求标识", "batch_id": "批次",
    }  # fmt: skip
    self_evident = {UserType.PERSON: frozenset({"who", "office", "about"})}
    sortable = ("moment",)
    order = (JournalEntry.id.desc(),)
    list_template = "admin/journal/list.html"
    details_template = "admin/journal/details.html"
    filters = (
        filters.of_moments("moment", "时间", JournalEntry.moment),
        filters.GridFilter(
            "mine", "范围", lambda: [("1", "只看本人操作")],
            lambda _value: JournalEntry.actor_id == actor().account_id, ORGANIZATIONS,
        ),
        filters.TextFilter("who", "操作人、账户号", lambda text: journal_reading.done_by(db.session(), actor(), text), ORGANIZATIONS),
        filters.TextFilter("office", "操作机构", lambda text: journal_reading.done_in(db.session(), text), ORGANIZATIONS),
        filters.TextFilter(
            "about", "涉及人员",
            lambda text: journal_reading.about_people(listing.people_matching(db.session(), text)), KEEPERS,
        ),
        filters.GridFilter("object_type", "对象类型", lambda: [*OBJECTS.items()], lambda value: JournalEntry.object_type == value),
        filters.TextFilter(
            "number", "对象序号",
            lambda text: JournalEntry.object_id == int(text) if journal_reading.is_number(text) else false(),
        ),
        filters.GridFilter("action", "操作", actions, lambda value: JournalEntry.action == value),
    )  # fmt: skip

    @property
    def hint(self) -> str:  # type: ignore[override]
        """What the search finds by; base data by its name, too, for whoever keeps it."""
        named = journal_reading.finds_base_data(actor())
        return "基础数据名称、原因、请求标识、批次" if named else "原因、请求标识、批次"

    @property
    def person_key(self) -> str:  # type: ignore[override]
        """Who sees professionals can look for one by citizen id."""
        sees = permissions.may(actor(), Verb.VIEW, Person) and actor().user_type in KEEPERS
        return "on_behalf_of_id" if sees else ""

    def of_person(self, key: int) -> ColumnElement[bool]:
        """Return what is about a professional in whatever way."""
        return journal_reading.about_people([key])

    def narrow(self) -> Sequence[ColumnElement[bool]]:
        """Return to a professional what he did himself; what others did stands with the record it was done to."""
        return (JournalEntry.actor_id == actor().account_id,) if actor().user_type is UserType.PERSON else ()

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by reason, request or batch."""
        return journal_reading.with_words(actor(), term)

    def value_of(self, row: Any, path: str) -> Any:
        """Return Chinese words for the codes a journal row is written in."""
        said = SAID.get(path)
        return said(self, row) if said else shown_text(getattr(row, path))

    def object_of(self, row: JournalEntry) -> str:
        """Return type and number of the object, and what it is called where the actor sees it."""
        kind = OBJECTS.get(row.object_type, row.object_type)
        title = self.told.titles.get((row.object_type, row.object_id), "")
        if not title and row.id in self.told.readable:  # base data says itself what it was called then
            title = row.details.get(journal_reading.LABEL, "")
        return f"{kind} {row.object_id} 号 {title}".strip()

    def person_of(self, row: JournalEntry) -> str | None:
        """Return the professional something was done for, by name where the actor sees him."""
        if row.on_behalf_of_id is None:
            return None
        return self.told.people.get(row.on_behalf_of_id) or f"人员 {row.on_behalf_of_id} 号"

    def content_of(self, row: JournalEntry) -> journal_details.Content:
        """Return what a row's content says, where the actor may read it."""
        readable = row.id in self.told.readable
        return journal_details.content_of(row.object_type, row.details if readable else {}, self._words(row))

    def changes_of(self, row: JournalEntry) -> str | None:
        """Return what was changed, a line each, where the actor may read it."""
        if row.details and row.id not in self.told.readable:
            return HIDDEN
        return "\n".join(change.line for change in self.content_of(row).changes) or None

    # ------------------------------------------------------------ pages
    def render(self, template: str, **kwargs: Any) -> str:
        """Render the list with how the chain stands, for whoever may have it verified."""
        if template == self.list_template and permissions.may(actor(), Verb.VERIFY, JournalEntry):
            kwargs["chain"] = _chain()
        return super().render(template, **kwargs)

    def details_page(self, row: Any, **more: Any) -> str:
        """Return the page of a row."""
        self.prepare([row])
        return super().details_page(row, **more)

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return what was changed, where it leads, and the row's block."""
        readable = row.id in self.told.readable
        content = self.content_of(row)
        own_batch = row.batch_id and row.actor_id == actor().account_id
        return {
            "record_title": f"第 {row.id} 号日志",
            "readable": readable or not row.details,
            "changes": content.changes,
            "facts": content.facts,
            "batch_url": url_for("batch.details_view", key=row.batch_id) if own_batch else "",
            "object_url": self._page(row),
            "sealed": row.id <= self.told.sealed,
        }

    @staticmethod
    def _words(row: Any) -> dict[str, dict[str, str]]:
        """Return what dictionaries and lists a row names by their codes are called."""
        words: dict[str, dict[str, str]] = {}
        if "dictionary" in row.details:
            words["dictionary"] = dict(remembered(reading.dictionaries, db.session()))
        if grid := row.details.get("grid"):
            words["grid"] = {grid: menu.title_of(grid) or OBJECTS.get(grid.replace("-", "_"), grid)}
        return words

    def _page(self, row: Any) -> str:
        """Return the address of the object, where the actor sees it and has a grid of it."""
        endpoint = row.object_type.replace("_", "-")
        if (row.object_type, row.object_id) not in self.told.titles or not menu.offered(endpoint):
            return ""
        return str(url_for(f"{endpoint}.details_view", id=row.object_id))

    @expose("/verify/", methods=("POST",))
    def verify_view(self) -> Any:
        """Compare the block of one row with its seal."""
        row = self.get_one(request.form.get("id"))
        block, problem = audit.verify_block(db.session(), row.id)
        if block is None:
            flash("这条日志还没有封存（一分钟内会自动封存），请稍后再核对", "info")
        elif problem:
            flash(f"核对发现问题：{problem}。请立即报告系统管理员。", "error")
        else:
            sealed = shown_text(block.sealed_at)
            flash(f"核对无误：第 {block.first_id} 至 {block.last_id} 号日志与 {sealed} 封存时一致", "success")
        return redirect(self.get_url(".details_view", id=row.id), code=303)

    @expose("/verify-all/", methods=("POST",))
    def verify_all_view(self) -> Any:
        """Have the whole chain verified, by the worker where it is long."""
        if not permissions.may(actor(), Verb.VERIFY, JournalEntry):
            abort(403)
        try:
            done = chain_checks.order(db.session(), actor(), request_id=request_id())
        except InputError as error:
            db.session.rollback()
            flash(str(error), "warning")
        else:
            db.session.commit()
            if not done:
                flash("已在后台开始核对，完成后结果显示在本页上方", "info")
        return redirect(self.get_url(".index_view"), code=303)


def _state(row: JournalEntry, value: str | None) -> Any:
    workflow = WORKFLOWS.get(row.object_type)
    return type(workflow.initial)(value) if workflow and value else value


SAID: dict[str, Callable[[JournalView, JournalEntry], Any]] = {
    "who": JournalView.who_acted,
    "office": JournalView.office_of,
    "action": lambda _view, row: action_label(row),
    "object": JournalView.object_of,
    "about": JournalView.person_of,
    "reason": JournalView.reason_of,
    "changes": JournalView.changes_of,
    "seal": lambda view, row: "已封存" if row.id <= view.told.sealed else "待封存",
    "from_status": lambda _view, row: _state(row, row.from_status),
    "to_status": lambda _view, row: _state(row, row.to_status),
}
"""How a column is said that is not shown as it is stored."""


def _chain() -> dict[str, Any]:
    """Return how the chain stands, in words."""
    found = chain_checks.summary(db.session())
    last = found.verified
    return {
        "blocks": found.blocks,
        "sealed_at": shown_text(found.sealed_at) or "—",
        "unsealed": found.unsealed,
        "waiting": found.waiting,
        "verified_at": shown_text(last.moment) if last else "",
        "verified": last.details.get("sealed", 0) if last else 0,
        "problem": last.details.get("problem") if last else None,
    }
