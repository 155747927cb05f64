"""Publishes claim kinds and hour rules: a stored version is never changed, what differs becomes the next one.

Claims name the version they were filed and computed by, and system administrators publish versions of their own:
so what a file says is published only where *no* stored version says it already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from models import ClaimItem, ClaimKind, ClaimKindVersion, HourRule
from models.base import now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

Row = dict[str, Any]

KIND_FIELDS = ("subjects", "title_label", "recurring", "proof", "help")
ITEM_FIELDS = (
    "code", "label", "type", "dictionary_code", "required", "evidence", "help", "position", "maximum_length",
    "minimum", "maximum",
)  # fmt: skip
RULE_FIELDS = ("kind_code", "priority", "subject", "definition", "effective_from", "effective_to")
"""What decides about hours; a new name, legal basis or ``confirmed`` alone makes no new version."""
COLUMNS_OF_RULES = {
    "code", "kind", "name", "priority", "subject", "effective_from", "effective_to", "legal_basis", "confirmed",
    "version",
}  # fmt: skip


def publish_kinds(session: Session, objects: Sequence[Mapping[str, Any]]) -> int:
    """Publish the kinds whose file differs from every stored version; return how many versions were published."""
    ids = {row.code: row.id for row in session.execute(select(ClaimKind.code, ClaimKind.id))}
    stored = _stored_kinds(session)
    published = 0
    for kind in objects:
        versions = stored.get(kind["code"], {})
        head: Row = {name: kind[name] for name in KIND_FIELDS}
        items = sorted(
            (_item(item) for item in kind["items"]), key=lambda item: (item["position"], item["code"])
        )
        if any(version == (head, items) for version in versions.values()):
            continue
        row = head | {
            "kind_id": ids[kind["code"]],
            "number": max(versions, default=0) + 1,
            "published_at": now(),
        }
        key = session.scalar(insert(ClaimKindVersion).values(row).returning(ClaimKindVersion.id))
        if items:
            session.execute(insert(ClaimItem), [item | {"kind_version_id": key} for item in items])
        published += 1
    return published


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


def _item(item: Mapping[str, Any]) -> Row:
    row: Row = {name: item.get(name) for name in ITEM_FIELDS}
    limits = {name: None if row[name] is None else float(row[name]) for name in ("minimum", "maximum")}
    return row | {"dictionary_code": item["dictionary"], **limits}


def publish_rules(session: Session, objects: Sequence[Mapping[str, Any]]) -> int:
    """Publish the rules whose file differs from every stored version; return how many versions were published."""
    stored: dict[str, list[HourRule]] = {}
    for rule in session.scalars(select(HourRule)):
        stored.setdefault(rule.code, []).append(rule)
    new = []
    for entry in objects:
        row = _rule(entry)
        versions = stored.get(row["code"], [])
        if any(all(getattr(version, name) == row[name] for name in RULE_FIELDS) for version in versions):
            continue
        new.append(row | {"version": max((version.version for version in versions), default=0) + 1})
    if new:
        session.execute(insert(HourRule), new)
    return len(new)


def _rule(entry: Mapping[str, Any]) -> Row:
    return {
        "code": entry["code"],
        "kind_code": entry["kind"],
        "name": entry["name"],
        "priority": entry["priority"],
        "subject": entry["subject"],
        "effective_from": entry["effective_from"],
        "effective_to": entry["effective_to"],
        "legal_basis": entry["legal_basis"],
        "confirmed": entry["confirmed"],
        "definition": {name: value for name, value in entry.items() if name not in COLUMNS_OF_RULES},
    }
