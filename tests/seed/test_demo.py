"""The demo world, built once per database: it is there in full, and every state in it was reached by the workflow."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from models import (
    Account,
    Announcement,
    Base,
    Certificate,
    Claim,
    ClaimAttachment,
    ClaimKind,
    Department,
    JournalEntry,
    Organization,
    OrganizationChange,
    PeopleCount,
    Person,
    PersonCorrection,
    StatisticMark,
    TrainingClass,
    TrainingPlan,
    Transfer,
    YearSummary,
)
from models.base import today
from models.enums import (
    AccountStatus,
    ClaimStatus,
    ClassStatus,
    OrganizationKind,
    OrganizationStatus,
    PersonState,
    PlanStatus,
    RequestStatus,
    Subject,
)
from permissions.wall import ALL, ScopedSession, set_scope
from seed.demo import build_demo
from seed.demo_people import COLLEGE, EMPLOYERS, LIBRARY, OFFICES
from seed.demo_stage import DEMO_PASSWORD, DemoError
from services import ledger, verification
from services.attachments import sniff
from services.certificate_pdf import CertificateFields, render
from services.media import LocalMediaStore
from services.registration import check_password
from workflow.tables import WORKFLOWS


@pytest.fixture
def session(demo_world):
    with ScopedSession(demo_world.engine) as session:
        set_scope(session, ALL)
        yield session


def cheap(password):
    """Stand in for argon2, which is slow on purpose."""
    return f"hash of {password}"


def counts(session):
    return {
        table.name: session.scalar(select(func.count()).select_from(table))
        for table in Base.metadata.sorted_tables
    }


# ---------------------------------------------------------------- training
def test_plans_and_classes_stand_in_every_state(session):
    for model, states in ((TrainingPlan, PlanStatus), (TrainingClass, ClassStatus)):
        assert set(session.scalars(select(model.status))) == set(states)
    waiting = session.scalars(
        select(TrainingPlan.approver_id).where(TrainingPlan.status == PlanStatus.SUBMITTED)
    )
    assert len(set(waiting)) == 3, "two bureaus and an authority have something to decide"


# ---------------------------------------------------------------- who is there
def test_every_office_is_there(session):
    found = dict(
        session.execute(
            select(Organization.kind, func.count())
            .where(Organization.status == OrganizationStatus.ACTIVE)
            .group_by(Organization.kind)
        ).all()
    )
    assert found == {
        OrganizationKind.SYSTEM: 1,
        OrganizationKind.PROVINCE: 1,
        OrganizationKind.BUREAU: 5,
        OrganizationKind.AUTHORITY: 2,
        OrganizationKind.EMPLOYER: 4,
        OrganizationKind.INSTITUTION: 2,
    }
    assert session.scalar(select(func.count()).select_from(Announcement)) == 3


def test_employers_stand_below_their_bureau_and_authority_and_have_departments(session):
    for employer in EMPLOYERS:
        row = session.scalars(select(Organization).where(Organization.code == employer.code)).one()
        assert (row.bureau.name, row.authority.name if row.authority else None) == (
            employer.bureau,
            employer.authority,
        )
        departments = session.scalars(
            select(Department.name).where(Department.organization_id == row.id)
        ).all()
        assert set(departments) == set(employer.departments)
        assert 3 <= len(departments) <= 5
        assert row.certificate_key


def test_some_eighty_people_registered_and_a_few_still_wait_or_were_rejected(session):
    states = dict(session.execute(select(Person.state, func.count()).group_by(Person.state)).all())
    assert states == {PersonState.IN_SERVICE: 77, PersonState.PENDING: 4, PersonState.VOID: 1}
    rejected = session.scalars(select(Account).where(Account.status == AccountStatus.REJECTED)).one()
    assert rejected.reason
    waiting = session.scalars(
        select(Account).where(Account.organization_id.is_not(None), Account.status == "pending")
    )
    assert {account.organization.code for account in waiting} == {LIBRARY.code, COLLEGE.code}


@pytest.mark.parametrize("model", [OrganizationChange, Transfer, PersonCorrection])
def test_a_request_of_each_kind_waits_for_somebody(session, model):
    assert [row.status for row in session.scalars(select(model))].count(RequestStatus.PENDING) == 1


def test_the_names_that_careless_systems_trip_over_are_among_them(session):
    names = session.scalars(select(Person.name)).all()
    assert all(any(rare in name for name in names) for rare in "䶮喆堃·")
    assert max(map(len, names)) > 25
    assert names.count("张伟") == 2


@pytest.mark.parametrize("table", ["claim", "account"])
def test_every_row_reached_its_state_along_the_workflow_table(session, table):
    workflow = WORKFLOWS[table]
    steps = {}
    for entry in session.scalars(
        select(JournalEntry)
        .where(JournalEntry.object_type == table, JournalEntry.to_status.is_not(None))
        .order_by(JournalEntry.id)
    ):
        steps.setdefault(entry.object_id, []).append(entry)
    appointed = set(
        session.scalars(
            select(JournalEntry.object_id).where(
                JournalEntry.object_type == table, JournalEntry.action == "appoint"
            )
        )
    )
    for row in session.scalars(select(workflow.model)):
        if row.id in appointed:  # there is nobody above who could approve
            assert row.status == AccountStatus.ACTIVE
            continue
        state = workflow.initial
        for entry in steps.get(row.id, []):
            transition = workflow[entry.action]
            assert entry.from_status == state
            assert state in transition.sources
            assert entry.to_status == transition.target
            assert entry.actor_id is not None
            state = transition.target
        assert row.status == state
    assert len(appointed) == (len(OFFICES) + 2 if table == "account" else 0)


# ---------------------------------------------------------------- what they did
def test_there_are_claims_in_every_state(session):
    states = set(session.scalars(select(Claim.status).distinct()))
    assert states == set(ClaimStatus)


def test_every_kind_of_claim_was_used(session):
    used = set(session.scalars(select(ClaimKind.code).join(Claim, Claim.kind_id == ClaimKind.id)))
    assert used == set(session.scalars(select(ClaimKind.code)))


def test_no_claim_lies_in_the_future_and_each_has_a_readable_proof(demo_world, session):
    assert session.scalar(select(func.max(Claim.end_date))) <= today()
    without = select(Claim.id).where(Claim.id.not_in(select(ClaimAttachment.claim_id)))
    assert session.scalars(without).all() == []
    file = session.scalars(select(ClaimAttachment).limit(1)).one()
    with demo_world.app.media.open(file.media_key) as stored:
        assert sniff(stored.read(), file.filename).mime == file.mime


def test_somebody_filed_for_himself_and_somebody_was_registered_by_the_employer(session):
    registered = session.scalars(select(Claim).where(Claim.registered_by_id.is_not(None))).all()
    assert {claim.status for claim in registered} == {ClaimStatus.ACCEPTED, ClaimStatus.DECLARED}
    own = select(func.count()).where(Claim.registered_by_id.is_(None))
    assert session.scalar(own) > len(registered)


@pytest.mark.parametrize("employer", EMPLOYERS, ids=lambda employer: employer.code)
@pytest.mark.parametrize("subject", list(Subject))
@pytest.mark.parametrize("status", [ClaimStatus.SUBMITTED, ClaimStatus.ACCEPTED])
def test_both_queues_of_an_employer_hold_claims_in_both_subjects(session, employer, subject, status):
    found = session.scalar(
        select(func.count())
        .select_from(Claim)
        .join(Organization, Organization.id == Claim.employer_id)
        .where(Organization.code == employer.code, Claim.subject == subject, Claim.status == status)
    )
    assert found >= 2


def test_claims_wait_at_every_office_employers_declare_to(session):
    found = dict(
        session.execute(
            select(Organization.name, func.count())
            .join(Claim, Claim.approver_id == Organization.id)
            .where(Claim.status == ClaimStatus.DECLARED)
            .group_by(Organization.name)
        ).all()
    )
    offices = {employer.bureau for employer in EMPLOYERS} | {
        employer.authority for employer in EMPLOYERS if employer.authority
    }
    assert set(found) == offices
    assert min(found.values()) >= 3


def test_an_employer_chooses_the_office_for_specialty_claims(session):
    rows = session.execute(
        select(Organization.kind, Claim.subject, Claim.authority_id.is_not(None).label("has"), func.count())
        .join(Organization, Organization.id == Claim.approver_id)
        .group_by(Organization.kind, Claim.subject, Claim.authority_id.is_not(None))
    ).all()
    found = {(row.kind, row.subject, bool(row.has)) for row in rows}
    bureau, authority = OrganizationKind.BUREAU, OrganizationKind.AUTHORITY
    assert found == {
        (bureau, Subject.PUBLIC, True),
        (bureau, Subject.PUBLIC, False),
        (bureau, Subject.SPECIALTY, True),
        (bureau, Subject.SPECIALTY, False),
        (authority, Subject.SPECIALTY, True),
    }


@pytest.mark.parametrize("year", [2024, 2025])
def test_the_years_that_are_over_are_complete_for_most_with_a_certificate_each(session, year):
    complete = session.scalars(
        select(YearSummary.person_id).where(YearSummary.credit_year == year, YearSummary.complete.is_(True))
    ).all()
    incomplete = session.scalars(
        select(YearSummary.person_id).where(YearSummary.credit_year == year, YearSummary.complete.is_(False))
    ).all()
    certified = session.scalars(
        select(Certificate.person_id).where(Certificate.credit_year == year, Certificate.status == "valid")
    ).all()
    waiting = set(complete) - set(certified)
    assert set(certified) <= set(complete)
    assert bool(waiting) is (year == 2025)  # somebody is left to issue one for
    assert len(waiting) <= 11
    assert len(certified) == len(set(certified)) > 50
    assert incomplete


def test_the_year_in_progress_has_no_certificates_yet(session):
    assert session.scalars(select(Certificate).where(Certificate.credit_year == 2026)).all() == []


def test_a_revoked_claim_took_its_certificate_with_it(demo_world, session):
    revoked = session.scalars(select(Certificate).where(Certificate.status == "revoked")).all()
    assert len(revoked) == len(EMPLOYERS)
    for certificate in revoked:
        assert verification.verify(session, certificate.number).status == "revoked"
    valid = session.scalars(select(Certificate).where(Certificate.status == "valid").limit(1)).one()
    assert verification.verify(session, valid.number).status == "valid"
    assert valid.snapshot["verify_url"].startswith(f"{demo_world.app.settings.public_url}/verify/")


def test_the_longest_name_can_be_printed(session):
    longest = session.scalars(
        select(Certificate)
        .join(Person, Person.id == Certificate.person_id)
        .order_by(func.length(Person.name).desc())
        .limit(1)
    ).one()
    assert len(longest.snapshot["name"]) > 25
    assert render(CertificateFields.from_snapshot(longest.snapshot)).startswith(b"%PDF-")


def test_ledger_and_summaries_agree(session):
    assert ledger.verify(session) == []


# ---------------------------------------------------------------- again, and elsewhere
def test_building_it_again_changes_nothing_and_says_so(demo_world, session):
    before = counts(session)
    session.rollback()
    again = build_demo(demo_world.engine, demo_world.app.media, cheap, public_url="http://demo.example.com")
    assert (demo_world.report.built, again.built) == (True, False)
    assert counts(session) == before


def test_the_password_is_hashed_once_and_would_be_accepted_at_registration(demo_world, session):
    assert demo_world.hashed == [DEMO_PASSWORD]
    assert len(set(session.scalars(select(Account.password)))) == 1
    assert check_password(DEMO_PASSWORD) is None


def test_it_is_refused_where_others_work_and_nothing_is_left_behind(engine, tmp_path):
    with ScopedSession(engine) as session:
        set_scope(session, ALL)
        session.add(Organization(kind="province", code="123456788", name="别的省厅"))
        session.commit()
        before = counts(session)
    with pytest.raises(DemoError, match="已有其他机构"):
        build_demo(engine, LocalMediaStore(tmp_path), cheap, public_url="http://demo.example.com")
    with ScopedSession(engine) as session:
        set_scope(session, ALL)
        assert counts(session) == before


def test_a_build_that_fails_halfway_leaves_nothing_behind(engine, tmp_path):
    def failing(password):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        build_demo(engine, LocalMediaStore(tmp_path), failing, public_url="http://demo.example.com")
    with ScopedSession(engine) as session:
        set_scope(session, ALL)
        assert sum(counts(session).values()) == 0


def test_the_figures_are_counted_when_the_world_is_built(session):
    assert session.scalar(select(func.count()).select_from(StatisticMark)) == 0
    everybody = select(func.sum(PeopleCount.people)).where(PeopleCount.credit_year.is_(None))
    in_service = select(func.count()).select_from(Person).where(Person.state == PersonState.IN_SERVICE)
    assert session.scalar(everybody) == session.scalar(in_service)
