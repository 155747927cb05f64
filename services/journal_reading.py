"""What stands around journal rows: names as far as the reader may know them, titles, seals, and how rows are found."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import String, and_, cast, func, literal, or_, select, true
from sqlalchemy.orm import aliased

from models import (
    Account,
    Announcement,
    CalendarDay,
    Certificate,
    Claim,
    ClaimKind,
    CreditYear,
    Department,
    DictionaryItem,
    Enrollment,
    Grade,
    JournalEntry,
    JournalSeal,
    Organization,
    Person,
    PersonCorrection,
    Region,
    Rehearsal,
    RuleDraft,
    Setting,
    TrainingClass,
    TrainingPlan,
    Transfer,
)
from models.journal import LOGIN, SEEN
from permissions import engine as permissions
from permissions.scopes import journal_of_all_logins, whole_journal
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import listing, reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models import Base
    from models.enums import UserType
    from permissions.actor import Actor

TITLES: dict[str, tuple[type[Base], Any]] = {
    "claim": (Claim, Claim.title),
    "person": (Person, Person.name),
    "account": (Account, Account.real_name),
    LOGIN: (Account, Account.real_name),
    "organization": (Organization, Organization.name),
    "department": (Department, Department.name),
    "certificate": (Certificate, Certificate.number),
    "transfer": (Transfer, Transfer.person_name),
    "training_plan": (TrainingPlan, TrainingPlan.name),
    "training_class": (TrainingClass, TrainingClass.name),
    "rule_draft": (RuleDraft, RuleDraft.title),
    "rehearsal": (Rehearsal, Rehearsal.title),
}
"""What an object is called; only where the reader sees the object itself."""
ABOUT: tuple[tuple[str, Any], ...] = (
    ("claim", Claim),
    ("certificate", Certificate),
    ("transfer", Transfer),
    ("correction", PersonCorrection),
    ("enrollment", Enrollment),
    ("grade", Grade),
)
"""Objects that belong to a professional."""
LABEL = "label"
"""Where a row about base data says what that was called."""
BASE_DATA = tuple(
    model.__tablename__
    for model in (Announcement, CalendarDay, ClaimKind, CreditYear, DictionaryItem, Region, Setting)
)


@dataclass(slots=True)
class Told:
    """What is known around some journal rows.

    Attributes:
        names: name of each account the reader sees.
        offices: name of each organisation that acted.
        people: name of each professional the reader sees.
        titles: what objects are called, by type and key.
        readable: keys of the rows whose reason and content the reader may see.
        sealed: the key up to which the journal is sealed.
    """

    names: dict[int, str] = field(default_factory=dict)
    offices: dict[int, str] = field(default_factory=dict)
    people: dict[int, str] = field(default_factory=dict)
    titles: dict[tuple[str, int], str] = field(default_factory=dict)
    readable: set[int] = field(default_factory=set)
    sealed: int = 0

    def add(self, other: Told) -> None:
        """Take over what is known around further rows."""
        self.names |= other.names
        self.offices |= other.offices
        self.people |= other.people
        self.titles |= other.titles
        self.readable |= other.readable
        self.sealed = other.sealed


def told_of(session: Session, actor: Actor, rows: Sequence[JournalEntry]) -> Told:
    """Look up what stands around rows, in a fixed number of statements.

    Args:
        session: the reader's scoped session: names of people and objects out of sight stay unknown, and of accounts, unless he
            answers for the whole journal.
        actor: the reader.
        rows: journal rows of his scope.
    """
    actors = {key for row in rows for key in (row.actor_id, row.in_place_of_id) if key}
    people = {row.on_behalf_of_id for row in rows if row.on_behalf_of_id}
    offices = {row.actor_organization_id for row in rows if row.actor_organization_id}
    told = Told(sealed=sealed_until(session))
    if not rows:
        return told
    told.readable |= listing.among(session, JournalEntry, [row.id for row in rows], readable(actor))
    with _names_of_who_acts(session, actor):
        told.names |= _pairs(
            session.execute(select(Account.id, Account.real_name).where(Account.id.in_(actors)))
        )
    told.names |= reading.delegates_named(session, rows)
    told.people |= _pairs(session.execute(select(Person.id, Person.name).where(Person.id.in_(people))))
    told.titles |= _titles(session, rows)
    with unscoped(session, "a row of one's scope says which office acted, as every history does"):
        told.offices |= _pairs(
            session.execute(select(Organization.id, Organization.name).where(Organization.id.in_(offices)))
        )
    return told


def answers_for_all(actor: Actor) -> bool:
    """Tell whether somebody looks after the whole journal: he is told who acted, whatever accounts he sees."""
    return any(grant.rows is whole_journal for grant in permissions.grants_of(actor, Verb.VIEW, JournalEntry))


def _names_of_who_acts(session: Session, actor: Actor) -> AbstractContextManager[None]:
    """Let statements see the name of every account where the reader answers for the whole journal."""
    if answers_for_all(actor):
        return unscoped(
            session, "whoever answers for the whole journal is told who acted, as by the table's VIEW"
        )
    return nullcontext()


def _pairs(rows: Iterable[Any]) -> dict[int, str]:
    return {key: name for key, name in rows}  # noqa: C416  (rows, not pairs)


def _titles(session: Session, rows: Sequence[JournalEntry]) -> dict[tuple[str, int], str]:
    """Return the titles of objects of one's scope, in one statement."""
    wanted: dict[str, set[int]] = {}
    for row in rows:
        if row.object_type in TITLES:
            wanted.setdefault(row.object_type, set()).add(row.object_id)
    parts = [
        select(literal(name).label("type"), model.id, cast(title, String).label("title")).where(
            model.id.in_(keys)
        )
        for name, keys in sorted(wanted.items())
        for model, title in (TITLES[name],)
    ]
    if not parts:
        return {}
    found = session.execute(parts[0].union_all(*parts[1:]) if len(parts) > 1 else parts[0])
    return {(kind, key): title for kind, key, title in found}


def sealed_until(session: Session) -> int:
    """Return the key of the last sealed row; 0 before the first seal."""
    with unscoped(session, "how far the journal is sealed is no secret"):
        return session.scalar(select(func.max(JournalSeal.last_id))) or 0


def readable(actor: Actor) -> ColumnElement[bool]:
    """Return the condition of rows whose content the reader may see, among those he sees.

    Nearly everybody reads all he sees; then nothing is asked: the same long condition once more makes a search slow.
    """
    seen, read = (
        {(grant.rows, grant.while_in) for grant in permissions.grants_of(actor, verb, JournalEntry)}
        for verb in (Verb.VIEW, Verb.INSPECT)
    )
    return true() if seen <= read else permissions.rows(actor, Verb.INSPECT, JournalEntry)


# ---------------------------------------------------------------- finding rows
def done_by(session: Session, actor: Actor, term: str) -> ColumnElement[bool]:
    """Return the condition of rows an account did: by its name, as far as the reader is told it, or its number."""
    named = select(Account.id).where(Account.real_name.contains(term, autoescape=True)).limit(listing.CAP)
    with _names_of_who_acts(session, actor):
        by_name: ColumnElement[bool] = JournalEntry.actor_id.in_(list(session.scalars(named)))
    return or_(by_name, JournalEntry.actor_id == int(term)) if is_number(term) else by_name


def done_in(session: Session, term: str) -> ColumnElement[bool]:
    """Return the condition of rows an organisation's administrators did; every row names its organisation anyway."""
    with unscoped(session, "names of organisations that act are shown with each row"):
        keys = listing.organizations_named(session, term)
    condition: ColumnElement[bool] = JournalEntry.actor_organization_id.in_(keys)
    return condition


def about_people(people: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition of rows about professionals: done for them, about them, their logins or their records."""
    accounts = select(Account.id).where(Account.person_id.in_(people))
    return or_(
        JournalEntry.on_behalf_of_id.in_(people),
        and_(JournalEntry.object_type == "person", JournalEntry.object_id.in_(people)),
        and_(
            JournalEntry.object_type.in_(("account", LOGIN)),
            JournalEntry.object_id.in_(accounts),
        ),
        *(
            and_(
                JournalEntry.object_type == name,
                JournalEntry.object_id.in_(select(model.id).where(model.person_id.in_(people))),
            )
            for name, model in ABOUT
        ),
    )


def with_words(actor: Actor, term: str) -> ColumnElement[bool]:
    """Return the condition of rows whose reason has ``term`` in it, where the reader may see the reason, or of a request or batch."""
    found = [
        and_(
            readable(actor),
            JournalEntry.reason.contains(term, autoescape=True),
        ),
        JournalEntry.request_id == term,
        JournalEntry.batch_id == term,
    ]
    if finds_base_data(actor):
        called: Any = JournalEntry.details[LABEL].as_string()
        found.append(and_(JournalEntry.object_type.in_(BASE_DATA), called.contains(term, autoescape=True)))
    return or_(*found)


def finds_base_data(actor: Actor) -> bool:
    """Tell whether somebody keeps base data, and finds its rows by name."""
    return permissions.may(actor, Verb.EDIT, DictionaryItem)


def is_number(term: str) -> bool:
    """Tell whether a search word is a key."""
    return term.isascii() and term.isdecimal() and len(term) < len(str(2**63))


# ---------------------------------------------------------------- logins
class Owner(NamedTuple):
    """Whose account a login was to.

    Attributes:
        name: his name.
        user_type: what kind of user he is.
        office: the organisation he acts for, or a professional's employer.
    """

    name: str
    user_type: UserType
    office: str | None


def owners_of(session: Session, actor: Actor, rows: Sequence[JournalEntry], told: Told) -> dict[int, Owner]:
    """Return who owns the accounts that rows about logins are about, by key, in one statement.

    Args:
        session: the reader's scoped session.
        actor: the reader.
        rows: rows about logins, of his scope.
        told: what is known around them: accounts without a title are out of sight, unless the reader looks after all logins.
    """
    keys = {row.object_id for row in rows}
    if not looks_after_logins(actor):
        keys = {key for kind, key in told.titles if kind in ("account", LOGIN) and key in keys}
    employer = aliased(Organization)
    statement = (
        select(
            Account.id, Account.real_name, Account.user_type, func.coalesce(Organization.name, employer.name)
        )
        .outerjoin(Organization, Organization.id == Account.organization_id)
        .outerjoin(Person, Person.id == Account.person_id)
        .outerjoin(employer, employer.id == Person.employer_id)
        .where(Account.id.in_(keys))
    )
    with unscoped(
        session, "owners of accounts in sight, and of all of them where all logins are looked after"
    ):
        return {key: Owner(name, who, office) for key, name, who, office in session.execute(statement)}


def looks_after_logins(actor: Actor) -> bool:
    """Tell whether somebody reads the logins of all accounts, and is told whose they are."""
    grants = permissions.grants_of(actor, Verb.INSPECT, JournalEntry)
    return any(grant.rows is journal_of_all_logins for grant in grants)


def logins_of(session: Session, actor: Actor, term: str) -> ColumnElement[bool]:
    """Return the condition of rows about the logins that fit ``term``: of one's scope, or of all where one looks after all.

    Nothing is asked for that the rows do not show (docs/decisions/0029).
    """
    if not looks_after_logins(actor):
        return JournalEntry.object_id.in_(select(Account.id).where(listing.logins_called(session, term)))
    with unscoped(session, "whose login it was is shown with each row"):
        found = select(Account.id).where(listing.logins_called(session, term))
        # Administrators first: the people of many organisations would crowd them out.
        found = found.order_by(Account.person_id.is_not(None), Account.id).limit(listing.CAP)
        keys = list(session.scalars(found))
    return JournalEntry.object_id.in_(keys)


def from_address(term: str) -> ColumnElement[bool]:
    """Return the condition of rows that came from a network address, or from those that begin so."""
    address: Any = JournalEntry.details["address"].as_string()
    condition: ColumnElement[bool] = address.startswith(term, autoescape=True)
    return condition


def lookups_of(person_id: int) -> ColumnElement[bool]:
    """Return the condition of rows that say who saw a professional's full citizen id."""
    return and_(
        JournalEntry.object_type == "person",
        JournalEntry.object_id == person_id,
        JournalEntry.action.in_(SEEN),
    )


def who_acted(session: Session, rows: Sequence[JournalEntry]) -> dict[int, str]:
    """Return the names of those who acted, for the one whose data they saw."""
    actors = {row.actor_id for row in rows if row.actor_id}
    with unscoped(session, "who saw one's data is one's own to know"):
        return _pairs(session.execute(select(Account.id, Account.real_name).where(Account.id.in_(actors))))
