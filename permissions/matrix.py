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
    AnnouncementRead,
    Base,
    Batch,
    BatchItem,
    CalendarDay,
    CaptchaChallenge,
    Certificate,
    CertificateRun,
    CertificateRunItem,
    CertificateSerial,
    CertificateTemplate,
    Claim,
    ClaimAttachment,
    ClaimFinding,
    ClaimItem,
    ClaimKind,
    ClaimKindVersion,
    Course,
    CreditYear,
    Delegation,
    Department,
    Dictionary,
    DictionaryItem,
    Enrollment,
    Grade,
    GradeSheet,
    GridSetting,
    HourRule,
    ImportRow,
    ImportRun,
    JournalEntry,
    JournalSeal,
    LoginSession,
    LoginThrottle,
    MailDigest,
    MailPreference,
    Notice,
    Organization,
    OrganizationChange,
    OutgoingMail,
    Person,
    PersonCorrection,
    RecoveryCode,
    RecoveryLink,
    Region,
    RegionPeriod,
    RegistrationDraft,
    Rehearsal,
    RehearsalLine,
    Reminder,
    Requirement,
    RuleDraft,
    SavedView,
    SecondFactor,
    Setting,
    StatisticMark,
    TrainingAttachment,
    TrainingClass,
    TrainingPlan,
    Transfer,
    WaitingCount,
    YearSummary,
)
from models.enums import (
    CHANGEABLE,
    GRADE_CHANGEABLE,
    OPEN_TO_CHANGE,
    AccountStatus,
    CertificateStatus,
    ClaimStatus,
    ClassStatus,
    Duty,
    EnrollmentStatus,
    GradeStatus,
    Labelled,
    OrganizationStatus,
    PersonState,
    PlanStatus,
    RequestStatus,
    SheetStatus,
    UserType,
)
from permissions import scopes as rows
from permissions import training_scopes as training
from permissions.verbs import Verb

if TYPE_CHECKING:
    from collections.abc import Collection

    from permissions.actor import Actor
    from permissions.scopes import Scope

PERSON, EMPLOYER, INSTITUTION, BUREAU, AUTHORITY, PROVINCE, SYSTEM = UserType
VIEW, CREATE, EDIT, DELETE = Verb.VIEW, Verb.CREATE, Verb.EDIT, Verb.DELETE
OVERSEE = Verb.OVERSEE
"""Whom one answers for, and counts: less than whom one may see because of a record, such as a student from elsewhere."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One line of the table.

    Attributes:
        model: the table the grant speaks of.
        user_type: who is granted; ``None`` for a visitor.
        verbs: what may be done.
        rows: to which rows (``permissions.scopes``).
        while_in: only while the row's status is one of these; empty means always.
        duties: where the three duties of system administrators are separated, only for those with one of these; empty means
            whatever the duty.
    """

    model: type[Base]
    user_type: UserType | None
    verbs: frozenset[Verb]
    rows: Scope
    while_in: tuple[Labelled, ...] = ()
    duties: frozenset[Duty] = frozenset()

    @property
    def whose(self) -> str:
        """Who is granted, in words: the user type or a visitor, and the duties it takes where they are separated."""
        label = self.user_type.label if self.user_type else "访客"
        duties = "、".join(duty.label for duty in Duty if duty in self.duties)
        return f"{label}（{duties}）" if duties else label

    def is_for(self, actor: Actor) -> bool:
        """Tell whether the line speaks of an actor: his user type, and a duty it takes."""
        return self.user_type == actor.user_type and (not self.duties or bool(self.duties & actor.duties))


BASE_DATA = frozenset({RuleDraft, Rehearsal, RehearsalLine, CertificateTemplate, DictionaryItem, ClaimKind, Region, CreditYear,
                       CalendarDay, RegionPeriod, Setting, Announcement, AnnouncementRead})  # fmt: skip
LOGINS = frozenset({Account, LoginSession})
LOOKING = frozenset({VIEW, OVERSEE, Verb.EXPLAIN, Verb.EXPLAIN_UNSEEN})
WHATEVER_THE_DUTY = (rows.own_account, rows.own_sessions, rows.journal_without_people, rows.announcements_for_one,
                     rows.own_readings)  # fmt: skip
"""One's own login, what one did oneself and what one is told are nobody's duty."""


def duties_of(
    user_type: UserType | None, model: type[Base], verbs: Collection[Verb], scope: Scope
) -> frozenset[Duty]:
    """Return the duties a line takes: the one place that says which of the three keeps what.

    The system administrator keeps base data, rules, templates, settings, announcements and views for everybody; the security
    administrator logins and administrators; the audit administrator the journal. The latter two look at logins, and review them.
    """
    if user_type is not SYSTEM or scope in WHATEVER_THE_DUTY:
        return frozenset()
    if model in BASE_DATA or (scope is rows.views_of_system and verbs != {VIEW}):
        return frozenset({Duty.SYSTEM})
    if model is JournalEntry:
        return (
            frozenset({Duty.AUDIT, Duty.SECURITY})
            if scope is rows.journal_of_accounts_of_system
            else frozenset({Duty.AUDIT})
        )
    if model is Organization and LOOKING.issuperset(verbs):
        return frozenset()  # one's own office stands among them
    if model in LOGINS and LOOKING.issuperset(verbs):
        return frozenset({Duty.SECURITY, Duty.AUDIT})
    return frozenset({Duty.SECURITY}) if model in LOGINS or model is Organization else frozenset()


def _grant(
    model: type[Base],
    user_types: UserType | tuple[UserType | None, ...],
    verbs: Collection[Verb],
    scope: Scope,
    while_in: tuple[Labelled, ...] = (),
) -> tuple[Grant, ...]:
    # A StrEnum member is itself iterable, hence the test for the tuple.
    everyone = user_types if isinstance(user_types, tuple) else (user_types,)
    return tuple(
        Grant(model, user_type, frozenset(verbs), scope, while_in, duties_of(user_type, model, verbs, scope))
        for user_type in everyone
    )


PUBLIC: frozenset[type[Base]] = frozenset(
    {
        Region, Dictionary, DictionaryItem, ClaimKind, ClaimKindVersion, ClaimItem, HourRule, CreditYear,
        RegionPeriod, Requirement, CalendarDay, Setting,
    }
)  # fmt: skip
"""Base data everybody may read."""

INTERNAL: frozenset[type[Base]] = frozenset(
    {
        CaptchaChallenge, CertificateSerial, JournalSeal, LoginThrottle, MailDigest, OutgoingMail, RecoveryCode,
        RecoveryLink, RegistrationDraft, Reminder, SecondFactor, StatisticMark,
    }
)  # fmt: skip
"""Tables no role may read; only system work inside ``unscoped(…)`` does."""

BUT_SYSTEM = (EMPLOYER, INSTITUTION, BUREAU, AUTHORITY, PROVINCE)
ORGANIZATIONS = (*BUT_SYSTEM, SYSTEM)
REGIONAL = (BUREAU, PROVINCE)
APPROVED_BY_OTHERS = (EMPLOYER, INSTITUTION, BUREAU, AUTHORITY)
"""Organisations an office above decides about."""
APPROVERS = (BUREAU, AUTHORITY, PROVINCE)
DELEGATING = (EMPLOYER, BUREAU, AUTHORITY)
"""Offices with others of their kind beside them; the province is alone, and an institution decides nothing."""
ADMITTED = (PersonState.IN_SERVICE, PersonState.LEFT, PersonState.RETIRED)
"""People whose registration was approved, or who were imported."""
OPENED = (AccountStatus.ACTIVE, AccountStatus.DISABLED)
WAITING = (RequestStatus.PENDING,)
HELP = (Verb.RESET, Verb.UNLOCK)
"""What somebody is helped with who cannot log in; nobody helps himself (``services.passwords``)."""

UNFINISHED = (ClassStatus.PLANNED, ClassStatus.PUBLISHED, ClassStatus.RUNNING)
STUDENTS_OF: tuple[tuple[str, UserType | tuple[UserType, ...]], ...] = (
    ("own", PERSON), ("employer", EMPLOYER), ("region", REGIONAL), ("authority", AUTHORITY),
)  # fmt: skip
GRADES_OF = {
    "own": training.own_grades,
    "employer": training.grades_of_employer,
    "region": training.grades_of_region,
    "authority": training.grades_of_authority,
}


def _of_students(who: str, user_types: UserType | tuple[UserType, ...]) -> tuple[Grant, ...]:
    """Return what is seen of the classes one's people are in: the same for whoever's people they are."""
    return (
        *_grant(Enrollment, user_types, {VIEW}, training.STUDENTS[who][0]),
        *_grant(Grade, user_types, {VIEW}, GRADES_OF[who]),
        *_grant(TrainingClass, user_types, {VIEW}, training.classes_attended[who]),
        *_grant(TrainingPlan, user_types, {VIEW}, training.plans_attended[who]),
        *_grant(Course, user_types, {VIEW}, training.courses_attended[who]),
    )


JOURNALS: tuple[tuple[UserType | tuple[UserType, ...], tuple[Scope, ...]], ...] = (
    (BUT_SYSTEM, (rows.journal_of_office, rows.journal_of_colleagues)),
    (EMPLOYER, (rows.journal_of_employer, rows.journal_of_accounts_routed_here, training.journal_of_staff_training)),
    (INSTITUTION, (training.journal_of_institution,)),
    (REGIONAL, (rows.journal_in_region, rows.journal_of_offices_below, rows.journal_of_accounts_routed_here,
                rows.journal_of_accounts_below)),
    (APPROVERS, (rows.journal_routed_here, training.journal_of_training_here)),
)  # fmt: skip
"""Whose journal an office reads, content and all."""

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
    *_grant(Claim, REGIONAL, {Verb.REVOKE}, rows.claims_decided_here_or_below, (ClaimStatus.APPROVED,)),
    *_grant(Claim, AUTHORITY, {Verb.REVOKE}, rows.claims_routed_here, (ClaimStatus.APPROVED,)),
    *_grant(Claim, EMPLOYER, {Verb.UNDO}, rows.claims_of_employer,
            (ClaimStatus.ACCEPTED, ClaimStatus.RETURNED, ClaimStatus.DECLARED)),
    *_grant(Claim, APPROVERS, {Verb.UNDO}, rows.claims_routed_here, (ClaimStatus.APPROVED, ClaimStatus.REJECTED)),
    *_grant(Claim, EMPLOYER, {Verb.EXPORT}, rows.claims_of_employer),
    *_grant(Claim, REGIONAL, {Verb.EXPORT}, rows.claims_in_region),
    *_grant(Claim, APPROVERS, {Verb.EXPORT}, rows.claims_routed_here),
    # --- training: plans and classes
    *_grant(TrainingPlan, INSTITUTION, {VIEW, CREATE}, training.plans_of_institution),
    *_grant(TrainingPlan, INSTITUTION, {EDIT, DELETE, Verb.SUBMIT}, training.plans_of_institution, OPEN_TO_CHANGE),
    *_grant(TrainingPlan, INSTITUTION, {Verb.WITHDRAW}, training.plans_of_institution, (PlanStatus.SUBMITTED,)),
    *_grant(TrainingPlan, INSTITUTION, {Verb.CONDUCT}, training.plans_of_institution, (PlanStatus.APPROVED,)),
    *_grant(TrainingPlan, APPROVERS, {VIEW}, training.plans_routed_here),
    *_grant(TrainingPlan, REGIONAL, {VIEW}, training.plans_in_region),
    *_grant(TrainingPlan, APPROVERS, {Verb.DECIDE}, training.plans_routed_here, (PlanStatus.SUBMITTED,)),
    *_grant(TrainingPlan, APPROVERS, {Verb.UNDO}, training.plans_routed_here,
            (PlanStatus.APPROVED, PlanStatus.REJECTED)),
    *_grant(Course, INSTITUTION, {VIEW}, training.courses_of_institution),
    *_grant(Course, INSTITUTION, {CREATE, EDIT, DELETE}, training.courses_of_changeable_plans),
    *_grant(Course, APPROVERS, {VIEW}, training.courses_routed_here),
    *_grant(Course, REGIONAL, {VIEW}, training.courses_in_region),
    *_grant(TrainingAttachment, INSTITUTION, {VIEW}, training.files_of_institution),
    *_grant(TrainingAttachment, INSTITUTION, {CREATE, EDIT, DELETE}, training.files_of_changeable_plans),
    *_grant(TrainingAttachment, APPROVERS, {VIEW}, training.files_routed_here),
    *_grant(TrainingAttachment, REGIONAL, {VIEW}, training.files_in_region),
    *_grant(TrainingClass, INSTITUTION, {VIEW}, training.classes_of_institution),
    *_grant(TrainingClass, INSTITUTION, {CREATE}, training.classes_of_approved_plans, (ClassStatus.PLANNED,)),
    *_grant(TrainingClass, INSTITUTION, {EDIT}, training.classes_of_approved_plans, UNFINISHED),
    *_grant(TrainingClass, INSTITUTION, {DELETE}, training.classes_of_institution, (ClassStatus.PLANNED,)),
    *_grant(TrainingClass, INSTITUTION, {Verb.CONDUCT}, training.classes_of_institution,
            (*UNFINISHED, ClassStatus.FINISHED)),
    *_grant(TrainingClass, APPROVERS, {VIEW}, training.classes_routed_here),
    *_grant(TrainingClass, REGIONAL, {VIEW}, training.classes_in_region),
    # --- training: students, grades and the sheets they are declared on
    *_grant(Enrollment, INSTITUTION, {VIEW, Verb.EXPORT}, training.students_of_institution),
    *_grant(Enrollment, INSTITUTION, {CREATE}, training.students_joining, (EnrollmentStatus.ENROLLED,)),
    *_grant(Enrollment, INSTITUTION, {EDIT}, training.students_attending, (EnrollmentStatus.ENROLLED,)),
    *_grant(Enrollment, INSTITUTION, {Verb.ENROLL}, training.students_of_institution,
            (EnrollmentStatus.ENROLLED, EnrollmentStatus.WITHDRAWN)),
    *_grant(Enrollment, APPROVERS, {VIEW}, training.students_routed_here),
    *_grant(Enrollment, REGIONAL, {VIEW}, training.students_taught_in_region),
    *_grant(Grade, INSTITUTION, {VIEW}, training.grades_of_institution),
    *_grant(Grade, INSTITUTION, {CREATE}, training.grades_of_institution, (GradeStatus.DRAFT,)),
    *_grant(Grade, INSTITUTION, {EDIT}, training.gradable, GRADE_CHANGEABLE),
    *_grant(Grade, APPROVERS, {VIEW}, training.grades_routed_here),
    *_grant(Grade, REGIONAL, {VIEW}, training.grades_taught_in_region),
    *_grant(Grade, APPROVERS, {Verb.DECIDE}, training.grades_routed_here, (GradeStatus.SUBMITTED,)),
    *_grant(Grade, APPROVERS, {Verb.REVOKE}, training.grades_routed_here, (GradeStatus.APPROVED,)),
    *_grant(Grade, APPROVERS, {Verb.UNDO}, training.grades_routed_here, (GradeStatus.APPROVED, GradeStatus.RETURNED)),
    *_grant(GradeSheet, INSTITUTION, {VIEW}, training.sheets_of_institution),
    *_grant(GradeSheet, INSTITUTION, {CREATE, DELETE}, training.sheets_of_institution, (SheetStatus.DRAFT,)),
    *_grant(GradeSheet, INSTITUTION, {Verb.SUBMIT}, training.sheets_of_institution,
            (SheetStatus.DRAFT, SheetStatus.RETURNED)),
    *_grant(GradeSheet, INSTITUTION, {Verb.WITHDRAW}, training.sheets_of_institution, (SheetStatus.SUBMITTED,)),
    *_grant(GradeSheet, APPROVERS, {VIEW}, training.sheets_routed_here),
    *_grant(GradeSheet, REGIONAL, {VIEW}, training.sheets_in_region),
    *_grant(GradeSheet, APPROVERS, {Verb.DECIDE}, training.sheets_routed_here, (SheetStatus.SUBMITTED,)),
    *_grant(GradeSheet, APPROVERS, {Verb.UNDO}, training.sheets_routed_here,
            (SheetStatus.APPROVED, SheetStatus.RETURNED)),
    *(grant for who, user_types in STUDENTS_OF for grant in _of_students(who, user_types)),
    # --- attachments follow their claim
    *_grant(ClaimAttachment, (PERSON, EMPLOYER), {VIEW, CREATE, EDIT, DELETE}, rows.attachments_waiting),
    *_grant(ClaimAttachment, PERSON, {VIEW}, rows.attachments_of_own_claims),
    *_grant(ClaimAttachment, PERSON, {CREATE, EDIT, DELETE}, rows.attachments_of_own_changeable_claims),
    *_grant(ClaimAttachment, EMPLOYER, {VIEW}, rows.attachments_of_employer),
    *_grant(ClaimAttachment, EMPLOYER, {CREATE, EDIT, DELETE}, rows.attachments_of_changeable_registered),
    *_grant(ClaimAttachment, REGIONAL, {VIEW}, rows.attachments_in_region),
    *_grant(ClaimAttachment, APPROVERS, {VIEW}, rows.attachments_routed_here),
    # --- what the checks found is for reviewers: it speaks of other people
    *_grant(ClaimFinding, EMPLOYER, {VIEW}, rows.findings_of_employer),
    *_grant(ClaimFinding, REGIONAL, {VIEW}, rows.findings_in_region),
    *_grant(ClaimFinding, APPROVERS, {VIEW}, rows.findings_routed_here),
    # --- people
    *_grant(Person, PERSON, {VIEW, OVERSEE}, rows.own_person),
    *_grant(Person, EMPLOYER, {VIEW, OVERSEE}, rows.people_of_employer),
    *_grant(Person, REGIONAL, {VIEW, OVERSEE}, rows.people_in_region),
    *_grant(Person, AUTHORITY, {VIEW, OVERSEE}, rows.people_of_authority),
    # Seen because of a record. Wider scopes come last: the narrow one mostly answers, and the database asks no further.
    *_grant(Person, INSTITUTION, {VIEW}, training.people_taught),
    *_grant(Person, REGIONAL, {VIEW}, training.people_taught_in_region),
    *_grant(Person, APPROVERS, {VIEW}, training.people_routed_here),
    *_grant(Person, EMPLOYER, {CREATE}, rows.people_of_employer, (PersonState.IN_SERVICE,)),
    *_grant(Person, EMPLOYER, {EDIT, Verb.EMPLOY}, rows.people_of_employer, ADMITTED),
    *_grant(Person, PERSON, {Verb.MAINTAIN}, rows.own_person, ADMITTED),
    *_grant(Person, EMPLOYER, {Verb.EXPORT, Verb.UNMASK, Verb.EXPORT_UNMASKED}, rows.people_of_employer),
    *_grant(Person, REGIONAL, {Verb.EXPORT, Verb.UNMASK}, rows.people_in_region),
    *_grant(Person, AUTHORITY, {Verb.EXPORT, Verb.UNMASK}, rows.people_of_authority),
    *_grant(ImportRun, (EMPLOYER, INSTITUTION), {VIEW, CREATE, EDIT, DELETE}, rows.imports_of_organization),
    *_grant(ImportRow, (EMPLOYER, INSTITUTION), {VIEW, CREATE, EDIT, DELETE}, rows.rows_of_imports),
    # --- transfers and corrections
    *_grant(Transfer, PERSON, {VIEW}, rows.own_transfers),
    *_grant(Transfer, PERSON, {CREATE, Verb.WITHDRAW}, rows.own_started_transfers, WAITING),
    *_grant(Transfer, EMPLOYER, {VIEW}, rows.transfers_of_employer),
    *_grant(Transfer, EMPLOYER, {CREATE, Verb.WITHDRAW}, rows.transfers_started_by_employer, WAITING),
    *_grant(Transfer, EMPLOYER, {Verb.DECIDE}, rows.transfers_to_employer, WAITING),
    *_grant(Transfer, REGIONAL, {VIEW}, rows.transfers_in_region),
    *_grant(Transfer, AUTHORITY, {VIEW}, rows.transfers_of_authority),
    *_grant(PersonCorrection, PERSON, {VIEW}, rows.own_corrections),
    *_grant(PersonCorrection, PERSON, {CREATE, Verb.WITHDRAW}, rows.own_started_corrections, WAITING),
    *_grant(PersonCorrection, EMPLOYER, {VIEW}, rows.corrections_of_employer),
    *_grant(PersonCorrection, EMPLOYER, {CREATE, Verb.WITHDRAW}, rows.corrections_started_by_employer, WAITING),
    *_grant(PersonCorrection, EMPLOYER, {Verb.DECIDE, Verb.UNMASK}, rows.corrections_of_employer, WAITING),
    # --- organisations and departments
    *_grant(Organization, PERSON, {VIEW}, rows.own_employer),
    *_grant(Organization, (EMPLOYER, INSTITUTION), {VIEW}, rows.own_offices),
    *_grant(Organization, REGIONAL, {VIEW}, rows.organizations_in_region),
    *_grant(Organization, REGIONAL, {VIEW}, rows.organizations_routed_here),
    *_grant(Organization, AUTHORITY, {VIEW}, rows.organizations_of_authority),
    # The offices above and oneself are seen, and managed by others.
    *_grant(Organization, REGIONAL, {OVERSEE}, rows.organizations_below),
    *_grant(Organization, AUTHORITY, {OVERSEE}, rows.organizations_naming_authority),
    *_grant(Organization, SYSTEM, {VIEW, OVERSEE}, rows.offices_of_system),
    *_grant(Organization, REGIONAL, {VIEW, OVERSEE}, rows.organizations_asking_here),
    *_grant(Organization, INSTITUTION, {VIEW}, training.employers_of_students),
    *_grant(Organization, REGIONAL, {VIEW}, training.employers_taught_in_region),
    *_grant(Organization, APPROVERS, {VIEW}, training.employers_routed_here),
    *(grant for who, types in STUDENTS_OF for grant in _grant(Organization, types, {VIEW}, training.institutions_attended[who])),
    *_grant(Organization, (*APPROVED_BY_OTHERS, PROVINCE), {Verb.MAINTAIN}, rows.own_organization),
    *_grant(OrganizationChange, APPROVED_BY_OTHERS, {VIEW}, rows.changes_of_organization),
    *_grant(OrganizationChange, APPROVED_BY_OTHERS, {CREATE, Verb.WITHDRAW}, rows.changes_of_organization,
            (RequestStatus.PENDING,)),
    *_grant(OrganizationChange, REGIONAL, {VIEW}, rows.changes_in_region),
    *_grant(OrganizationChange, REGIONAL, {VIEW}, rows.changes_routed_here),
    *_grant(OrganizationChange, REGIONAL, {Verb.REVIEW}, rows.changes_routed_here, (RequestStatus.PENDING,)),
    *_grant(Organization, REGIONAL, {Verb.DISABLE}, rows.organizations_below,
            (OrganizationStatus.ACTIVE, OrganizationStatus.DISABLED)),
    *_grant(Organization, ORGANIZATIONS, {Verb.APPOINT}, rows.own_organization, (OrganizationStatus.ACTIVE,)),
    *_grant(Organization, REGIONAL, {Verb.APPOINT}, rows.organizations_left_alone),
    *_grant(Organization, SYSTEM, {Verb.APPOINT}, rows.offices_of_system, (OrganizationStatus.ACTIVE,)),
    *_grant(Department, PERSON, {VIEW}, rows.departments_of_own_employer),
    *_grant(Department, EMPLOYER, {VIEW, CREATE, EDIT, DELETE}, rows.own_departments),
    *_grant(Department, REGIONAL, {VIEW}, rows.departments_in_region),
    *_grant(Department, AUTHORITY, {VIEW}, rows.departments_of_authority),
    # --- accounts
    *_grant(Account, tuple(UserType), {VIEW}, rows.own_account),
    *_grant(Account, tuple(UserType), {Verb.WITHDRAW}, rows.own_account, (AccountStatus.PENDING,)),
    *_grant(Account, tuple(UserType), {Verb.MAINTAIN}, rows.own_account, (AccountStatus.ACTIVE,)),
    *_grant(Account, ORGANIZATIONS, {VIEW}, rows.accounts_of_organization),
    *_grant(Account, (EMPLOYER, *REGIONAL), {VIEW}, rows.accounts_routed_here),
    *_grant(Account, EMPLOYER, {CREATE}, rows.accounts_routed_here, (AccountStatus.PENDING,)),
    *_grant(Account, (EMPLOYER, *REGIONAL), {Verb.REVIEW}, rows.accounts_routed_here, (AccountStatus.PENDING,)),
    *_grant(Account, (EMPLOYER, *REGIONAL), {Verb.DISABLE}, rows.accounts_routed_here, OPENED),
    *_grant(Account, REGIONAL, {Verb.DISABLE}, rows.accounts_below, OPENED),
    *_grant(Account, SYSTEM, {Verb.DISABLE}, rows.accounts_of_system, OPENED),
    *_grant(Account, REGIONAL, {VIEW}, rows.accounts_below),
    *_grant(Account, REGIONAL, {VIEW}, rows.accounts_of_people_in_region, (*OPENED, AccountStatus.REMOVED)),
    *_grant(Account, SYSTEM, {VIEW}, rows.accounts_of_system),
    *_grant(Account, BUT_SYSTEM, HELP, rows.accounts_of_organization, (AccountStatus.ACTIVE,)),
    *_grant(Account, (EMPLOYER, *REGIONAL), HELP, rows.accounts_routed_here, (AccountStatus.ACTIVE,)),
    *_grant(Account, REGIONAL, HELP, rows.accounts_below, (AccountStatus.ACTIVE,)),
    *_grant(Account, REGIONAL, HELP, rows.accounts_of_people_in_region, (AccountStatus.ACTIVE,)),
    # Nobody learns the password of a duty he does not hold.
    *_grant(Account, SYSTEM, {Verb.RESET}, rows.accounts_of_system_but_other_duties, (AccountStatus.ACTIVE,)),
    *_grant(Account, SYSTEM, {Verb.UNLOCK}, rows.accounts_of_system, (AccountStatus.ACTIVE,)),
    *_grant(Account, ORGANIZATIONS, {Verb.APPOINT}, rows.accounts_of_organization, (AccountStatus.PENDING,)),
    *_grant(Account, REGIONAL, {Verb.APPOINT}, rows.accounts_left_alone, (AccountStatus.PENDING,)),
    *_grant(Account, SYSTEM, {Verb.APPOINT}, rows.accounts_of_system, (AccountStatus.PENDING,)),
    # One a superior disabled is not the colleagues' to remove and appoint anew.
    *_grant(Account, ORGANIZATIONS, {Verb.REMOVE}, rows.accounts_of_organization, (AccountStatus.ACTIVE,)),
    *_grant(Account, SYSTEM, {Verb.REMOVE}, rows.accounts_of_system, OPENED),
    # The three duties. Nobody gives himself one, and whoever gives one holds the security duty where they are separated.
    *_grant(Account, SYSTEM, {Verb.ASSIGN}, rows.colleagues, (AccountStatus.ACTIVE,)),
    *_grant(Organization, SYSTEM, {Verb.SEPARATE}, rows.own_organization),
    # Whose rights one answers for: the quarterly access review lists them.
    *_grant(Account, (*REGIONAL, SYSTEM), {OVERSEE}, rows.accounts_of_organization),
    *_grant(Account, REGIONAL, {OVERSEE}, rows.accounts_below),
    *_grant(Account, SYSTEM, {OVERSEE}, rows.accounts_of_system),
    # Why a login may or may not do something. Of logins and rows the asker does not see, only the verdict is told.
    *_grant(Account, ORGANIZATIONS, {Verb.EXPLAIN}, rows.accounts_of_organization),
    *_grant(Account, (EMPLOYER, *REGIONAL), {Verb.EXPLAIN}, rows.accounts_routed_here),
    *_grant(Account, REGIONAL, {Verb.EXPLAIN}, rows.accounts_below),
    *_grant(Account, REGIONAL, {Verb.EXPLAIN}, rows.accounts_of_people_in_region, (*OPENED, AccountStatus.REMOVED)),
    *_grant(Account, SYSTEM, {Verb.EXPLAIN}, rows.accounts_of_system),
    *_grant(Account, SYSTEM, {Verb.EXPLAIN_UNSEEN}, rows.everywhere),
    *_grant(LoginSession, tuple(UserType), {VIEW}, rows.own_sessions),
    # Nobody's own session is among those he ends here: 登录与安全 is for that.
    *_grant(LoginSession, BUT_SYSTEM, {VIEW, Verb.END}, rows.sessions_of_colleagues),
    *_grant(LoginSession, (EMPLOYER, *REGIONAL), {VIEW, Verb.END}, rows.sessions_routed_here),
    *_grant(LoginSession, REGIONAL, {VIEW, Verb.END}, rows.sessions_below),
    *_grant(LoginSession, SYSTEM, {VIEW, Verb.END}, rows.sessions_of_system),
    # --- ledger, years, certificates
    *(grant for model in rows.RECORDS for grant in _grant(model, PERSON, {VIEW}, rows.of_person[model])),
    *(grant for model in rows.RECORDS for grant in _grant(model, EMPLOYER, {VIEW}, rows.of_employer[model])),
    *(grant for model in rows.RECORDS for grant in _grant(model, REGIONAL, {VIEW}, rows.in_region[model])),
    *(grant for model in rows.RECORDS for grant in _grant(model, AUTHORITY, {VIEW}, rows.of_authority[model])),
    *(grant for model in rows.COUNTS for grant in _grant(model, EMPLOYER, {VIEW}, rows.of_employer[model])),
    *(grant for model in rows.COUNTS for grant in _grant(model, REGIONAL, {VIEW}, rows.in_region[model])),
    *(grant for model in rows.COUNTS for grant in _grant(model, AUTHORITY, {VIEW}, rows.of_authority[model])),
    *_grant(WaitingCount, REGIONAL, {VIEW}, rows.waiting_in_region),
    *_grant(WaitingCount, APPROVERS, {VIEW}, rows.waiting_routed_here),
    *_grant(YearSummary, EMPLOYER, {Verb.ISSUE}, rows.of_employer[YearSummary]),
    *_grant(Certificate, PERSON, {Verb.CARRY}, rows.of_person[Certificate]),
    *_grant(Certificate, EMPLOYER, {Verb.CARRY}, rows.of_employer[Certificate]),
    *_grant(Certificate, PERSON, {Verb.PRINT}, rows.of_person[Certificate], (CertificateStatus.VALID,)),
    *_grant(Certificate, EMPLOYER, {Verb.PRINT}, rows.of_employer[Certificate], (CertificateStatus.VALID,)),
    *_grant(CertificateRun, EMPLOYER, {VIEW, CREATE, Verb.CANCEL}, rows.certificate_runs_of_employer),
    *_grant(CertificateRunItem, EMPLOYER, {VIEW}, rows.items_of_certificate_runs),
    # --- journal, batches, messages
    *(grant for who, scopes in JOURNALS for scope in scopes
      for grant in _grant(JournalEntry, who, {VIEW, Verb.INSPECT, Verb.EXPORT}, scope)),
    *(grant for scope in (rows.journal_of_own_claims, training.journal_of_own_training, rows.journal_of_own_login,
                          rows.journal_of_lookups)
      for grant in _grant(JournalEntry, PERSON, {VIEW, Verb.INSPECT}, scope)),
    # The system administrator sees that something was done and by whom, not what a claim or a registration says;
    # of logins, which say nothing of either, everything: nobody else could tell an attack on all of them.
    *_grant(JournalEntry, SYSTEM, {VIEW, Verb.EXPORT, Verb.VERIFY}, rows.whole_journal),
    *_grant(JournalEntry, SYSTEM, {VIEW, Verb.INSPECT}, rows.journal_of_all_logins),
    *_grant(JournalEntry, SYSTEM, {VIEW, Verb.INSPECT}, rows.journal_without_people),
    *_grant(JournalEntry, SYSTEM, {VIEW, Verb.INSPECT}, rows.journal_of_accounts_of_system),
    *_grant(Batch, tuple(UserType), {VIEW, Verb.CANCEL}, rows.own_batches),
    *_grant(BatchItem, tuple(UserType), {VIEW}, rows.items_of_own_batches),
    *_grant(Notice, tuple(UserType), {VIEW, EDIT}, rows.own_notices),
    *_grant(MailPreference, tuple(UserType), {VIEW, CREATE, EDIT}, rows.own_mail_preference),
    # --- rules being changed
    *_grant(RuleDraft, SYSTEM, {VIEW}, rows.drafts_of_system),
    *_grant(RuleDraft, SYSTEM, {CREATE, EDIT, DELETE}, rows.open_drafts_of_system),
    *_grant(Rehearsal, SYSTEM, {VIEW, CREATE, DELETE}, rows.rehearsals_of_system),
    *_grant(RehearsalLine, SYSTEM, {VIEW}, rows.lines_of_rehearsals),
    *_grant(CertificateTemplate, SYSTEM, {VIEW}, rows.templates_of_system),
    *_grant(CertificateTemplate, SYSTEM, {CREATE, EDIT, DELETE}, rows.open_templates_of_system),
    # --- base data everybody reads: who keeps it
    *_grant(DictionaryItem, SYSTEM, {CREATE, EDIT}, rows.everywhere),
    *_grant(ClaimKind, SYSTEM, {EDIT}, rows.everywhere),
    *_grant(Region, SYSTEM, {CREATE, EDIT}, rows.everywhere),
    *_grant(CreditYear, SYSTEM, {CREATE, EDIT}, rows.everywhere),
    *_grant(CalendarDay, SYSTEM, {CREATE, EDIT}, rows.everywhere),
    *_grant(RegionPeriod, SYSTEM, {CREATE, EDIT, DELETE}, rows.everywhere),
    *_grant(Setting, SYSTEM, {CREATE, EDIT, DELETE}, rows.settings_but_duties),
    # --- announcements
    *_grant(Announcement, (None, *UserType), {VIEW}, rows.announcements_for_one),
    *_grant(Announcement, (PROVINCE, SYSTEM), {VIEW, CREATE, EDIT}, rows.everywhere),
    *_grant(AnnouncementRead, tuple(UserType), {VIEW, CREATE}, rows.own_readings),
    *_grant(AnnouncementRead, (PROVINCE, SYSTEM), {VIEW}, rows.everywhere),
    # --- deciding in somebody's place during his absence
    *_grant(Delegation, DELEGATING, {VIEW}, rows.delegations_of_office),
    *_grant(Delegation, DELEGATING, {VIEW}, rows.delegations_received),
    *_grant(Delegation, DELEGATING, {CREATE}, rows.delegations_given),
    *_grant(Delegation, DELEGATING, {Verb.WITHDRAW}, rows.delegations_going_on),
    # --- how one likes one's grids
    *_grant(GridSetting, tuple(UserType), {VIEW, CREATE, EDIT, DELETE}, rows.own_settings),
    *_grant(SavedView, tuple(UserType), {VIEW, CREATE, EDIT, DELETE}, rows.own_views),
    *_grant(SavedView, ORGANIZATIONS, {VIEW, CREATE, EDIT, DELETE}, rows.views_of_organization),
    *_grant(SavedView, tuple(UserType), {VIEW}, rows.views_of_system),
    *_grant(SavedView, (PROVINCE, SYSTEM), {CREATE, EDIT, DELETE}, rows.views_of_system),
)  # fmt: skip
