"""Lists that stay fast when the table is large: keys first, capped counts, people before claims."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, func, literal, or_, select

from models import Account, Base, Claim, Organization, Person, TrainingPlan
from models.crypto import blind_index
from models.enums import PersonState
from models.identifiers import (
    EARLIEST_BIRTH_YEAR,
    IdentifierError,
    birth_date_of,
    clean_citizen_id,
    clean_organization_code,
)
from services.transfers import moved_matching

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

CAP = 10_000
KEYS = "keys"
SHORT = 2  # characters: a two-character text is nearly always a name
# Old ids, and new ones with a digit too few. Numbers of certificates and plans begin with their year, which is no place.
ID_LIKE = re.compile(r"(?<![0-9A-Z])(?!20)[0-9]{14,17}[0-9X](?![0-9A-Z])")
# Each place a whole one can begin at, be it inside other figures.
ID_LONG = re.compile(r"(?=([0-9]{17}[0-9X]))")
SEPARATORS = re.compile(r"[\s\u200b-\u200d\u2010-\u2015\u2060\u2212\ufeff-]+")


class Page(NamedTuple):
    """One page of a list, and how many rows there are altogether, counted no further than :data:`CAP` + 1."""

    rows: list[Any]
    number: int


def page(
    session: Session,
    model: type[Base],
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    *,
    offset: int,
    limit: int,
    rows: Select[Any] | None = None,
) -> Page:
    """Return one page: a narrow scan for its keys beside the count, then these rows with what they show.

    Args:
        session: the actor's scoped session.
        model: the table.
        conditions: filters besides the scope.
        order: sort order; the key is added as the last word.
        offset: rows to skip.
        limit: rows to return.
        rows: how the rows are loaded, as :func:`by_key` says it; without it they come as they stand.
    """
    number = counting(model, conditions).scalar_subquery()
    found = session.execute(
        select(model.id, number)
        .where(*conditions)
        .order_by(*order, model.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    if not found:  # behind the last page nothing is there to stand beside the count
        return Page([], count(session, model, conditions) if offset else 0)
    keys = [key for key, _number in found]
    statement = by_key(model) if rows is None else rows
    loaded = {row.id: row for row in session.scalars(statement, {KEYS: keys})}
    return Page([loaded[key] for key in keys if key in loaded], found[0][1])


def by_key(model: type[Base], options: Sequence[Any] = ()) -> Select[Any]:
    """Return the statement of the rows whose keys arrive as its parameter :data:`KEYS`.

    Whoever asks it often keeps it: then it is put together and known to SQLAlchemy once.

    Args:
        model: the table.
        options: loader options.
    """
    return select(model).where(model.id.in_(bindparam(KEYS, expanding=True))).options(*options)


def counting(model: type[Base], conditions: Sequence[ColumnElement[bool]]) -> Select[int]:
    """Return the statement that counts rows, no further than :data:`CAP` + 1."""
    some = select(literal(1).label("one")).select_from(model).where(*conditions).limit(CAP + 1).subquery()
    return select(func.count()).select_from(some)


def count(session: Session, model: type[Base], conditions: Sequence[ColumnElement[bool]]) -> int:
    """Return the number of rows, counted no further than :data:`CAP` + 1."""
    return session.scalar(counting(model, conditions)) or 0


def counts(
    session: Session, model: type[Base], alternatives: Sequence[Sequence[ColumnElement[bool]]]
) -> list[int]:
    """Return the numbers of rows under each of some sets of conditions, as :func:`count` does, in one statement."""
    numbers = (counting(model, conditions).scalar_subquery() for conditions in alternatives)
    return list(session.execute(select(*numbers)).one())


def keys(
    session: Session, model: type[Base], conditions: Sequence[ColumnElement[bool]], limit: int
) -> list[int]:
    """Return the keys of at most ``limit`` rows in their order, for acting on all that match."""
    return list(session.scalars(select(model.id).where(*conditions).order_by(model.id).limit(limit)))


def among(
    session: Session, model: type[Base], keys: Sequence[int], condition: ColumnElement[bool]
) -> frozenset[int]:
    """Return those of the keys whose rows fulfil a condition, for the buttons of a page's rows."""
    return frozenset(session.scalars(select(model.id).where(model.id.in_(keys), condition)))


def short_count(number: int) -> str:
    """Return a capped count in figures."""
    return f"{CAP:,}+" if number > CAP else f"{number:,}"


def count_label(number: int) -> str:
    """Return the count as a page shows it."""
    return f"共 {short_count(number)} 条"


def people_matching(session: Session, term: str) -> list[int]:
    """Return the keys of people of one's scope whose name or its pinyin initials fit ``term``.

    People who went to another employer are found by the name their transfer knows: their records of that time stay.
    """
    people = select(Person.id).where(
        or_(
            Person.name.contains(term, autoescape=True),
            Person.name_initials.startswith(term.lower(), autoescape=True),
        )
    )
    return list(session.scalars(people.union_all(moved_matching(term)).limit(CAP + 1)))


def citizen_ids_in(text: str) -> list[str]:
    """Return what in a typed text is a citizen id or looks like a mistyped one, for keeping it out of addresses.

    Spaces and hyphens may stand inside it, and any other words around it. The credit code of an organisation is none.
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    joined = SEPARATORS.sub("", plain)
    alike = [found for words in (plain, joined) for found in ID_LIKE.findall(words)]
    whole = [found for found in ID_LONG.findall(joined) if _is_citizen_id(found)]
    return [*dict.fromkeys([*(found for found in alike if not _is_credit_code(found)), *whole])]


def _is_citizen_id(number: str) -> bool:
    try:
        return clean_citizen_id(number) == number
    except IdentifierError:
        return False


def _is_credit_code(number: str) -> bool:
    """Tell whether a number is an organisation's credit code and has no birth date where a citizen id has it."""
    try:
        clean_organization_code(number)
    except IdentifierError:
        return False
    try:
        return birth_date_of(number).year < EARLIEST_BIRTH_YEAR
    except ValueError:
        return True


def person_with_citizen_id(session: Session, term: str) -> int | None:
    """Return the key of the professional of one's scope with exactly this citizen id."""
    try:
        number = clean_citizen_id(term)
    except IdentifierError:
        return None
    return session.scalar(
        select(Person.id)
        .where(Person.citizen_id_index == blind_index(number))
        .order_by(Person.state == PersonState.VOID, Person.id.desc())
    )


def citizen_id_of(session: Session, key: int | None) -> str | None:
    """Return the citizen id of a professional of one's scope, to be shown masked."""
    return session.scalar(select(Person.citizen_id).where(Person.id == key)) if key else None


def login_with_citizen_id(session: Session, term: str) -> int | None:
    """Return the key of a login of one's scope whose holder has exactly this citizen id."""
    try:
        number = clean_citizen_id(term)
    except IdentifierError:
        return None
    return session.scalar(
        select(Account.id).where(Account.citizen_id_index == blind_index(number)).order_by(Account.id.desc())
    )


def citizen_id_of_login(session: Session, key: int | None) -> str | None:
    """Return the citizen id of the holder of a login of one's scope, to be shown masked."""
    return session.scalar(select(Account.citizen_id).where(Account.id == key)) if key else None


def logins_of_holder(key: int) -> ColumnElement[bool]:
    """Return the condition of all logins of the one who has this login: people may administer several organisations."""
    return (
        Account.citizen_id_index
        == select(Account.citizen_id_index).where(Account.id == key).scalar_subquery()
    )


def claims_matching(session: Session, term: str) -> ColumnElement[bool]:
    """Return the condition of claims of the people, or with the title, that fit ``term``."""
    people = of_people_matching(session, Claim.person_id, term)
    return people if len(term) <= SHORT else or_(people, Claim.title.contains(term, autoescape=True))


def of_people_matching(session: Session, column: Any, term: str) -> ColumnElement[bool]:
    """Return the condition of rows whose person fits ``term``."""
    condition: ColumnElement[bool] = column.in_(people_matching(session, term))
    return condition


def organizations_named(session: Session, term: str) -> list[int]:
    """Return the keys of organisations of one's scope whose name, initials or code fit ``term``."""
    return list(
        session.scalars(select(Organization.id).where(organizations_matching(session, term)).limit(CAP))
    )


def plans_named(term: str) -> Select[int]:
    """Return ``SELECT id`` of the training plans whose name or number fits ``term``."""
    return select(TrainingPlan.id).where(
        or_(
            TrainingPlan.name.contains(term, autoescape=True),
            TrainingPlan.number.startswith(term.upper(), autoescape=True),
        )
    )


def logins_of_organizations(session: Session, term: str) -> ColumnElement[bool]:
    """Return the condition of logins of organisations that fit ``term``, and of their people."""
    offices = organizations_named(session, term)
    employed = select(Person.id).where(Person.employer_id.in_(offices))
    return or_(Account.organization_id.in_(offices), Account.person_id.in_(employed))


def logins_matching(session: Session, term: str) -> ColumnElement[bool]:
    """Return the condition of logins whose holder or organisation fits ``term``."""
    return or_(
        Account.real_name.contains(term, autoescape=True),
        Account.mobile == term,
        Account.person_id.in_(people_matching(session, term)),
        Account.organization_id.in_(organizations_named(session, term)),
    )


def logins_called(session: Session, term: str) -> ColumnElement[bool]:
    """Return the condition of logins whose holder's name or initials, or whose organisation, his employer's included, fit ``term``.

    For lists that tell no more of a login than that.
    """
    initials = select(Person.id).where(Person.name_initials.startswith(term.lower(), autoescape=True))
    return or_(
        Account.real_name.contains(term, autoescape=True),
        Account.person_id.in_(initials),
        logins_of_organizations(session, term),
    )


def logins_named(session: Session, term: str) -> Select[int]:
    """Return ``SELECT id`` of the logins of one's scope whose holder or organisation fits ``term``."""
    return select(Account.id).where(logins_matching(session, term))


def logins_of_type(user_type: str) -> Select[int]:
    """Return ``SELECT id`` of the logins of a user type."""
    return select(Account.id).where(Account.user_type == user_type)


def organizations_matching(_session: Session, term: str) -> ColumnElement[bool]:
    """Return the condition of organisations whose name, initials or code fit ``term``."""
    return or_(
        Organization.name.contains(term, autoescape=True),
        Organization.name_initials.startswith(term.lower(), autoescape=True),
        Organization.code == term.upper(),
        Organization.credit_code == term.upper(),
    )
