"""Scopes: functions ``(actor) → SQL expression`` that say which rows an actor is tied to.

No joins: only columns of the row itself or ``IN (SELECT …)``. A tie goes through :func:`tied` or :func:`within`,
which answer "no row" when it is missing: ``column == None`` would render ``IS NULL`` and an empty prefix would
match everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, false, or_, select, true

from models import (
    Account,
    Batch,
    BatchItem,
    Certificate,
    Claim,
    ClaimAttachment,
    Department,
    JournalEntry,
    LedgerEntry,
    Notice,
    Organization,
    Person,
    YearSummary,
)
from models.enums import CHANGEABLE, DECLARED_OR_LATER, ClaimStatus, OrganizationKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Select

    from models import Base
    from permissions.actor import Actor

    Scope = Callable[[Actor], ColumnElement[bool]]

# Plain table columns, not mapped attributes: an ORM subselect would get the session's own criteria again, without end.
account, batch, batch_item = Account.__table__.c, Batch.__table__.c, BatchItem.__table__.c
claim, attachment = Claim.__table__.c, ClaimAttachment.__table__.c
department, journal, notice = Department.__table__.c, JournalEntry.__table__.c, Notice.__table__.c
organization, person = Organization.__table__.c, Person.__table__.c

KEPT_BY_SYSTEM = (OrganizationKind.PROVINCE, OrganizationKind.SYSTEM)


def tied(column: Any, tie: object) -> ColumnElement[bool]:
    """Return ``column = tie``, or no row where the tie is missing."""
    return false() if tie is None or tie == "" else column == tie


def within(column: Any, span: tuple[str, str] | None) -> ColumnElement[bool]:
    """Return ``lower <= column < upper``, or no row where there is no span."""
    return false() if span is None else and_(column >= span[0], column < span[1])


def _acts_for_an_office(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.organization_id else false()


def chosen(column: Any, condition: ColumnElement[bool]) -> Select[Any]:
    """Return ``SELECT column WHERE condition``, never correlated with a table of the statement around it."""
    return select(column).where(condition).correlate(None)


# ---------------------------------------------------------------- people and organisations
def own_person(actor: Actor) -> ColumnElement[bool]:
    """The professional himself."""
    return tied(person.id, actor.person_id)


def people_of_employer(actor: Actor) -> ColumnElement[bool]:
    """Professionals of the employer."""
    return tied(person.employer_id, actor.organization_id)


def people_in_region(actor: Actor) -> ColumnElement[bool]:
    """Professionals whose employer lies in the bureau's region."""
    return within(person.region_code, actor.regions)


def people_of_authority(actor: Actor) -> ColumnElement[bool]:
    """Professionals whose employer names the authority."""
    return tied(person.authority_id, actor.organization_id)


def own_organization(actor: Actor) -> ColumnElement[bool]:
    """The organisation administered."""
    return tied(organization.id, actor.organization_id)


def own_offices(actor: Actor) -> ColumnElement[bool]:
    """The organisation administered and the offices it stands below."""
    superiors = chosen(organization.bureau_id, tied(organization.id, actor.organization_id))
    authorities = chosen(organization.authority_id, tied(organization.id, actor.organization_id))
    return or_(own_organization(actor), organization.id.in_(superiors), organization.id.in_(authorities))


def own_employer(actor: Actor) -> ColumnElement[bool]:
    """The employer of a professional, the offices above it, and the offices that decide his claims."""
    mine = tied(claim.person_id, actor.person_id)
    employer = tied(organization.id, actor.employer_id)
    return or_(
        employer,
        organization.id.in_(chosen(organization.bureau_id, employer)),
        organization.id.in_(chosen(organization.authority_id, employer)),
        organization.id.in_(chosen(claim.approver_id, mine)),
        organization.id.in_(chosen(claim.employer_id, mine)),
    )


def organizations_in_region(actor: Actor) -> ColumnElement[bool]:
    """Organisations of the office's region, the office itself and its superior."""
    return or_(within(organization.region_code, actor.regions), own_offices(actor))


def organizations_of_authority(actor: Actor) -> ColumnElement[bool]:
    """Organisations that name the authority, itself and its bureau."""
    return or_(tied(organization.authority_id, actor.organization_id), own_offices(actor))


def organizations_routed_here(actor: Actor) -> ColumnElement[bool]:
    """Organisations whose registration this office decides."""
    return tied(organization.bureau_id, actor.organization_id)


def offices_of_system(actor: Actor) -> ColumnElement[bool]:
    """The province's and the system's own office, whose administrators the system administrator keeps."""
    return and_(_acts_for_an_office(actor), organization.kind.in_(KEPT_BY_SYSTEM))


def own_departments(actor: Actor) -> ColumnElement[bool]:
    """Departments of the employer administered."""
    return tied(department.organization_id, actor.organization_id)


def departments_of_own_employer(actor: Actor) -> ColumnElement[bool]:
    """Departments of the professional's employer."""
    return tied(department.organization_id, actor.employer_id)


def departments_in_region(actor: Actor) -> ColumnElement[bool]:
    """Departments of employers in the office's region."""
    return department.organization_id.in_(
        chosen(organization.id, within(organization.region_code, actor.regions))
    )


def departments_of_authority(actor: Actor) -> ColumnElement[bool]:
    """Departments of employers that name the authority."""
    return department.organization_id.in_(
        chosen(organization.id, tied(organization.authority_id, actor.organization_id))
    )


# ---------------------------------------------------------------- accounts
def own_account(actor: Actor) -> ColumnElement[bool]:
    """The login itself."""
    return tied(account.id, actor.account_id)


def accounts_of_organization(actor: Actor) -> ColumnElement[bool]:
    """Administrators of the organisation administered."""
    return tied(account.organization_id, actor.organization_id)


def accounts_routed_here(actor: Actor) -> ColumnElement[bool]:
    """Accounts whose registration this office decides."""
    return tied(account.approver_id, actor.organization_id)


def accounts_in_region(actor: Actor) -> ColumnElement[bool]:
    """Administrators of the organisations in the office's region."""
    return account.organization_id.in_(
        chosen(organization.id, within(organization.region_code, actor.regions))
    )


def accounts_of_system(actor: Actor) -> ColumnElement[bool]:
    """Administrators of the province's and the system's own office."""
    offices = chosen(organization.id, organization.kind.in_(KEPT_BY_SYSTEM))
    return and_(_acts_for_an_office(actor), account.organization_id.in_(offices))


# ---------------------------------------------------------------- claims
def own_claims(actor: Actor) -> ColumnElement[bool]:
    """Claims of the professional."""
    return tied(claim.person_id, actor.person_id)


def own_filed_claims(actor: Actor) -> ColumnElement[bool]:
    """Claims the professional filed himself; one registered for him is his employer's to change."""
    return and_(own_claims(actor), claim.registered_by_id.is_(None))


def claims_of_employer(actor: Actor) -> ColumnElement[bool]:
    """Claims of the employer's people, without what people have not submitted yet."""
    seen = or_(claim.status != ClaimStatus.DRAFT, claim.registered_by_id.is_not(None))
    return and_(tied(claim.employer_id, actor.organization_id), seen)


def claims_registered_by_employer(actor: Actor) -> ColumnElement[bool]:
    """Claims the employer registered on a person's behalf."""
    return and_(tied(claim.employer_id, actor.organization_id), claim.registered_by_id.is_not(None))


def claims_in_region(actor: Actor) -> ColumnElement[bool]:
    """Claims filed in the office's region, from their declaration on."""
    return and_(within(claim.region_code, actor.regions), claim.status.in_(DECLARED_OR_LATER))


def claims_routed_here(actor: Actor) -> ColumnElement[bool]:
    """Claims declared to this office."""
    return tied(claim.approver_id, actor.organization_id)


def own_changeable_claims(actor: Actor) -> ColumnElement[bool]:
    """Claims the professional filed himself and may still change."""
    return and_(own_filed_claims(actor), claim.status.in_(CHANGEABLE))


def changeable_registered_claims(actor: Actor) -> ColumnElement[bool]:
    """Claims the employer registered on a person's behalf and may still change."""
    return and_(claims_registered_by_employer(actor), claim.status == ClaimStatus.DRAFT)


def _by_claim(column: Any, scope: Scope) -> Scope:
    def rows(actor: Actor) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = column.in_(chosen(claim.id, scope(actor)))
        return condition

    rows.__name__ = f"of_{scope.__name__}"
    rows.__doc__ = f"Rows that belong to: {scope.__doc__}"
    return rows


attachments_of_own_claims = _by_claim(attachment.claim_id, own_claims)
attachments_of_own_changeable_claims = _by_claim(attachment.claim_id, own_changeable_claims)
attachments_of_employer = _by_claim(attachment.claim_id, claims_of_employer)
attachments_of_changeable_registered = _by_claim(attachment.claim_id, changeable_registered_claims)
attachments_in_region = _by_claim(attachment.claim_id, claims_in_region)
attachments_routed_here = _by_claim(attachment.claim_id, claims_routed_here)


def attachments_waiting(actor: Actor) -> ColumnElement[bool]:
    """Files one uploaded oneself that wait for their form to be saved."""
    return and_(tied(attachment.uploaded_by_id, actor.account_id), attachment.claim_id.is_(None))


# ---------------------------------------------------------------- ledger, year, certificate
RECORDS: tuple[type[LedgerEntry | YearSummary | Certificate], ...] = (LedgerEntry, YearSummary, Certificate)


def _records(name: str, doc: str, condition: Callable[[Any, Actor], ColumnElement[bool]]) -> dict[Any, Scope]:
    """Return the same scope for each table of records, which share their columns."""

    def scope_of(model: type[Base]) -> Scope:
        def rows(actor: Actor) -> ColumnElement[bool]:
            return condition(model.__table__.c, actor)

        rows.__name__, rows.__doc__ = f"{model.__tablename__}_{name}", doc
        return rows

    return {model: scope_of(model) for model in RECORDS}


of_person = _records(
    "of_person", "Rows of the professional.", lambda row, actor: tied(row.person_id, actor.person_id)
)
of_employer = _records(
    "of_employer",
    "Rows of the employer's people.",
    lambda row, actor: tied(row.employer_id, actor.organization_id),
)
in_region = _records(
    "in_region", "Rows of the office's region.", lambda row, actor: within(row.region_code, actor.regions)
)
of_authority = _records(
    "of_authority",
    "Rows of people whose employer names the authority.",
    lambda row, actor: tied(row.authority_id, actor.organization_id),
)


# ---------------------------------------------------------------- journal, batches, notices
def own_journal(actor: Actor) -> ColumnElement[bool]:
    """What one did oneself."""
    return tied(journal.actor_id, actor.account_id)


def _journal_of_claims(scope: Scope) -> Scope:
    def rows(actor: Actor) -> ColumnElement[bool]:
        about = and_(journal.object_type == "claim", journal.object_id.in_(chosen(claim.id, scope(actor))))
        return or_(own_journal(actor), about)

    rows.__name__ = f"journal_of_{scope.__name__}"
    rows.__doc__ = f"What one did oneself, and the history of: {scope.__doc__}"
    return rows


journal_of_own_claims = _journal_of_claims(own_claims)
journal_of_employer = _journal_of_claims(claims_of_employer)
journal_in_region = _journal_of_claims(claims_in_region)
journal_routed_here = _journal_of_claims(claims_routed_here)


def own_batches(actor: Actor) -> ColumnElement[bool]:
    """Batches one decided oneself."""
    return tied(batch.actor_id, actor.account_id)


def items_of_own_batches(actor: Actor) -> ColumnElement[bool]:
    """Rows of the batches one decided oneself."""
    return batch_item.batch_key.in_(chosen(batch.key, own_batches(actor)))


def own_notices(actor: Actor) -> ColumnElement[bool]:
    """Messages in one's own inbox."""
    return tied(notice.account_id, actor.account_id)
