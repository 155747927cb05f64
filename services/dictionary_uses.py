"""Where the codes of dictionaries are used: how many records keep an entry's code from being changed.

:data:`COLUMNS` is the declared map; a test holds every ``*_code`` column of the models against it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from models import (
    Claim,
    ClaimItem,
    ClaimKind,
    ClaimKindVersion,
    DictionaryItem,
    HourRule,
    Organization,
    Person,
    TrainingPlan,
)
from models.enums import ItemType, OrganizationKind
from permissions.wall import unscoped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from models import Base

INSTITUTION = Organization.kind == OrganizationKind.INSTITUTION
COLUMNS: tuple[tuple[type[Base], str, str, Any], ...] = (
    (Organization, "industry_code", "industry", None),
    (Organization, "nature_code", "unit_nature", None),
    (Organization, "affiliation_code", "affiliation", None),
    (Organization, "level_code", "unit_level", ~INSTITUTION),
    (Organization, "level_code", "institution_level", INSTITUTION),
    (Person, "ethnicity_code", "ethnicity", None),
    (Person, "major_code", "major", None),
    (Person, "education_code", "education", None),
    (Person, "degree_code", "degree", None),
    (Person, "title_series_code", "title_series", None),
    (Person, "title_level_code", "title_level", None),
    (TrainingPlan, "category_code", "training_category", None),
    (TrainingPlan, "mode_code", "training_mode", None),
    (DictionaryItem, "parent_code", "*", None),
)
"""(table, column, dictionary, which of its rows) of every column that holds an entry's code; ``*``: of each dictionary."""
ENUMS = {"sex": "性别", "subject": "科目类型", "person_state": "人员状态"}
"""Dictionaries that only repeat what the program itself knows: their entries are neither added nor retired."""


@dataclass(frozen=True, slots=True)
class Use:
    """How many rows of a table name an entry."""

    label: str
    number: int


def uses(session: Session, item: DictionaryItem) -> list[Use]:
    """Return which records name an entry, counted without names; empty where nothing does.

    Args:
        session: any session.
        item: the entry.
    """
    with unscoped(session, "counts without names, for whoever keeps the dictionary"):
        found = [*_in_columns(session, item), *_in_claims(session, item), *_in_rules(session, item)]
    return [use for use in found if use.number]


def sentence(found: list[Use]) -> str:
    """Return what :func:`uses` found as one sentence; empty where nothing was."""
    return "、".join(f"{use.label} {use.number:,} 条" for use in found)


def _in_columns(session: Session, item: DictionaryItem) -> Iterator[Use]:
    for model, name, dictionary, which in COLUMNS:
        if dictionary not in {"*", item.dictionary_code}:
            continue
        statement = select(func.count(model.id)).where(getattr(model, name) == item.code)
        if which is not None:
            statement = statement.where(which)
        if model is DictionaryItem:
            statement = statement.where(DictionaryItem.dictionary_code == item.dictionary_code)
        label = "下级字典项" if model is DictionaryItem else model.__label__
        yield Use(label, session.scalar(statement) or 0)
    merged = select(func.count(DictionaryItem.id)).where(
        DictionaryItem.dictionary_code == item.dictionary_code, DictionaryItem.merged_into == item.code
    )
    yield Use("并入本项的字典项", session.scalar(merged) or 0)


def _in_claims(session: Session, item: DictionaryItem) -> Iterator[Use]:
    asked: dict[tuple[str, bool], list[int]] = {}
    rows = session.execute(
        select(ClaimItem.code, ClaimItem.type, ClaimItem.kind_version_id).where(
            ClaimItem.dictionary_code == item.dictionary_code
        )
    )
    for row in rows:
        asked.setdefault((row.code, row.type is ItemType.MULTIPLE_CHOICE), []).append(row.kind_version_id)
    conditions = [
        (Claim.kind_version_id.in_(versions))
        & (
            Claim.items[name].as_string().contains(f'"{item.code}"', autoescape=True)
            if several
            else Claim.items[name].as_string() == item.code
        )
        for (name, several), versions in asked.items()
    ]
    if conditions:
        yield Use(Claim.__label__, session.scalar(select(func.count(Claim.id)).where(or_(*conditions))) or 0)


def _in_rules(session: Session, item: DictionaryItem) -> Iterator[Use]:
    kinds: dict[str, set[str]] = {}
    for code, name in session.execute(
        select(ClaimKind.code, ClaimItem.code)
        .join(ClaimKindVersion, ClaimKindVersion.kind_id == ClaimKind.id)
        .join(ClaimItem, ClaimItem.kind_version_id == ClaimKindVersion.id)
        .where(ClaimItem.dictionary_code == item.dictionary_code)
    ):
        kinds.setdefault(code, set()).add(name)
    number = 0
    for kind, definition in session.execute(
        select(HourRule.kind_code, HourRule.definition).where(HourRule.kind_code.in_(kinds))
    ):
        number += bool(_named(definition, kinds[kind])[item.code])
    yield Use(HourRule.__label__, number)


def _named(definition: Any, names: set[str]) -> Counter[str]:
    """Count the codes that the conditions of a rule ask of these items."""
    found: Counter[str] = Counter()
    for part in (definition, *definition.get("additions", ())):
        for name, wanted in (part.get("conditions") or {}).items():
            if name in names:
                found.update(wanted if isinstance(wanted, list) else [str(wanted)])
    return found
