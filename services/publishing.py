"""Publishes claim kinds, hour rules and requirements: a stored version is never changed, the next one is put beside it.

Reference files and the system administrator's drafts are published here alike. Claims name the version they were filed and
computed by. What an administrator published is his: a file publishes only where *no* stored version says what it says, and
nothing where the newest version is an administrator's (decision 0021).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import insert, select

from models import ClaimItem, ClaimKind, ClaimKindVersion, HourRule, RuleDraft
from models.base import now
from models.enums import DraftTarget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

Row = dict[str, Any]


class Published(NamedTuple):
    """What publishing a draft came to.

    Attributes:
        version: its number.
        won: people of the year who are complete by it and were not before; only a requirement judges them anew.
        lost: people who were complete and are not any more.
    """

    version: int
    won: int = 0
    lost: int = 0


KIND_FIELDS = ("subjects", "title_label", "recurring", "proof", "help", "valid_to")
ITEM_FIELDS = (
    "code", "label", "type", "dictionary_code", "required", "evidence", "help", "position", "maximum_length",
    "minimum", "maximum",
)  # fmt: skip
RULE_FIELDS = ("kind_code", "priority", "subject", "definition", "effective_from", "effective_to")
"""What decides about hours; a file with a new name, legal basis or ``confirmed`` alone makes no new version."""
COLUMNS_OF_RULES = {
    "code", "kind", "name", "priority", "subject", "effective_from", "effective_to", "legal_basis", "confirmed",
    "version",
}  # fmt: skip


# ---------------------------------------------------------------- reference files
def publish_kinds(session: Session, objects: Sequence[Mapping[str, Any]]) -> int:
    """Publish the kinds whose file differs from every stored version; return how many versions were published."""
    stored, kept = _stored_kinds(session), published_drafts(session, DraftTarget.KIND)
    published = 0
    for kind in objects:
        versions = stored.get(kind["code"], {})
        newest = max(versions, default=0)
        if (kind["code"], newest) in kept or any(known == _parts(kind) for known in versions.values()):
            continue
        store_kind(session, kind, newest + 1)
        published += 1
    return published


def publish_rules(session: Session, objects: Sequence[Mapping[str, Any]]) -> int:
    """Publish the rules whose file differs from every stored version; return how many versions were published."""
    stored: dict[str, list[HourRule]] = {}
    for rule in session.scalars(select(HourRule)):
        stored.setdefault(rule.code, []).append(rule)
    kept = published_drafts(session, DraftTarget.RULE)
    new = []
    for entry in objects:
        row = rule_row(entry)
        versions = stored.get(row["code"], [])
        newest = max((version.version for version in versions), default=0)
        if (row["code"], newest) in kept or any(
            all(getattr(version, name) == row[name] for name in RULE_FIELDS) for version in versions
        ):
            continue
        new.append(row | {"version": newest + 1})
    if new:
        session.execute(insert(HourRule), new)
    return len(new)


def published_drafts(session: Session, target: DraftTarget) -> set[tuple[str, int | None]]:
    """Return (code, version) of everything of a sort that an administrator published."""
    rows = session.execute(
        select(RuleDraft.target_key, RuleDraft.published_version).where(
            RuleDraft.target == target, RuleDraft.published_at.is_not(None)
        )
    )
    return {(row.target_key, row.published_version) for row in rows}


# ---------------------------------------------------------------- one version
def store_kind(session: Session, content: Mapping[str, Any], number: int) -> None:
    """Store a version of a kind with its items; must run where everything may be written.

    Args:
        session: where.
        content: the kind as ``claim_kinds.json`` writes it.
        number: of the version.
    """
    head, items = _parts(content)
    kind = select(ClaimKind.id).where(ClaimKind.code == content["code"]).scalar_subquery()
    row = head | {"kind_id": kind, "number": number, "published_at": now()}
    key = session.scalar(insert(ClaimKindVersion).values(row).returning(ClaimKindVersion.id))
    if items:
        session.execute(insert(ClaimItem), [item | {"kind_version_id": key} for item in items])


def store_rule(session: Session, content: Mapping[str, Any], version: int) -> None:
    """Store a version of an hour rule, written as in ``hour_rules.json``; must run where everything may be written."""
    session.execute(insert(HourRule), [rule_row(content) | {"version": version}])


def kind_content(version: ClaimKindVersion) -> dict[str, Any]:
    """Return a stored version of a kind as its file would write it; a kind that stands for itself does not say so."""
    kind = version.kind
    items = [
        {name: getattr(item, name) for name in ITEM_FIELDS if name != "dictionary_code"}
        | {"dictionary": item.dictionary_code, "type": item.type.value}
        for item in version.items
    ]
    head = {name: getattr(version, name) for name in KIND_FIELDS}
    head["valid_to"] = version.valid_to.isoformat() if version.valid_to else None
    merged = {"merged_into": kind.merged_into.code} if kind.merged_into else {}
    return {"code": kind.code, "name": kind.name} | head | merged | {"items": items}


def rule_content(rule: HourRule) -> dict[str, Any]:
    """Return a stored version of an hour rule as its file would write it."""
    columns = {name: getattr(rule, name) for name in COLUMNS_OF_RULES - {"kind", "version"}}
    return dict(rule.definition) | columns | {"kind": rule.kind_code}


def rule_row(entry: Mapping[str, Any]) -> Row:
    """Return the row of an hour rule, without its version."""
    columns = (
        "code",
        "name",
        "priority",
        "subject",
        "effective_from",
        "effective_to",
        "legal_basis",
        "confirmed",
    )
    return {name: entry[name] for name in columns} | {
        "kind_code": entry["kind"],
        "definition": {name: value for name, value in entry.items() if name not in COLUMNS_OF_RULES},
    }


def _parts(content: Mapping[str, Any]) -> tuple[Row, list[Row]]:
    """Return the columns of a kind's version and those of its items in their order."""
    items = sorted(map(_item, content["items"]), key=lambda item: (item["position"], item["code"]))
    return head_of(content), items


def head_of(content: Mapping[str, Any]) -> Row:
    """Return the columns of a kind's version without its items; no file and no older draft says a last day."""
    last = content.get("valid_to")
    head = {name: content[name] for name in KIND_FIELDS if name != "valid_to"}
    return head | {"valid_to": date.fromisoformat(last) if last else None}


def _item(item: Mapping[str, Any]) -> Row:
    row: Row = {name: item.get(name) for name in ITEM_FIELDS}
    limits = {name: None if row[name] is None else float(row[name]) for name in ("minimum", "maximum")}
    return row | {"dictionary_code": item["dictionary"], **limits}


def _stored_kinds(session: Session) -> dict[str, dict[int, tuple[Row, list[Row]]]]:
    """Return (fields, items) of every version by its number, by kind."""
    items: dict[int, list[Row]] = {}
    wanted = select(ClaimItem.kind_version_id, *(getattr(ClaimItem, name) for name in ITEM_FIELDS))
    for row in session.execute(wanted.order_by(ClaimItem.position, ClaimItem.code)).mappings():
        items.setdefault(row["kind_version_id"], []).append({name: row[name] for name in ITEM_FIELDS})
    stored: dict[str, dict[int, tuple[Row, list[Row]]]] = {}
    columns = (getattr(ClaimKindVersion, name) for name in KIND_FIELDS)
    versions = session.execute(
        select(ClaimKind.code, ClaimKindVersion.id, ClaimKindVersion.number, *columns).join(
            ClaimKind, ClaimKind.id == ClaimKindVersion.kind_id
        )
    ).mappings()
    for version in versions:
        head = {name: version[name] for name in KIND_FIELDS}
        stored.setdefault(version["code"], {})[version["number"]] = (head, items.get(version["id"], []))
    return stored
