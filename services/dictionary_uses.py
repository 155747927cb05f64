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
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models import Base

    Counted = tuple[str, Mapping[str, int]]
    """What records are called, and how many of them name each code."""

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


BELOW, MERGED = "下级字典项", "并入本项的字典项"
AT_ONCE = 50
"""Entries counted by one statement: claims are looked through once for all of them."""


@dataclass(frozen=True, slots=True)
class Use:
    """How many rows of a table name an entry.

    Attributes:
        label: what the rows are called.
        number: of them.
    """

    label: str
    number: int

    @property
    def shown(self) -> bool:
        """Whether the rows show the entry's name as something said of them; other entries only hang on it."""
        return self.label not in {BELOW, MERGED}


def uses(session: Session, item: DictionaryItem) -> list[Use]:
    """Return which records name an entry, counted without names; empty where nothing does.

    Args:
        session: any session.
        item: the entry.
    """
    return uses_of(session, item.dictionary_code, [item.code])[item.code]


def uses_of(session: Session, dictionary_code: str, codes: Sequence[str]) -> dict[str, list[Use]]:
    """Return the same for several entries of a dictionary by their codes, without a statement for each."""
    found: dict[str, list[Use]] = {code: [] for code in codes}
    with unscoped(session, "counts without names, for whoever keeps the dictionary"):
        for start in range(0, len(codes), AT_ONCE):
            part = codes[start : start + AT_ONCE]
            counted = [
                *_in_columns(session, dictionary_code, part),
                *_in_claims(session, dictionary_code, part),
                *_in_rules(session, dictionary_code),
            ]
            for code in part:
                found[code] = [Use(label, numbers[code]) for label, numbers in counted if numbers.get(code)]
    return found


def sentence(found: list[Use]) -> str:
    """Return what :func:`uses` found as one sentence; empty where nothing was."""
    return "、".join(f"{use.label} {use.number:,} 条" for use in found)


def _in_columns(session: Session, dictionary_code: str, codes: Sequence[str]) -> Iterator[Counted]:
    for model, name, dictionary, which in COLUMNS:
        if dictionary not in {"*", dictionary_code}:
            continue
        conditions = [] if which is None else [which]
        if model is DictionaryItem:
            conditions.append(DictionaryItem.dictionary_code == dictionary_code)
        label = BELOW if model is DictionaryItem else model.__label__
        yield label, _numbers(session, model, getattr(model, name), codes, *conditions)
    own = DictionaryItem.dictionary_code == dictionary_code
    yield MERGED, _numbers(session, DictionaryItem, DictionaryItem.merged_into, codes, own)


def _numbers(
    session: Session, model: type[Base], column: Any, codes: Sequence[str], *conditions: Any
) -> dict[str, int]:
    rows = session.execute(
        select(column, func.count(model.id)).where(column.in_(codes), *conditions).group_by(column)
    )
    return {code: number for code, number in rows}  # noqa: C416  (rows, not pairs)


def _in_claims(session: Session, dictionary_code: str, codes: Sequence[str]) -> Iterator[Counted]:
    asked: dict[tuple[str, bool], list[int]] = {}
    rows = session.execute(
        select(ClaimItem.code, ClaimItem.type, ClaimItem.kind_version_id).where(
            ClaimItem.dictionary_code == dictionary_code
        )
    )
    for row in rows:
        asked.setdefault((row.code, row.type is ItemType.MULTIPLE_CHOICE), []).append(row.kind_version_id)
    if not asked:
        return

    def named(code: str) -> ColumnElement[bool]:
        """A claim that names an entry in two of its items is one."""
        return or_(*(
            Claim.kind_version_id.in_(versions)
            & (
                Claim.items[name].as_string().contains(f'"{code}"', autoescape=True)
                if several
                else Claim.items[name].as_string() == code
            )
            for (name, several), versions in asked.items()
        ))  # fmt: skip

    versions = {version for found in asked.values() for version in found}
    counted = session.execute(
        select(*(func.count(Claim.id).filter(named(code)) for code in codes)).where(
            Claim.kind_version_id.in_(versions)
        )
    ).one()
    yield Claim.__label__, dict(zip(codes, counted, strict=True))


def _in_rules(session: Session, dictionary_code: str) -> Iterator[Counted]:
    kinds: dict[str, set[str]] = {}
    for code, name in session.execute(
        select(ClaimKind.code, ClaimItem.code)
        .join(ClaimKindVersion, ClaimKindVersion.kind_id == ClaimKind.id)
        .join(ClaimItem, ClaimItem.kind_version_id == ClaimKindVersion.id)
        .where(ClaimItem.dictionary_code == dictionary_code)
    ):
        kinds.setdefault(code, set()).add(name)
    rules: Counter[str] = Counter()
    for kind, definition in session.execute(
        select(HourRule.kind_code, HourRule.definition).where(HourRule.kind_code.in_(kinds))
    ):
        rules.update(set(_named(definition, kinds[kind])))
    yield HourRule.__label__, rules


def _named(definition: Any, names: set[str]) -> Counter[str]:
    """Count the codes that the conditions of a rule ask of these items."""
    found: Counter[str] = Counter()
    for part in (definition, *definition.get("additions", ())):
        for name, wanted in (part.get("conditions") or {}).items():
            if name in names:
                found.update(wanted if isinstance(wanted, list) else [str(wanted)])
    return found
