"""Which grids there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_admin import Admin

from models import (
    Account,
    Batch,
    Certificate,
    CertificateRun,
    CertificateTemplate,
    Claim,
    Delegation,
    Department,
    Enrollment,
    Grade,
    GradeSheet,
    JournalEntry,
    LedgerEntry,
    LoginSession,
    Notice,
    Organization,
    OrganizationChange,
    Person,
    PersonCorrection,
    Rehearsal,
    RuleDraft,
    TrainingClass,
    TrainingPlan,
    Transfer,
    YearSummary,
)
from views import frame
from views.access_review import AccessReviewView
from views.accounts import AccountReviewView
from views.administrators import AccountView, AdministratorView
from views.batches import BatchView
from views.certificate_runs import CertificateRunView
from views.certificate_templates import CertificateTemplateView
from views.certificates import CertificatePrintingView, CertificateView
from views.claim_queues import ClaimDecisionView, ClaimReviewView
from views.claims import ClaimView
from views.corrections import CorrectionView
from views.delegations import DelegationView
from views.departments import DepartmentView
from views.duties import DutiesView
from views.enrollments import EnrollmentView
from views.grade_sheets import GradeSheetDecisionView, GradeSheetView
from views.grades import GradeView
from views.help import HelpView
from views.home import HomeView
from views.journal import JournalView
from views.login_journal import LoginJournalView
from views.lookups import LookupView
from views.news import NewsView
from views.notices import NoticeView
from views.online_sessions import OnlineSessionView
from views.organization_changes import OrganizationChangeView
from views.organizations import OrganizationView
from views.own_account import LoginSecurityView, PasswordView
from views.own_organization import OwnOrganizationView
from views.people import PersonView
from views.permission_view import PermissionView
from views.plans import PlanDecisionView, PlanView
from views.profile import ProfileView
from views.reference import GRIDS
from views.rehearsals import RehearsalView
from views.rule_drafts import RuleDraftView
from views.settings import SettingsView
from views.statistics import StatisticsView
from views.training_classes import ClassView
from views.training_statistics import TrainingStatisticsView
from views.transfers import TransferView
from views.years import LedgerView, YearSummaryView

if TYPE_CHECKING:
    from flask import Flask


def init_admin(app: Flask) -> Admin:
    """Register every grid."""
    admin = Admin(app, name=frame.TITLE, index_view=HomeView(name="首页", url="/admin"))
    admin.add_view(HelpView(name="使用帮助", endpoint="help", url="/admin/help"))
    admin.add_view(OwnOrganizationView("own-organization"))
    admin.add_view(ProfileView("profile"))
    admin.add_view(PasswordView("password"))
    admin.add_view(NewsView("news"))
    admin.add_view(LoginSecurityView("login-security"))
    admin.add_view(PermissionView("permission-view"))
    admin.add_view(AccessReviewView("access-review"))
    admin.add_view(DutiesView("duties"))
    admin.add_view(TrainingStatisticsView("training-statistics"))
    admin.add_view(StatisticsView("statistics"))
    admin.add_view(SettingsView("setting"))
    for view in (
        ClaimView(Claim, "claim"),
        ClaimReviewView(Claim, "claim-public"),
        ClaimReviewView(Claim, "claim-specialty"),
        ClaimDecisionView(Claim, "claim-decision"),
        PlanView(TrainingPlan, "training-plan"),
        PlanDecisionView(TrainingPlan, "training-plan-decision"),
        ClassView(TrainingClass, "training-class"),
        GradeView(Grade, "grade"),
        GradeSheetView(GradeSheet, "grade-sheet"),
        GradeSheetDecisionView(GradeSheet, "grade-sheet-decision"),
        AccountReviewView(Account, "account-review"),
        AccountView(Account, "account"),
        AdministratorView(Account, "administrator"),
        PersonView(Person, "person"),
        OrganizationChangeView(OrganizationChange, "organization-change"),
        TransferView(Transfer, "transfer"),
        CorrectionView(PersonCorrection, "correction"),
        EnrollmentView(Enrollment, "enrollment"),
        OrganizationView(Organization, "organization"),
        DelegationView(Delegation, "delegation"),
        DepartmentView(Department, "department"),
        YearSummaryView(YearSummary, "year-summary"),
        CertificatePrintingView(YearSummary, "certificate-printing"),
        CertificateView(Certificate, "certificate"),
        CertificateRunView(CertificateRun, "certificate-run"),
        LedgerView(LedgerEntry, "ledger"),
        JournalView(JournalEntry, "journal"),
        LoginJournalView(JournalEntry, "login-journal"),
        LookupView(JournalEntry, "lookup"),
        OnlineSessionView(LoginSession, "online-session"),
        BatchView(Batch, "batch"),
        NoticeView(Notice, "notice"),
        RuleDraftView(RuleDraft, "rule-draft"),
        RehearsalView(Rehearsal, "rehearsal"),
        CertificateTemplateView(CertificateTemplate, "certificate-template"),
        *(view(model, endpoint) for view, model, endpoint in GRIDS),
    ):
        admin.add_view(view)
    return admin
