"""The permission table: who may do what to which rows. Nothing is allowed that is not written here.

There is no superuser: the system administrator sees no claim and decides nothing. Menus, buttons, the session's
VIEW scope, the access tests and ``docs/permissions.md`` are all derived from :data:`GRANTS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models import (
    Account,
    Announcement,
    Base,
    Batch,
    BatchItem,
    CaptchaChallenge,
    CertificateSerial,
    Claim,
    ClaimAttachment,
    ClaimItem,
    ClaimKind,
    ClaimKindVersion,
    CreditYear,
    Department,
    Dictionary,
    DictionaryItem,
    HourRule,
    JournalEntry,
    JournalSeal,
    Notice,
    Organization,
    Person,
    Region,
    Requirement,
    YearSummary,
)
from models.enums import CHANGEABLE, AccountStatus, ClaimStatus, Labelled, UserType
from permissions import scopes as rows
from permissions.verbs import Verb

if TYPE_CHECKING:
    from collections.abc import Collection

    from permissions.scopes import Scope

PERSON, EMPLOYER, INSTITUTION, BUREAU, AUTHORITY, PROVINCE, SYSTEM = UserType
VIEW, CREATE, EDIT, DELETE = Verb.VIEW, Verb.CREATE, Verb.EDIT, Verb.DELETE


@dataclass(frozen=True, slots=True)
class Grant:
    """One line of the table.

    Attributes:
        model: the table the grant speaks of.
        user_type: who is granted.
        verbs: what may be done.
        rows: to which rows (``permissions.scopes``).
        while_in: only while the row's status is one of these; empty means always.
    """

    model: type[Base]
    user_type: UserType
    verbs: frozenset[Verb]
    rows: Scope
    while_in: tuple[Labelled, ...] = ()


def _grant(
    model: type[Base],
    user_types: UserType | tuple[UserType, ...],
    verbs: Collection[Verb],
    scope: Scope,
    while_in: tuple[Labelled, ...] = (),
) -> tuple[Grant, ...]:
    # A StrEnum member is itself iterable, hence the test for the tuple.
    everyone = user_types if isinstance(user_types, tuple) else (user_types,)
    return tuple(Grant(model, user_type, frozenset(verbs), scope, while_in) for user_type in everyone)


PUBLIC: frozenset[type[Base]] = frozenset(
    {
        Region, Dictionary, DictionaryItem, ClaimKind, ClaimKindVersion, ClaimItem, HourRule, CreditYear,
        Requirement, Announcement,
    }
)  # fmt: skip
"""Base data everybody may read."""

INTERNAL: frozenset[type[Base]] = frozenset({CaptchaChallenge, CertificateSerial, JournalSeal})
"""Tables no role may read; only system work inside ``unscoped(…)`` does."""

ORGANIZATIONS = (EMPLOYER, INSTITUTION, BUREAU, AUTHORITY, PROVINCE, SYSTEM)
REGIONAL = (BUREAU, PROVINCE)
APPROVERS = (BUREAU, AUTHORITY, PROVINCE)

GRANTS: tuple[Grant, ...] = (
    # --- claims
    *_grant(Claim, PERSON, {VIEW}, rows.own_claims),
    *_grant(Claim, PERSON, {CREATE}, rows.own_filed_claims),
    *_grant(Claim, PERSON, {EDIT, DELETE, Verb.SUBMIT}, rows.own_filed_claims, CHANGEABLE),
    *_grant(Claim, PERSON, {Verb.WITHDRAW}, rows.own_filed_claims, (ClaimStatus.SUBMITTED,)),
    *_grant(Claim, EMPLOYER, {VIEW}, rows.claims_of_employer),
    *_grant(Claim, EMPLOYER, {CREATE}, rows.claims_registered_by_employer),
    *_grant(Claim, EMPLOYER, {EDIT, DELETE, Verb.REGISTER}, rows.claims_registered_by_employer, (ClaimStatus.DRAFT,)),
    *_grant(Claim, EMPLOYER, {Verb.ACCEPT}, rows.claims_of_employer, (ClaimStatus.SUBMITTED,)),
    *_grant(Claim, EMPLOYER, {Verb.RETURN, Verb.DECLARE}, rows.claims_of_employer,
            (ClaimStatus.SUBMITTED, ClaimStatus.ACCEPTED)),
    *_grant(Claim, REGIONAL, {VIEW}, rows.claims_in_region),
    *_grant(Claim, APPROVERS, {VIEW}, rows.claims_routed_here),
    *_grant(Claim, APPROVERS, {Verb.DECIDE}, rows.claims_routed_here, (ClaimStatus.DECLARED,)),
    *_grant(Claim, REGIONAL, {Verb.REVOKE}, rows.claims_in_region, (ClaimStatus.APPROVED,)),
    *_grant(Claim, AUTHORITY, {Verb.REVOKE}, rows.claims_routed_here, (ClaimStatus.APPROVED,)),
    # --- attachments follow their claim
    *_grant(ClaimAttachment, (PERSON, EMPLOYER), {VIEW, CREATE, EDIT, DELETE}, rows.attachments_waiting),
    *_grant(ClaimAttachment, PERSON, {VIEW}, rows.attachments_of_own_claims),
    *_grant(ClaimAttachment, PERSON, {CREATE, EDIT, DELETE}, rows.attachments_of_own_changeable_claims),
    *_grant(ClaimAttachment, EMPLOYER, {VIEW}, rows.attachments_of_employer),
    *_grant(ClaimAttachment, EMPLOYER, {CREATE, EDIT, DELETE}, rows.attachments_of_changeable_registered),
    *_grant(ClaimAttachment, REGIONAL, {VIEW}, rows.attachments_in_region),
    *_grant(ClaimAttachment, APPROVERS, {VIEW}, rows.attachments_routed_here),
    # --- people
    *_grant(Person, PERSON, {VIEW}, rows.own_person),
    *_grant(Person, EMPLOYER, {VIEW}, rows.people_of_employer),
    *_grant(Person, REGIONAL, {VIEW}, rows.people_in_region),
    *_grant(Person, AUTHORITY, {VIEW}, rows.people_of_authority),
    # --- organisations and departments
    *_grant(Organization, PERSON, {VIEW}, rows.own_employer),
    *_grant(Organization, (EMPLOYER, INSTITUTION), {VIEW}, rows.own_offices),
    *_grant(Organization, REGIONAL, {VIEW}, rows.organizations_in_region),
    *_grant(Organization, REGIONAL, {VIEW}, rows.organizations_routed_here),
    *_grant(Organization, AUTHORITY, {VIEW}, rows.organizations_of_authority),
    *_grant(Organization, SYSTEM, {VIEW}, rows.offices_of_system),
    *_grant(Department, PERSON, {VIEW}, rows.departments_of_own_employer),
    *_grant(Department, EMPLOYER, {VIEW, CREATE, EDIT, DELETE}, rows.own_departments),
    *_grant(Department, REGIONAL, {VIEW}, rows.departments_in_region),
    *_grant(Department, AUTHORITY, {VIEW}, rows.departments_of_authority),
    # --- accounts
    *_grant(Account, tuple(UserType), {VIEW}, rows.own_account),
    *_grant(Account, tuple(UserType), {Verb.WITHDRAW}, rows.own_account, (AccountStatus.PENDING,)),
    *_grant(Account, ORGANIZATIONS, {VIEW}, rows.accounts_of_organization),
    *_grant(Account, (EMPLOYER, *REGIONAL), {VIEW}, rows.accounts_routed_here),
    *_grant(Account, (EMPLOYER, *REGIONAL), {Verb.REVIEW}, rows.accounts_routed_here, (AccountStatus.PENDING,)),
    *_grant(Account, (EMPLOYER, *REGIONAL), {Verb.DISABLE}, rows.accounts_routed_here,
            (AccountStatus.ACTIVE, AccountStatus.DISABLED)),
    *_grant(Account, REGIONAL, {VIEW}, rows.accounts_in_region),
    *_grant(Account, SYSTEM, {VIEW}, rows.accounts_of_system),
    # --- ledger, years, certificates
    *(grant for model in rows.RECORDS for grant in _grant(model, PERSON, {VIEW}, rows.of_person[model])),
    *(grant for model in rows.RECORDS for grant in _grant(model, EMPLOYER, {VIEW}, rows.of_employer[model])),
    *(grant for model in rows.RECORDS for grant in _grant(model, REGIONAL, {VIEW}, rows.in_region[model])),
    *(grant for model in rows.RECORDS for grant in _grant(model, AUTHORITY, {VIEW}, rows.of_authority[model])),
    *_grant(YearSummary, EMPLOYER, {Verb.ISSUE}, rows.of_employer[YearSummary]),
    # --- journal, batches, messages
    *_grant(JournalEntry, PERSON, {VIEW}, rows.journal_of_own_claims),
    *_grant(JournalEntry, EMPLOYER, {VIEW}, rows.journal_of_employer),
    *_grant(JournalEntry, REGIONAL, {VIEW}, rows.journal_in_region),
    *_grant(JournalEntry, APPROVERS, {VIEW}, rows.journal_routed_here),
    *_grant(JournalEntry, (INSTITUTION, SYSTEM), {VIEW}, rows.own_journal),
    *_grant(Batch, tuple(UserType), {VIEW}, rows.own_batches),
    *_grant(BatchItem, tuple(UserType), {VIEW}, rows.items_of_own_batches),
    *_grant(Notice, tuple(UserType), {VIEW, EDIT}, rows.own_notices),
)  # fmt: skip
