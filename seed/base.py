"""Puts the reference files into the database (product §5, §7 to §9). Doing it again changes nothing.

The files are compared with what is stored, and only what is new or different is written, in one set per table.
Nothing is deleted: an entry that left its file stays until somebody retires it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sqlalchemy import select

from models import (
    CalendarDay,
    ClaimKind,
    CreditYear,
    Dictionary,
    DictionaryItem,
    HourRule,
    Region,
    Requirement,
    SavedView,
)
from models.enums import DraftTarget, RegionLevel, ViewAudience
from permissions.wall import unscoped
from seed.loading import REFERENCE, day, read_objects, read_table
from services.publishing import publish_kinds, publish_rules, published_drafts
from workflow.postings import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy.orm import Session

    from models import Base

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SeededDictionary:
    """What became of one list of reference data.

    Attributes:
        code: of the dictionary, or of the table that holds the list.
        label: Chinese name.
        entries: number of entries in the file.
        inserted: entries (of versioned lists: versions) that were new.
        updated: entries that differed and were brought up to date.
    """

    code: str
    label: str
    entries: int
    inserted: int = 0
    updated: int = 0


def seed_base(session: Session, folder: Path = REFERENCE) -> list[SeededDictionary]:
    """Bring all reference data up to date; the caller commits.

    Claim kinds and hour rules are versioned: what the file says becomes a new version only where no stored version
    says the same, and a stored version is never changed. What an administrator published from a draft, requirements
    too, is left as he published it.

    Args:
        session: any session; the work runs unscoped.
        folder: where the reference files are.

    Returns:
        One line per list, in the order of the dictionary file, the lists with a table of their own around them.
    """
    with unscoped(session, "reference data belongs to nobody"):
        return [
            _regions(session, folder),
            *_dictionaries(session, folder),
            _credit_years(session, folder),
            _requirements(session, folder),
            _calendar(session, folder),
            _kinds(session, folder),
            _rules(session, folder),
            _views(session, folder),
        ]


def _regions(session: Session, folder: Path) -> SeededDictionary:
    depth = {level.value: position for position, level in enumerate(RegionLevel)}
    rows: list[Row] = [
        {
            "code": line["code"],
            "name": line["name"],
            "level": line["level"],
            "parent_code": line["parent_code"] or None,
        }
        for line in read_table("regions.csv", folder)
    ]
    rows.sort(key=lambda row: (depth[row["level"]], row["code"]))  # a parent comes before its children
    return _report("regions", Region, rows, _write(session, Region, ("code",), rows))


def _dictionaries(session: Session, folder: Path) -> list[SeededDictionary]:
    lines = read_table("dictionaries.csv", folder)
    heads = [{name: line[name] for name in ("code", "label", "source")} for line in lines]
    items = {line["code"]: _items(line["code"], folder) for line in lines}
    _write(session, Dictionary, ("code",), heads)
    entries = [entry for group in items.values() for entry in group]
    counts = _write(session, DictionaryItem, ("dictionary_code", "code"), entries)
    return [
        SeededDictionary(line["code"], line["label"], len(items[line["code"]]), *counts.of(line["code"]))
        for line in lines
    ]


def _items(dictionary: str, folder: Path) -> list[Row]:
    return [
        {
            "dictionary_code": dictionary,
            "code": line["code"],
            "label": line["label"],
            "parent_code": line["parent_code"] or None,
            "position": int(line["position"]),
        }
        for line in read_table(f"dictionaries/{dictionary}.csv", folder)
    ]


def _credit_years(session: Session, folder: Path) -> SeededDictionary:
    days = ("claims_open", "claims_close", "approvals_open", "approvals_close")
    rows: list[Row] = [
        {"year": int(line["year"]), "note": line["note"], **{name: day(line[name]) for name in days}}
        for line in read_table("credit_years.csv", folder)
    ]
    return _report("credit_years", CreditYear, rows, _write(session, CreditYear, ("year",), rows))


def _requirements(session: Session, folder: Path) -> SeededDictionary:
    figures = ("public_hours", "specialty_hours", "total_hours")
    rows: list[Row] = [
        {
            "year": int(line["year"]),
            "title_level_group": line["title_level_group"],
            "legal_basis": line["legal_basis"],
            **{name: Decimal(line[name]) for name in figures},
        }
        for line in read_table("requirements.csv", folder)
    ]
    kept = {key for key, _version in published_drafts(session, DraftTarget.REQUIREMENT)}
    open_to_files = [row for row in rows if f"{row['year']}:{row['title_level_group']}" not in kept]
    counts = _write(session, Requirement, ("year", "title_level_group"), open_to_files)
    return _report("requirements", Requirement, rows, counts)


def _calendar(session: Session, folder: Path) -> SeededDictionary:
    rows: list[Row] = [
        {
            "day": day(line["day"]),
            "working": line["working"] == "true",
            "name": line["name"],
            "legal_basis": line["legal_basis"],
        }
        for line in read_table("calendar_days.csv", folder)
    ]
    return _report("calendar_days", CalendarDay, rows, _write(session, CalendarDay, ("day",), rows))


def _kinds(session: Session, folder: Path) -> SeededDictionary:
    objects = read_objects("claim_kinds.json", folder)
    rows = [{name: kind[name] for name in ("code", "name", "position")} for kind in objects]
    counts = _write(session, ClaimKind, ("code",), rows)
    published = publish_kinds(session, objects)
    updated = counts.of()[1]
    return SeededDictionary("claim_kinds", ClaimKind.__label__, len(rows), published, updated)


def _rules(session: Session, folder: Path) -> SeededDictionary:
    objects = read_objects("hour_rules.json", folder)
    published = publish_rules(session, objects)
    return SeededDictionary("hour_rules", HourRule.__label__, len(objects), published)


def _views(session: Session, folder: Path) -> SeededDictionary:
    """Give the lists views everybody finds; one that is stored already is left as it is."""
    lines = read_table("saved_views.csv", folder)
    columns = SavedView.endpoint, SavedView.name
    stored = {tuple(row) for row in session.execute(select(*columns).where(SavedView.account_id.is_(None)))}
    new = [line for line in lines if (line["endpoint"], line["name"]) not in stored]
    session.add_all(
        SavedView(
            endpoint=line["endpoint"],
            name=line["name"],
            audience=ViewAudience.SYSTEM,
            arguments=dict(parse_qsl(line["arguments"])),
        )
        for line in new
    )
    session.flush()
    return SeededDictionary("saved_views", SavedView.__label__, len(lines), len(new))


class _Written:
    """Keys of the rows that were written to one table."""

    def __init__(self, inserted: Sequence[tuple[Any, ...]], updated: Sequence[tuple[Any, ...]]) -> None:
        self.inserted, self.updated = inserted, updated

    def of(self, first: str | None = None) -> tuple[int, int]:
        """Count (inserted, updated) rows, of one dictionary where the first part of the key is given."""
        chosen = [
            [key for key in keys if first is None or key[0] == first]
            for keys in (self.inserted, self.updated)
        ]
        return len(chosen[0]), len(chosen[1])


def _report(code: str, model: type[Base], rows: Sequence[Row], written: _Written) -> SeededDictionary:
    return SeededDictionary(code, model.__label__, len(rows), *written.of())


def _write(session: Session, model: type[Base], key: tuple[str, ...], rows: Sequence[Row]) -> _Written:
    """Insert the rows that are not stored yet and update those that differ; columns not named are left alone.

    What an administrator edited is his, and left as it is (decision 0027).
    """
    names = list(rows[0]) if rows else list(key)
    table: Any = model.__table__
    edited = [table.c.edited_at] if "edited_at" in table.c else []
    stored = {
        tuple(row[name] for name in key): row
        for row in session.execute(select(*(table.c[name] for name in names), *edited)).mappings()
    }
    inserted, updated, changes = [], [], []
    for row in rows:
        identity = tuple(row[name] for name in key)
        before = stored.get(identity)
        if before is None:
            inserted.append(identity)
        elif not before.get("edited_at") and any(before[name] != row[name] for name in names):
            updated.append(identity)
        else:
            continue
        changes.append(row)
    if changes:
        statement = upsert(session, table)
        values = {name: statement.excluded[name] for name in names if name not in key}
        session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values), changes)
    return _Written(inserted, updated)
