"""What is stored: importing this package maps every table."""

from models.account import Account, CaptchaChallenge
from models.base import Base
from models.certificate import Certificate, CertificateSerial
from models.claim import Claim, ClaimAttachment
from models.journal import Batch, BatchItem, JournalEntry, JournalSeal
from models.kinds import ClaimItem, ClaimKind, ClaimKindVersion, HourRule
from models.ledger import LedgerEntry, YearSummary
from models.notice import Announcement, Notice
from models.organization import Department, Organization
from models.person import Person
from models.reference import CreditYear, Dictionary, DictionaryItem, Region, Requirement

__all__ = [
    "Account",
    "Announcement",
    "Base",
    "Batch",
    "BatchItem",
    "CaptchaChallenge",
    "Certificate",
    "CertificateSerial",
    "Claim",
    "ClaimAttachment",
    "ClaimItem",
    "ClaimKind",
    "ClaimKindVersion",
    "CreditYear",
    "Department",
    "Dictionary",
    "DictionaryItem",
    "HourRule",
    "JournalEntry",
    "JournalSeal",
    "LedgerEntry",
    "Notice",
    "Organization",
    "Person",
    "Region",
    "Requirement",
    "YearSummary",
]
