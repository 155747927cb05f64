"""Drafts of kinds, hour rules and requirements: begun from what is published, changed, published or discarded.

What each sort of draft may say is its editor's: ``kind_editing``, ``rule_editing``, ``requirement_editing``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import select

from models import RuleDraft
from models.base import now
from models.enums import DraftTarget
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import journal, kind_editing, requirement_editing, rule_editing
from services.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from services.publishing import Published

Content = dict[str, Any]
Change = tuple[str, str, str]


class Editor(Protocol):
    """What a draft needs to know of the thing it changes."""

    def stored(self, session: Session, key: str) -> Content | None:
        """Return what is published, as a draft writes it."""

    def title(self, content: Mapping[str, Any]) -> str:
        """Return what the draft is called."""

    def problems(self, session: Session, content: Content) -> list[str]:
        """Return what stands in the way of publishing, one Chinese sentence each."""

    def publish(self, session: Session, content: Content) -> Published:
        """Store it as the next version; runs where everything may be written."""

    def described(self, session: Session, content: Content) -> list[tuple[str, str]]:
        """Return what it says, as (label, text)."""


EDITORS: dict[DraftTarget, Editor] = {
    DraftTarget.KIND: kind_editing,
    DraftTarget.RULE: rule_editing,
    DraftTarget.REQUIREMENT: requirement_editing,
}


def start(
    session: Session, actor: Actor, target: DraftTarget, key: str, *, request_id: str | None = None
) -> RuleDraft:
    """Return the open draft of a thing, begun from what is published where there is none.

    Raises:
        InputError: there is no such thing, or another office is changing it.
    """
    draft = open_draft(session, target, key)
    if draft is not None:
        return draft
    content = EDITORS[target].stored(session, key)
    if content is None:
        raise InputError({"": "没有找到要修改的内容，请从列表中重新打开"})
    return begin(session, actor, target, key, content, request_id)


def start_rule(session: Session, actor: Actor, kind_code: str, *, request_id: str | None = None) -> RuleDraft:
    """Begin a rule that does not exist yet.

    Raises:
        InputError: there is no such kind.
    """
    content = rule_editing.blank(session, kind_code)
    return begin(session, actor, DraftTarget.RULE, content["code"], content, request_id)


def start_kind(
    session: Session, actor: Actor, code: str, name: str, *, request_id: str | None = None
) -> RuleDraft:
    """Begin a kind that does not exist yet.

    Raises:
        InputError: by field, see :func:`kind_editing.blank`; or it is being drafted already.
    """
    content = kind_editing.blank(session, code, name)
    if open_draft(session, DraftTarget.KIND, content["code"]) is not None:
        raise InputError({"code": "这个代码的类型已在起草，请在“规则修改草稿”中打开它"})
    return begin(session, actor, DraftTarget.KIND, content["code"], content, request_id)


def begin(
    session: Session, actor: Actor, target: DraftTarget, key: str, content: Content, request_id: str | None
) -> RuleDraft:
    """Begin a draft of something that may not be published yet, with what it says first."""
    draft = RuleDraft(
        target=target,
        target_key=key,
        title=EDITORS[target].title(content),
        content=content,
        organization_id=actor.organization_id,
        account_id=actor.account_id,
    )
    session.add(draft)
    session.flush()
    if not permissions.allows(session, actor, Verb.CREATE, draft):
        raise PermissionError("a draft was begun by somebody who may not")
    journal.record(
        session,
        actor,
        "rule_draft",
        draft.id,
        "create",
        details={"title": draft.title},
        request_id=request_id,
    )
    return draft


def open_draft(session: Session, target: DraftTarget, key: str) -> RuleDraft | None:
    """Return the draft of a thing that is not published yet."""
    return session.scalars(
        select(RuleDraft).where(
            RuleDraft.target == target, RuleDraft.target_key == key, RuleDraft.published_at.is_(None)
        )
    ).first()


def open_drafts(session: Session, targets: Sequence[DraftTarget]) -> list[RuleDraft]:
    """Return the drafts of some sorts that are not published yet, oldest first."""
    return list(
        session.scalars(
            select(RuleDraft)
            .where(RuleDraft.target.in_(targets), RuleDraft.published_at.is_(None))
            .order_by(RuleDraft.id)
        )
    )


def save(
    session: Session,
    actor: Actor,
    draft: RuleDraft,
    content: Content,
    revision: int | None,
    *,
    request_id: str | None = None,
) -> bool:
    """Keep a changed draft; return whether anything changed.

    Args:
        session: the actor's.
        actor: who changed it.
        draft: already locked, and checked to be the actor's to edit.
        content: what it says now.
        revision: the revision the page showed.
        request_id: for the journal.

    Raises:
        InputError: somebody else changed it since.
    """
    if draft.content == content:
        return False
    if revision != draft.revision:
        raise InputError(
            {"": "这份草稿刚被修改过（可能在另一个窗口，或由另一位管理员修改），请核对下面的最新内容后再保存"}
        )
    before = draft.content
    draft.content, draft.title = content, EDITORS[draft.target].title(content)
    draft.revision += 1
    draft.updated_at = now()
    session.flush()
    told = [list(change) for change in _compared(session, draft, before, content)]
    journal.record(
        session, actor, "rule_draft", draft.id, "edit", details={"changes": told}, request_id=request_id
    )
    return True


def published_of(target: DraftTarget, key: str) -> Select[int]:
    """Return ``SELECT id`` of what was published of a thing."""
    return select(RuleDraft.id).where(
        RuleDraft.target == target, RuleDraft.target_key == key, RuleDraft.published_at.is_not(None)
    )


def problems(session: Session, draft: RuleDraft) -> list[str]:
    """Return what stands in the way of publishing a draft."""
    editor = EDITORS[draft.target]
    found = editor.problems(session, draft.content)
    if not found and editor.stored(session, draft.target_key) == draft.content:
        return ["与已发布的内容相同，没有可发布的修改"]
    return found


def changes(session: Session, draft: RuleDraft) -> list[Change]:
    """Return (label, published, drafted) of what differs."""
    stored = EDITORS[draft.target].stored(session, draft.target_key)
    return _compared(session, draft, stored, draft.content)


def _compared(
    session: Session, draft: RuleDraft, before: Content | None, after: Content | None
) -> list[Change]:
    old, new = (
        dict(EDITORS[draft.target].described(session, content)) if content else {}
        for content in (before, after)
    )
    return [(label, old.get(label, ""), new.get(label, "")) for label in {**old, **new}
            if old.get(label, "") != new.get(label, "")]  # fmt: skip


def publish(
    session: Session, actor: Actor, draft: RuleDraft, revision: int | None, *, request_id: str | None = None
) -> Published:
    """Publish a draft as the next version of its thing.

    Args:
        session: the actor's; the caller commits.
        actor: who publishes.
        draft: already locked, and checked to be the actor's to edit.
        revision: the revision the actor saw.
        request_id: for the journal.

    Raises:
        InputError: it says something that cannot be published, or changed since it was seen.
    """
    if revision != draft.revision:
        raise InputError({"": "这份草稿刚被修改过，请核对最新内容后再发布"})
    found = problems(session, draft)
    if found:
        raise InputError({str(place): sentence for place, sentence in enumerate(found)})
    told = [list(change) for change in changes(session, draft)]
    with unscoped(session, "base data belongs to nobody; the permission on the draft was checked"):
        published = EDITORS[draft.target].publish(session, draft.content)
    draft.published_at, draft.published_by_id = now(), actor.account_id
    draft.published_version = published.version
    session.flush()
    journal.record(
        session, actor, "rule_draft", draft.id, "publish",
        details={"title": draft.title, "version": published.version, "changes": told}, request_id=request_id,
    )  # fmt: skip
    return published


def discard(session: Session, actor: Actor, draft: RuleDraft, *, request_id: str | None = None) -> None:
    """Give a draft up; the journal keeps what it said."""
    journal.record(
        session,
        actor,
        "rule_draft",
        draft.id,
        "delete",
        details={"changes": [list(change) for change in _compared(session, draft, draft.content, None)]},
        request_id=request_id,
    )
    session.delete(draft)
    session.flush()
