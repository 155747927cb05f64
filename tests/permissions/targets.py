"""Whom an attack on the wall runs as, what it is after, and words the attacks share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    select,
)

from models import (
    Account,
    Base,
    Claim,
    ClaimAttachment,
    Department,
    JournalEntry,
    Notice,
    Organization,
    Person,
)
from permissions.wall import unscoped

if TYPE_CHECKING:
    from permissions.actor import Actor

RAW = Claim.__table__
R = RAW.c
WATCHED = (Claim, ClaimAttachment, Person, Organization, Department, Account, Notice, JournalEntry)


@dataclass
class Target:
    """Whom the attack runs as, and what it is after: keys of claims unless named otherwise."""

    actor: Actor
    own: int
    hidden: int
    hidden_title: str
    own_person: int
    hidden_person: int
    hidden_account: int
    hidden_organization: int
    hidden_department: int
    office: int
    cross: tuple[type[Base], int, str]
    seen: frozenset[int] = frozenset()
    spare: Any = None


def make_target(world, name):
    claim, person, account = (
        lambda key, model=model: world.id(model, key) for model in (Claim, Person, Account)
    )
    organization, department = (
        lambda key, model=model: world.id(model, key) for model in (Organization, Department)
    )
    if name == "nurse":
        return Target(world.actors[name], claim("nurse-draft"), claim("teacher-approved"), "teacher-approved",
                      person("nurse"), person("teacher"), account("teacher"), organization("school"),
                      department("school-office"), organization("jinshui"),
                      (Claim, claim("nurse-registered"), "registered_by"))  # fmt: skip
    return Target(world.actors[name], claim("manager-registered"), claim("doctor-submitted"), "doctor-submitted",
                  person("manager"), person("doctor"), account("doctor"), organization("hospital"),
                  department("hospital-office"), organization("zhengzhou"),
                  (JournalEntry, world.id(JournalEntry, "company-approve"), "actor"))  # fmt: skip


def keys(rows):
    return [getattr(row, "id", row) for row in rows]


def crossed(s, t):
    model, key, relation = t.cross
    return getattr(s.get(model, key), relation)


def other(t):
    """Return the condition that names the hidden claim."""
    return Claim.id == t.hidden


def keep(s, t):
    """Load a hidden row as the system does, and hold on to it."""
    with unscoped(s, "attack"):
        t.spare = s.get(Claim, t.hidden)
        assert t.spare is not None
    return t.spare


def new_claim(t, **columns):
    claim, seen = Claim.__table__, columns.pop("like")
    return Claim(
        **{name: seen[name] for name, _ in claim.c.items() if name not in ("id", "submission_key")} | columns
    )


def like(s, t):
    return dict(
        s.execute(
            select(*(getattr(Claim, name) for name, _ in Claim.__mapper__.columns.items())).where(
                Claim.id == t.own
            )
        )
        .mappings()
        .one()
    )
