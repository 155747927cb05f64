"""The actor: who is acting, with the ties that scopes compare rows with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models import Account, Organization, Person, Setting
from models.enums import AccountStatus, DelegatedWork, Duty, OrganizationKind, OrganizationStatus, UserType
from models.reference import SEPARATE_DUTIES

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Principal:
    """In whose place somebody acts (:mod:`permissions.delegating`).

    Attributes:
        delegation_id: by which delegation.
        account_id: the giver's login.
        citizen_id_index: the giver's.
        works: what was left to who acts.
    """

    delegation_id: int
    account_id: int
    citizen_id_index: str | None
    works: frozenset[DelegatedWork]


@dataclass(frozen=True, slots=True)
class Actor:
    """A logged-in account, as permissions see it.

    A tie that is missing is ``None``; scopes turn it into "no row", never into "every row".

    Attributes:
        account_id: the login; ``None`` for a visitor.
        user_type: one of the seven user types; ``None`` for a visitor.
        organization_id: the organisation administered; ``None`` for a person.
        person_id: the professional behind a personal login.
        employer_id: the employer of that professional.
        citizen_id_index: blind index of the citizen id, so that nobody decides his own claim under another login.
        regions: half-open range of region codes a bureau or the province looks after.
        label: organisation and name, for the top of the page and the journal.
        principal: in whose place he acts; then organisation, user type and regions are those of the office he acts for, and
            account and citizen id stay his own.
        duties: of the three duties of system administrators those the login holds: all of them unless they are separated, then
            its own or none. Nobody else has any.
    """

    account_id: int | None = None
    user_type: UserType | None = None
    organization_id: int | None = None
    person_id: int | None = None
    employer_id: int | None = None
    citizen_id_index: str | None = None
    regions: tuple[str, str] | None = None
    label: str = "访客"
    principal: Principal | None = None
    duties: frozenset[Duty] = frozenset()

    @property
    def citizens(self) -> tuple[str | None, ...]:
        """Blind indexes of everybody concerned: who acts, and in whose place; neither decides what is his own."""
        return (self.citizen_id_index, *((self.principal.citizen_id_index,) if self.principal else ()))

    @property
    def accounts(self) -> tuple[int | None, ...]:
        """The logins of the same."""
        return (self.account_id, *((self.principal.account_id,) if self.principal else ()))

    @property
    def in_place_of_id(self) -> int | None:
        """Return the login he acts in the place of, for the journal."""
        return self.principal.account_id if self.principal else None


VISITOR = Actor()


def region_range(region_code: str | None, kind: OrganizationKind) -> tuple[str, str] | None:
    """Return the half-open range of region codes below an office (GB/T 2260: two digits a level).

    A province covers its two digits, a city bureau its four, a county bureau (or a county directly under the
    province, 4190xx) only itself. Other kinds of organisation have no region of their own.
    """
    if not region_code or kind not in (OrganizationKind.BUREAU, OrganizationKind.PROVINCE):
        return None
    if region_code.endswith("0000"):
        width = 2
    elif region_code.endswith("00"):
        width = 4
    else:
        width = 6
    lower = region_code[:width]
    upper = str(int(lower) + 1).zfill(width)
    return lower.ljust(6, "0"), upper.ljust(6, "0")


def actor_columns() -> tuple[Any, ...]:
    """Return what of :class:`Account`, and of its organisation and person, makes an actor (:func:`actor_of`)."""
    return (
        Account.id.label("account_id"),
        Account.user_type,
        Account.organization_id,
        Account.person_id,
        Account.citizen_id_index,
        Account.real_name,
        Account.status,
        Account.duty,
        select(Setting.value)
        .where(Setting.key == SEPARATE_DUTIES)
        .correlate(None)
        .scalar_subquery()
        .label("separate_duties"),
        Organization.name.label("organization_name"),
        Organization.kind,
        Organization.status.label("organization_status"),
        Organization.region_code,
        Person.employer_id,
    )


def actor_of(row: Any) -> Actor | None:
    """Return the actor of a row of :func:`actor_columns`, or ``None`` where the account may not act."""
    if row.status != AccountStatus.ACTIVE:
        return None
    if row.organization_id is not None and row.organization_status != OrganizationStatus.ACTIVE:
        return None
    return Actor(
        account_id=row.account_id,
        user_type=row.user_type,
        organization_id=row.organization_id,
        person_id=row.person_id,
        employer_id=row.employer_id,
        citizen_id_index=row.citizen_id_index,
        regions=region_range(row.region_code, row.kind) if row.kind else None,
        label=" · ".join(part for part in (row.organization_name, row.real_name) if part),
        duties=duties_of(row.user_type, row.duty, separated=row.separate_duties == "on"),
    )


def duties_of(user_type: UserType, duty: Duty | None, *, separated: bool) -> frozenset[Duty]:
    """Return the duties a login holds.

    Args:
        user_type: of the login.
        duty: the one it was given.
        separated: whether the three duties are separated.
    """
    if user_type is not UserType.SYSTEM:
        return frozenset()
    if not separated:
        return frozenset(Duty)
    return frozenset() if duty is None else frozenset({duty})


def load_actor(session: Session, account_id: int) -> Actor | None:
    """Return the actor of an active account, or ``None`` where it may not act (disabled, organisation disabled).

    Args:
        session: a session that may see every row (see ``permissions.wall.unscoped``).
        account_id: the account's key.
    """
    row = session.execute(
        select(*actor_columns())
        .select_from(Account)
        .outerjoin(Organization, Organization.id == Account.organization_id)
        .outerjoin(Person, Person.id == Account.person_id)
        .where(Account.id == account_id)
    ).one_or_none()
    return actor_of(row) if row else None
