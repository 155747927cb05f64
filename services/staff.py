"""People as their employer keeps them: departments, what may be changed, the login, and who saw an identifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect, select

from models import Account, Department, DictionaryItem, JournalEntry, Organization, Person, YearSummary
from models.identifiers import IdentifierError, clean_email, clean_mobile
from models.journal import SEEN
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import journal, picking, reading
from services.errors import InputError
from services.registration import OPEN
from services.typed_text import too_long, unknown_codes, visible
from workflow import postings  # noqa: F401  (years are judged anew where a title level changes)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

CODES = {
    "ethnicity_code": ("民族", "ethnicity"),
    "education_code": ("学历", "education"),
    "degree_code": ("学位", "degree"),
    "major_code": ("所学专业", "major"),
    "title_series_code": ("职称系列", "title_series"),
    "title_level_code": ("职称级别", "title_level"),
}
"""Label and dictionary of the columns that hold a code."""
LINES = {"native_place": "籍贯", "school": "毕业院校"}
REASON_LENGTH = 500


# ---------------------------------------------------------------- departments
def department_paths(session: Session, organization_id: int | None) -> list[tuple[int, str]]:
    """Return (key, path) of an employer's departments as a tree is read, such as ``内科/门诊``.

    Args:
        session: any session.
        organization_id: the employer; without one there are none.
    """
    found: list[tuple[int, str]] = []
    names: list[str] = []
    for depth, option in picking.in_tree_order(picking.departments(session, organization_id or 0)):
        names[depth:] = [option.label]
        found.append((int(option.value), "/".join(names)))
    return found


def in_department(session: Session, key: int) -> ColumnElement[bool]:
    """Return the condition of people of a department of one's scope and of those below it."""
    return Person.department_id.in_(reading.departments_within(session, key))


# ---------------------------------------------------------------- what may be changed
def code_labels(session: Session) -> dict[str, dict[str, str]]:
    """Return label by code for each column that holds a code, retired entries too, in one statement."""
    columns = {dictionary: name for name, (_label, dictionary) in CODES.items()}
    found: dict[str, dict[str, str]] = {name: {} for name in CODES}
    for row in session.execute(
        select(DictionaryItem.dictionary_code, DictionaryItem.code, DictionaryItem.label).where(
            DictionaryItem.dictionary_code.in_(columns)
        )
    ):
        found[columns[row.dictionary_code]][row.code] = row.label
    return found


def clean(session: Session, person: Person) -> None:
    """Bring what an employer typed about a professional into its stored form.

    Name, citizen id and employer are not his to change (product §2.2).

    Args:
        session: the employer's session.
        person: the row with what was typed on it, not flushed yet.

    Raises:
        InputError: by field.
    """
    errors: dict[str, str] = {}
    for name, cleaner in (("mobile", clean_mobile), ("email", clean_email)):
        typed = (getattr(person, name) or "").strip()
        try:
            setattr(person, name, cleaner(typed) if typed else "")
        except IdentifierError as error:
            errors[name] = error.sentence
    for name in LINES:
        setattr(person, name, visible(getattr(person, name) or ""))
    errors |= too_long({name: (label, getattr(person, name)) for name, label in LINES.items()})
    changed = inspect(person).attrs
    # A code that was retired since it was chosen may stay as it is.
    errors |= unknown_codes(
        session,
        {
            name: (*described, getattr(person, name))
            for name, described in CODES.items()
            if changed[name].history.added
        },
    )
    if person.department_id is not None:
        department = session.get(Department, person.department_id)
        if department is None or department.organization_id != person.employer_id:
            errors["department_id"] = "请选择本单位的部门"
    if errors:
        raise InputError(errors)


# ---------------------------------------------------------------- what stands around a person
def login_of(session: Session, person: Person) -> Account | None:
    """Return the login of a professional one sees, ``None`` where none was opened."""
    with unscoped(session, "the person was checked; of the login only its state is shown"):
        return session.scalars(
            select(Account).where(Account.person_id == person.id).order_by(Account.id.desc()).limit(1)
        ).first()


def with_login() -> ColumnElement[bool]:
    """Return the condition of people who have a login, as far as the session's scope shows logins."""
    return Person.id.in_(
        select(Account.person_id).where(Account.person_id.is_not(None), Account.status.in_(OPEN))
    )


def years_of(session: Session, person: Person) -> Sequence[YearSummary]:
    """Return the years of a professional as far as the session's scope shows them, newest first."""
    return session.scalars(
        select(YearSummary).where(YearSummary.person_id == person.id).order_by(YearSummary.credit_year.desc())
    ).all()


def lookups(session: Session, person_id: int) -> list[tuple[JournalEntry, str | None]]:
    """Return who saw the full citizen id of a professional: journal rows with the office, the latest first."""
    with unscoped(session, "one's own data: who saw it, as an office"):
        rows = session.execute(
            select(JournalEntry, Organization.name)
            .outerjoin(Organization, Organization.id == JournalEntry.actor_organization_id)
            .where(
                JournalEntry.object_type == "person",
                JournalEntry.object_id == person_id,
                JournalEntry.action.in_(SEEN),
            )
            .order_by(JournalEntry.id.desc())
        ).all()
    return [(row[0], row[1]) for row in rows]


def check_reason(typed: str) -> str:
    """Return the reason somebody gives for seeing full identifiers.

    Raises:
        InputError: ``reason``: none, or too long.
    """
    reason = visible(typed)
    if not reason:
        raise InputError({"reason": "请填写查看原因，本人可以看到"})
    if len(reason) > REASON_LENGTH:
        raise InputError({"reason": f"查看原因最多 {REASON_LENGTH} 个字，请删减"})
    return reason


def unmask(
    session: Session, actor: Actor, person: Person, reason: str, *, request_id: str | None = None
) -> str:
    """Return a full citizen id and journal who saw it and why; the caller commits before he shows it.

    Args:
        session: the actor's session.
        actor: who wants to see it.
        person: whose.
        reason: as typed.
        request_id: for the journal.

    Raises:
        InputError: no reason, or no permission.
    """
    reason = check_reason(reason)
    if not permissions.allows(session, actor, Verb.UNMASK, person):
        raise InputError({"reason": "您没有查看完整身份证号的权限"})
    journal.record(session, actor, "person", person.id, "unmask", reason=reason, request_id=request_id)
    return person.citizen_id
