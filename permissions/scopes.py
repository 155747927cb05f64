"""Scopes: functions ``(actor) → SQL expression`` that say which rows an actor is tied to.

No joins: only columns of the row itself or ``IN (SELECT …)``. A tie goes through :func:`tied` or :func:`within`,
which answer "no row" when it is missing: ``column == None`` would render ``IS NULL`` and an empty prefix would
match everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, false, func, or_, select, true

from models import (
    Account,
    Announcement,
    AnnouncementRead,
    Batch,
    BatchItem,
    Certificate,
    CertificateRun,
    CertificateRunItem,
    CertificateTemplate,
    Claim,
    ClaimAttachment,
    ClaimFinding,
    Delegation,
    Department,
    GridSetting,
    HoursCount,
    ImportRow,
    ImportRun,
    JournalEntry,
    LedgerEntry,
    LoginSession,
    MailPreference,
    Notice,
    Organization,
    OrganizationChange,
    PeopleCount,
    Person,
    PersonCorrection,
    Rehearsal,
    RehearsalLine,
    RuleDraft,
    SavedView,
    Setting,
    Transfer,
    WaitingCount,
    YearSummary,
)
from models.base import now
from models.enums import (
    CHANGEABLE,
    DECLARED_OR_LATER,
    AccountStatus,
    ClaimStatus,
    OrganizationKind,
    OrganizationStatus,
    RequestStatus,
    ViewAudience,
)
from models.journal import LOGIN, LOGIN_HELP, SEEN
from models.reference import SEPARATE_DUTIES
from models.types import has_member

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Select

    from models import Base
    from permissions.actor import Actor

    Scope = Callable[[Actor], ColumnElement[bool]]

# Plain table columns, not mapped attributes: an ORM subselect would get the session's own criteria again, without end.
account, batch, batch_item = Account.__table__.c, Batch.__table__.c, BatchItem.__table__.c
claim, attachment = Claim.__table__.c, ClaimAttachment.__table__.c
finding, waiting = ClaimFinding.__table__.c, WaitingCount.__table__.c
department, journal, notice = Department.__table__.c, JournalEntry.__table__.c, Notice.__table__.c
organization, person = Organization.__table__.c, Person.__table__.c
delegation = Delegation.__table__.c
administrator = Account.__table__.alias("administrator").c
announcement, reading = Announcement.__table__.c, AnnouncementRead.__table__.c
saved_view, grid_setting = SavedView.__table__.c, GridSetting.__table__.c
login_session, mail_preference = LoginSession.__table__.c, MailPreference.__table__.c
setting = Setting.__table__.c
transfer, correction = Transfer.__table__.c, PersonCorrection.__table__.c
import_run, import_row = ImportRun.__table__.c, ImportRow.__table__.c
change = OrganizationChange.__table__.c
certificate_template = CertificateTemplate.__table__.c
rule_draft, rehearsal, rehearsal_line = (
    RuleDraft.__table__.c,
    Rehearsal.__table__.c,
    RehearsalLine.__table__.c,
)

certificate_run, run_item = CertificateRun.__table__.c, CertificateRunItem.__table__.c

IMPERSONAL = (
    "rule_draft", "rehearsal", "certificate_template", "journal",
    "announcement", "claim_kind", "credit_year", "dictionary_item", "region", "setting",
)  # fmt: skip
"""Objects of the journal that say nothing about a professional, an organisation or a record."""
ADMINISTRATIVE = (
    "organization",
    "organization_change",
    "account",
    LOGIN,
    "export",
    "import_run",
    "access_review",
)
KEPT_BY_SYSTEM = (OrganizationKind.PROVINCE, OrganizationKind.SYSTEM)


def tied(column: Any, tie: object) -> ColumnElement[bool]:
    """Return ``column = tie``, or no row where the tie is missing."""
    return false() if tie is None or tie == "" else column == tie


def within(column: Any, span: tuple[str, str] | None) -> ColumnElement[bool]:
    """Return ``lower <= column < upper``, or no row where there is no span."""
    return false() if span is None else and_(column >= span[0], column < span[1])


def itself_and_above(region: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    """Return the codes of a region, of its city and of its province (GB/T 2260: two digits a level)."""
    return region, func.substr(region, 1, 4) + "00", func.substr(region, 1, 2) + "0000"


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


def organizations_naming_authority(actor: Actor) -> ColumnElement[bool]:
    """Organisations that name the authority."""
    return tied(organization.authority_id, actor.organization_id)


def organizations_routed_here(actor: Actor) -> ColumnElement[bool]:
    """Organisations whose registration this office decides."""
    return tied(organization.bureau_id, actor.organization_id)


def organizations_asking_here(actor: Actor) -> ColumnElement[bool]:
    """Organisations that ask this office to change what they may not change by themselves."""
    waiting = and_(tied(change.approver_id, actor.organization_id), change.status == RequestStatus.PENDING)
    return organization.id.in_(chosen(change.organization_id, waiting))


def changes_of_organization(actor: Actor) -> ColumnElement[bool]:
    """Changes the organisation administered asked for."""
    return tied(change.organization_id, actor.organization_id)


def changes_routed_here(actor: Actor) -> ColumnElement[bool]:
    """Changes this office decides."""
    return tied(change.approver_id, actor.organization_id)


def changes_in_region(actor: Actor) -> ColumnElement[bool]:
    """Changes asked for by organisations of the office's region."""
    return change.organization_id.in_(
        chosen(organization.id, within(organization.region_code, actor.regions))
    )


def offices_of_system(actor: Actor) -> ColumnElement[bool]:
    """The province's and the system's own office, whose administrators the system administrator keeps."""
    return and_(_acts_for_an_office(actor), organization.kind.in_(KEPT_BY_SYSTEM))


def organizations_below(actor: Actor) -> ColumnElement[bool]:
    """Organisations of the office's region and those whose registration it decides, never itself."""
    below = or_(within(organization.region_code, actor.regions), organizations_routed_here(actor))
    return and_(_acts_for_an_office(actor), below, organization.id != actor.organization_id)


def organizations_left_alone(actor: Actor) -> ColumnElement[bool]:
    """Active organisations below the office that have no active administrator any more."""
    administered = chosen(
        administrator.organization_id,
        and_(administrator.status == AccountStatus.ACTIVE, administrator.organization_id.is_not(None)),
    )
    active = organization.status == OrganizationStatus.ACTIVE
    return and_(organizations_below(actor), active, organization.id.not_in(administered))


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


def colleagues(actor: Actor) -> ColumnElement[bool]:
    """The other administrators of the organisation administered, never the login itself."""
    others = account.id != actor.account_id if actor.account_id else false()
    return and_(accounts_of_organization(actor), others)


def accounts_routed_here(actor: Actor) -> ColumnElement[bool]:
    """Accounts whose registration this office decides."""
    return tied(account.approver_id, actor.organization_id)


def _administrators(of: Scope, doc: str) -> Scope:
    def rows(actor: Actor) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = account.organization_id.in_(chosen(organization.id, of(actor)))
        return condition

    rows.__name__, rows.__doc__ = f"administrators_of_{of.__name__}", doc
    return rows


accounts_below = _administrators(
    organizations_below,
    "Administrators of the organisations of the office's region and of those whose registration it decides, never its own.",
)
accounts_left_alone = _administrators(
    organizations_left_alone,
    "Administrators of active organisations below the office that have no active one any more.",
)
accounts_of_system = _administrators(
    offices_of_system, "Administrators of the province's and the system's own office."
)


def accounts_of_system_but_other_duties(actor: Actor) -> ColumnElement[bool]:
    """The same without those who hold a duty the actor does not: whoever gives out a password can log in with it."""
    return and_(
        accounts_of_system(actor), or_(account.duty.is_(None), account.duty.in_(sorted(actor.duties)))
    )


def accounts_of_people_in_region(actor: Actor) -> ColumnElement[bool]:
    """Logins of the professionals whose employer lies in the office's region."""
    return account.person_id.in_(chosen(person.id, people_in_region(actor)))


def own_sessions(actor: Actor) -> ColumnElement[bool]:
    """Sessions of the login itself."""
    return tied(login_session.account_id, actor.account_id)


def _sessions(of: Scope) -> Scope:
    def rows(actor: Actor) -> ColumnElement[bool]:
        others = login_session.account_id != actor.account_id if actor.account_id else false()
        return and_(others, login_session.account_id.in_(chosen(account.id, of(actor))))

    rows.__name__ = f"sessions_of_{of.__name__}"
    rows.__doc__ = f"Sessions of others: {of.__doc__}"
    return rows


sessions_of_colleagues = _sessions(accounts_of_organization)
sessions_routed_here = _sessions(accounts_routed_here)
sessions_below = _sessions(accounts_below)
sessions_of_system = _sessions(accounts_of_system)


# ---------------------------------------------------------------- transfers and corrections
def own_transfers(actor: Actor) -> ColumnElement[bool]:
    """Transfers of the professional."""
    return tied(transfer.person_id, actor.person_id)


def own_started_transfers(actor: Actor) -> ColumnElement[bool]:
    """Transfers the professional asked for himself; one his employer started is that employer's to withdraw."""
    return and_(own_transfers(actor), transfer.started_by_organization_id.is_(None))


def transfers_to_employer(actor: Actor) -> ColumnElement[bool]:
    """Transfers to the employer."""
    return tied(transfer.to_employer_id, actor.organization_id)


def transfers_started_by_employer(actor: Actor) -> ColumnElement[bool]:
    """Transfers away from the employer which it started."""
    return and_(
        tied(transfer.from_employer_id, actor.organization_id),
        tied(transfer.started_by_organization_id, actor.organization_id),
    )


def transfers_of_employer(actor: Actor) -> ColumnElement[bool]:
    """Transfers to the employer or away from it."""
    return or_(transfers_to_employer(actor), tied(transfer.from_employer_id, actor.organization_id))


def transfers_in_region(actor: Actor) -> ColumnElement[bool]:
    """Transfers to or from an employer of the office's region."""
    return or_(
        within(transfer.from_region_code, actor.regions), within(transfer.to_region_code, actor.regions)
    )


def transfers_of_authority(actor: Actor) -> ColumnElement[bool]:
    """Transfers to or from an employer that named the authority."""
    return or_(
        tied(transfer.from_authority_id, actor.organization_id),
        tied(transfer.to_authority_id, actor.organization_id),
    )


def own_corrections(actor: Actor) -> ColumnElement[bool]:
    """Corrections of the professional."""
    return tied(correction.person_id, actor.person_id)


def own_started_corrections(actor: Actor) -> ColumnElement[bool]:
    """Corrections the professional asked for himself."""
    return and_(own_corrections(actor), correction.started_by_organization_id.is_(None))


def corrections_of_employer(actor: Actor) -> ColumnElement[bool]:
    """Corrections the employer decides or decided, as long as the person is with it."""
    staff = chosen(person.id, people_of_employer(actor))
    return and_(tied(correction.employer_id, actor.organization_id), correction.person_id.in_(staff))


def corrections_started_by_employer(actor: Actor) -> ColumnElement[bool]:
    """Corrections the employer started on a person's behalf."""
    return and_(
        corrections_of_employer(actor), tied(correction.started_by_organization_id, actor.organization_id)
    )


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


def claims_decided_here_or_below(actor: Actor) -> ColumnElement[bool]:
    """Claims declared to this office, and those of its region that went to an office below it."""
    below = claim.approver_id.in_(chosen(organization.id, organizations_below(actor)))
    return or_(claims_routed_here(actor), and_(claims_in_region(actor), below))


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
findings_of_employer = _by_claim(finding.claim_id, claims_of_employer)
findings_in_region = _by_claim(finding.claim_id, claims_in_region)
findings_routed_here = _by_claim(finding.claim_id, claims_routed_here)


def attachments_waiting(actor: Actor) -> ColumnElement[bool]:
    """Files one uploaded oneself that wait for their form to be saved."""
    return and_(tied(attachment.uploaded_by_id, actor.account_id), attachment.claim_id.is_(None))


# ---------------------------------------------------------------- counts of waiting claims
def waiting_in_region(actor: Actor) -> ColumnElement[bool]:
    """Counts of claims of the office's region that wait, at employers as well: how many, and nothing of the claims."""
    return within(waiting.region_code, actor.regions)


def waiting_routed_here(actor: Actor) -> ColumnElement[bool]:
    """Counts of claims that wait for this office."""
    return tied(waiting.office_id, actor.organization_id)


# ---------------------------------------------------------------- ledger, year, certificate
RECORDS: tuple[type[LedgerEntry | YearSummary | Certificate], ...] = (LedgerEntry, YearSummary, Certificate)
COUNTS: tuple[type[PeopleCount | HoursCount], ...] = (PeopleCount, HoursCount)
"""Figures about whole employers: for offices and employers, by the columns the people and the ledger are seen by."""


def _records(name: str, doc: str, condition: Callable[[Any, Actor], ColumnElement[bool]]) -> dict[Any, Scope]:
    """Return the same scope for each table of records and counts, which share their columns."""

    def scope_of(model: type[Base]) -> Scope:
        def rows(actor: Actor) -> ColumnElement[bool]:
            return condition(model.__table__.c, actor)

        rows.__name__, rows.__doc__ = f"{model.__tablename__}_{name}", doc
        return rows

    return {model: scope_of(model) for model in (*RECORDS, *COUNTS)}


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


def certificate_runs_of_employer(actor: Actor) -> ColumnElement[bool]:
    """Orders of certificates by the administrators of one's organisation."""
    return tied(certificate_run.organization_id, actor.organization_id)


def items_of_certificate_runs(actor: Actor) -> ColumnElement[bool]:
    """Person-years of these orders."""
    return run_item.run_id.in_(chosen(certificate_run.id, certificate_runs_of_employer(actor)))


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


def _journal_of_logins(scope: Scope) -> Scope:
    def rows(actor: Actor) -> ColumnElement[bool]:
        return and_(
            journal.object_type.in_((LOGIN, "account")),
            journal.object_id.in_(chosen(account.id, scope(actor))),
        )

    rows.__name__ = f"journal_of_{scope.__name__}"
    rows.__doc__ = f"Logins, and what was done about them, of: {scope.__doc__}"
    return rows


journal_of_own_login = _journal_of_logins(own_account)
journal_of_colleagues = _journal_of_logins(accounts_of_organization)
journal_of_accounts_routed_here = _journal_of_logins(accounts_routed_here)
journal_of_accounts_below = _journal_of_logins(accounts_below)
journal_of_accounts_of_system = _journal_of_logins(accounts_of_system)


def journal_of_office(actor: Actor) -> ColumnElement[bool]:
    """What the administrators of one's organisation did."""
    return tied(journal.actor_organization_id, actor.organization_id)


def journal_of_offices_below(actor: Actor) -> ColumnElement[bool]:
    """What bureaus below the office did; of other organisations below, what concerns accounts, organisations and taking data along."""
    below = organizations_below(actor)
    bureaus = and_(below, organization.kind == OrganizationKind.BUREAU)
    # Not what an employer does about claims: the office sees these from their declaration on.
    administrative = or_(journal.object_type.in_(ADMINISTRATIVE), journal.action.in_(SEEN))
    return or_(
        journal.actor_organization_id.in_(chosen(organization.id, bureaus)),
        and_(administrative, journal.actor_organization_id.in_(chosen(organization.id, below))),
    )


def journal_of_lookups(actor: Actor) -> ColumnElement[bool]:
    """Who saw the professional's full citizen id."""
    return and_(
        journal.object_type == "person",
        tied(journal.object_id, actor.person_id),
        journal.action.in_(SEEN),
    )


def whole_journal(actor: Actor) -> ColumnElement[bool]:
    """Every row of the journal."""
    return _acts_for_an_office(actor)


def about_logins() -> ColumnElement[bool]:
    """Return the condition of rows about logins: by their owner, by strangers, by who helped."""
    helped = and_(journal.object_type == "account", journal.action.in_(tuple(LOGIN_HELP)))
    return or_(journal.object_type == LOGIN, helped)


def journal_of_all_logins(actor: Actor) -> ColumnElement[bool]:
    """Logins of every account, failed ones included, and what superiors did about them."""
    return and_(_acts_for_an_office(actor), about_logins())


def journal_without_people(actor: Actor) -> ColumnElement[bool]:
    """What one did oneself, base data, orders of the system itself, and failed logins to accounts there are not."""
    return and_(
        _acts_for_an_office(actor),
        or_(
            own_journal(actor),
            journal.object_type.in_(IMPERSONAL),
            and_(journal.object_type == LOGIN, journal.object_id == 0),
        ),
    )


def own_batches(actor: Actor) -> ColumnElement[bool]:
    """Batches one decided oneself."""
    return tied(batch.actor_id, actor.account_id)


def items_of_own_batches(actor: Actor) -> ColumnElement[bool]:
    """Rows of the batches one decided oneself."""
    return batch_item.batch_key.in_(chosen(batch.key, own_batches(actor)))


def own_notices(actor: Actor) -> ColumnElement[bool]:
    """Messages in one's own inbox that are not held back any more."""
    # The expression is kept for the actor; the moment is asked for at each execution.
    moment = bindparam("moment", callable_=now, type_=notice.held_until.type, unique=True)
    shown = or_(notice.held_until.is_(None), notice.held_until <= moment)
    return and_(tied(notice.account_id, actor.account_id), shown)


def own_mail_preference(actor: Actor) -> ColumnElement[bool]:
    """What one wants of one's own inbox by mail."""
    return tied(mail_preference.account_id, actor.account_id)


# ---------------------------------------------------------------- announcements
def announcements_for_one(actor: Actor) -> ColumnElement[bool]:
    """Announcements for everybody; for somebody who logged in, also those for his user type in his region."""
    everybody = announcement.everyone.is_(True)
    if not actor.account_id or actor.user_type is None:
        return everybody
    where = (
        select(person.region_code).where(tied(person.id, actor.person_id))
        if actor.person_id
        else select(organization.region_code).where(tied(organization.id, actor.organization_id))
    )
    own = where.correlate(None).scalar_subquery()
    near = or_(announcement.region_code.is_(None), announcement.region_code.in_(itself_and_above(own)))
    return or_(everybody, and_(has_member(announcement.audience, actor.user_type), near))


def own_readings(actor: Actor) -> ColumnElement[bool]:
    """Which announcements one read oneself, of those one sees."""
    seen = reading.announcement_id.in_(chosen(announcement.id, announcements_for_one(actor)))
    return and_(tied(reading.account_id, actor.account_id), seen)


# ---------------------------------------------------------------- runs of an import
def imports_of_organization(actor: Actor) -> ColumnElement[bool]:
    """Imports by the administrators of one's organisation."""
    return tied(import_run.organization_id, actor.organization_id)


def rows_of_imports(actor: Actor) -> ColumnElement[bool]:
    """Rows of the imports by the administrators of one's organisation."""
    return import_row.run_id.in_(chosen(import_run.id, imports_of_organization(actor)))


# ---------------------------------------------------------------- rules being changed
def drafts_of_system(actor: Actor) -> ColumnElement[bool]:
    """Drafts of one's office, the published ones as well."""
    return tied(rule_draft.organization_id, actor.organization_id)


def open_drafts_of_system(actor: Actor) -> ColumnElement[bool]:
    """Drafts of one's office that are not published."""
    return and_(drafts_of_system(actor), rule_draft.published_at.is_(None))


def templates_of_system(actor: Actor) -> ColumnElement[bool]:
    """Certificate templates of one's office, the published ones as well."""
    return tied(certificate_template.organization_id, actor.organization_id)


def open_templates_of_system(actor: Actor) -> ColumnElement[bool]:
    """Certificate templates of one's office that are not published."""
    return and_(templates_of_system(actor), certificate_template.published_at.is_(None))


def rehearsals_of_system(actor: Actor) -> ColumnElement[bool]:
    """Rehearsals of one's office."""
    return tied(rehearsal.organization_id, actor.organization_id)


def lines_of_rehearsals(actor: Actor) -> ColumnElement[bool]:
    """What the rehearsals of one's office found: counts by employer."""
    return rehearsal_line.rehearsal_id.in_(chosen(rehearsal.id, rehearsals_of_system(actor)))


# ---------------------------------------------------------------- base data
def everywhere(actor: Actor) -> ColumnElement[bool]:
    """All of it, for whoever acts for an office."""
    return true() if actor.organization_id else false()


# ---------------------------------------------------------------- deciding in somebody's place
def delegations_given(actor: Actor) -> ColumnElement[bool]:
    """Delegations one gave oneself, for one's own office."""
    return and_(
        tied(delegation.giver_id, actor.account_id), tied(delegation.office_id, actor.organization_id)
    )


def delegations_of_office(actor: Actor) -> ColumnElement[bool]:
    """Delegations the administrators of one's organisation gave."""
    return tied(delegation.office_id, actor.organization_id)


def delegations_received(actor: Actor) -> ColumnElement[bool]:
    """Delegations by which one decides in the place of others."""
    return tied(delegation.delegate_id, actor.account_id)


def delegations_going_on(actor: Actor) -> ColumnElement[bool]:
    """Delegations of one's organisation or to oneself that were not ended."""
    return and_(or_(delegations_of_office(actor), delegations_received(actor)), delegation.ended_at.is_(None))


def settings_but_duties(actor: Actor) -> ColumnElement[bool]:
    """Settings, without the one that separates the three duties: whoever keeps settings does not decide about that."""
    return and_(everywhere(actor), setting.key != SEPARATE_DUTIES)


# ---------------------------------------------------------------- how one likes one's grids
def own_settings(actor: Actor) -> ColumnElement[bool]:
    """Settings of one's own grids."""
    return tied(grid_setting.account_id, actor.account_id)


def own_views(actor: Actor) -> ColumnElement[bool]:
    """Views one saved for oneself."""
    return and_(
        tied(saved_view.account_id, actor.account_id), saved_view.audience == ViewAudience.PRIVATE.value
    )


def views_of_organization(actor: Actor) -> ColumnElement[bool]:
    """Views shared within one's organisation."""
    return and_(
        tied(saved_view.organization_id, actor.organization_id),
        saved_view.audience == ViewAudience.ORGANIZATION.value,
    )


def views_of_system(actor: Actor) -> ColumnElement[bool]:
    """Views for everybody who logged in."""
    known = true() if actor.account_id else false()
    return and_(known, saved_view.audience == ViewAudience.SYSTEM.value)
