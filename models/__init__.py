"""What is stored: importing this package maps every table."""

from models import duty_rules  # noqa: F401  (listens while tables are created)
from models.account import Account, CaptchaChallenge
from models.base import Base
from models.certificate import Certificate, CertificateSerial, CertificateTemplate
from models.certificate_run import CertificateRun, CertificateRunItem
from models.claim import Claim, ClaimAttachment, ClaimFinding
from models.correction import PersonCorrection
from models.delegation import Delegation
from models.drafts import Rehearsal, RehearsalLine, RuleDraft
from models.grade import Grade, GradeSheet
from models.grid import GridSetting, SavedView
from models.importing import ImportRow, ImportRun
from models.journal import Batch, BatchItem, JournalEntry, JournalSeal
from models.kinds import ClaimItem, ClaimKind, ClaimKindVersion, HourRule
from models.ledger import LedgerEntry, YearSummary
from models.login import LoginSession, LoginThrottle, RecoveryCode, RecoveryLink, SecondFactor
from models.mail import OutgoingMail
from models.notice import Announcement, AnnouncementRead, MailDigest, MailPreference, Notice
from models.organization import Department, Organization
from models.organization_change import OrganizationChange
from models.person import Person
from models.reference import (
    CalendarDay,
    CreditYear,
    Dictionary,
    DictionaryItem,
    Region,
    RegionPeriod,
    Requirement,
    Setting,
)
from models.registration import RegistrationDraft
from models.reminder import Reminder
from models.statistics import HoursCount, PeopleCount, StatisticMark, WaitingCount
from models.training import Course, Enrollment, TrainingAttachment, TrainingClass, TrainingPlan
from models.transfer import Transfer

__all__ = [
    "Account",
    "Announcement",
    "AnnouncementRead",
    "Base",
    "Batch",
    "BatchItem",
    "CalendarDay",
    "CaptchaChallenge",
    "Certificate",
    "CertificateRun",
    "CertificateRunItem",
    "CertificateSerial",
    "CertificateTemplate",
    "Claim",
    "ClaimAttachment",
    "ClaimFinding",
    "ClaimItem",
    "ClaimKind",
    "ClaimKindVersion",
    "Course",
    "CreditYear",
    "Delegation",
    "Department",
    "Dictionary",
    "DictionaryItem",
    "Enrollment",
    "Grade",
    "GradeSheet",
    "GridSetting",
    "HourRule",
    "HoursCount",
    "ImportRow",
    "ImportRun",
    "JournalEntry",
    "JournalSeal",
    "LedgerEntry",
    "LoginSession",
    "LoginThrottle",
    "MailDigest",
    "MailPreference",
    "Notice",
    "Organization",
    "OrganizationChange",
    "OutgoingMail",
    "PeopleCount",
    "Person",
    "PersonCorrection",
    "RecoveryCode",
    "RecoveryLink",
    "Region",
    "RegionPeriod",
    "RegistrationDraft",
    "Rehearsal",
    "RehearsalLine",
    "Reminder",
    "Requirement",
    "RuleDraft",
    "SavedView",
    "SecondFactor",
    "Setting",
    "StatisticMark",
    "TrainingAttachment",
    "TrainingClass",
    "TrainingPlan",
    "Transfer",
    "WaitingCount",
    "YearSummary",
]
