"""Which grids there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_admin import Admin

from models import (
    Account,
    Batch,
    Certificate,
    Claim,
    Department,
    JournalEntry,
    LedgerEntry,
    Notice,
    Organization,
    Person,
    YearSummary,
)
from views import menu
from views.accounts import AccountReviewView
from views.claims import ClaimDecisionView, ClaimReviewView, ClaimView
from views.home import HomeView
from views.journal import BatchView, JournalView, NoticeView
from views.organizations import DepartmentView, OrganizationView
from views.people import PersonView
from views.reference import GRIDS
from views.years import CertificatePrintingView, CertificateView, LedgerView, YearSummaryView

if TYPE_CHECKING:
    from flask import Flask

TITLE = "继续教育信息管理系统"


class Workbench(Admin):
    """Flask-Admin with the role's own menu."""

    def menu(self) -> list[Any]:
        """Return the actor's menu."""
        views = {getattr(view, "endpoint", ""): view for view in self._views}
        return menu.build(views.get)


def init_admin(app: Flask) -> Workbench:
    """Register every grid."""
    admin = Workbench(app, name=TITLE, index_view=HomeView(name="首页", url="/admin"))
    for view in (
        ClaimView(Claim, "claim"),
        ClaimReviewView(Claim, "claim-public"),
        ClaimReviewView(Claim, "claim-specialty"),
        ClaimDecisionView(Claim, "claim-decision"),
        AccountReviewView(Account, "account-review"),
        PersonView(Person, "person"),
        OrganizationView(Organization, "organization"),
        DepartmentView(Department, "department"),
        YearSummaryView(YearSummary, "year-summary"),
        CertificatePrintingView(YearSummary, "certificate-printing"),
        CertificateView(Certificate, "certificate"),
        LedgerView(LedgerEntry, "ledger"),
        JournalView(JournalEntry, "journal"),
        BatchView(Batch, "batch"),
        NoticeView(Notice, "notice"),
        *(view(model, endpoint) for view, model, endpoint in GRIDS),
    ):
        admin.add_view(view)
    return admin
