"""What an approved change of an organisation does to everything that names it, and each guard that can stand against it."""

from __future__ import annotations

import pytest
from factories import MOMENT, TODAY, make_account, make_change, make_organization, number, put_status
from sqlalchemy import literal, select
from stage import ORGANIZATION_CHANGE, REASON

from models import (
    Account,
    Certificate,
    Claim,
    Enrollment,
    Grade,
    GradeSheet,
    JournalEntry,
    LedgerEntry,
    Notice,
    Organization,
    OrganizationChange,
    OutgoingMail,
    Person,
    TrainingClass,
    TrainingPlan,
    YearSummary,
)
from models.identifiers import make_credit_code, make_organization_code
from permissions.wall import unscoped
from workflow.core import Firing, WorkflowError
from workflow.organization_effects import apply_changes
from workflow.training import TRAINING_PLAN

UNDECIDED = ("draft", "submitted", "returned", "accepted", "declared")
DECIDED = ("approved", "rejected", "revoked")
MOVED = ("410300", "education")


@pytest.fixture
def change(stage):
    """Return a function that makes a pending request of an organisation of the world."""

    def make(name="hospital", /, **columns):
        return make_change(stage.system, stage.row(Organization, name), **columns)

    return make


@pytest.fixture
def office(stage):
    """Return a function that gives the key of an organisation of the world."""
    return lambda name: stage.world.id(Organization, name)


def decide(stage, who, *rows, name="approve", **more):
    return stage.fire(who, name, *rows, table=ORGANIZATION_CHANGE, **more)


def told(stage, who, row, name="approve", **more):
    (outcome,) = decide(stage, who, row, name=name, **more).counts
    return outcome


def at(stage, model, key):
    """Return region and authority of a stored row, the authority by its name in the world."""
    row = stage.system.execute(select(model.region_code, model.authority_id).where(model.id == key)).one()
    return row.region_code, stage.world.names[Organization].get(row.authority_id)


# ---------------------------------------------------------------- what follows
def test_everything_that_says_where_somebody_belongs_follows_and_history_stays(stage, change, office):
    claims = {status: stage.world.id(Claim, f"doctor-{status}") for status in (*UNDECIDED, *DECIDED)}
    row = change(region_code="410300", bureau_id=office("luoyang"), authority_id=office("education"))
    before = at(stage, Person, stage.world.id(Person, "doctor"))
    assert told(stage, "luoyang_admin", row) == "done"
    hospital = stage.row(Organization, "hospital")
    assert (hospital.region_code, hospital.bureau_id, hospital.authority_id) == (
        "410300", office("luoyang"), office("education"))  # fmt: skip
    for name in ("doctor", "nurse", "veteran", "applicant"):
        assert at(stage, Person, stage.world.id(Person, name)) == MOVED, name
    assert at(stage, YearSummary, stage.world.id(YearSummary, "doctor-2026")) == MOVED
    assert {status: at(stage, Claim, key) for status, key in claims.items()} == {
        status: MOVED if status in UNDECIDED else before for status in claims
    }
    assert at(stage, LedgerEntry, stage.world.id(LedgerEntry, "doctor-posted")) == before
    assert at(stage, Certificate, stage.world.id(Certificate, "nurse-valid")) == before
    assert at(stage, Person, stage.world.id(Person, "teacher")) == MOVED  # who was there before


def test_what_waits_for_a_decision_is_handed_over_and_what_was_decided_is_not(stage, change, office):
    waiting = stage.world.id(Claim, "doctor-declared")
    elsewhere = stage.world.id(Claim, "doctor-declared-health")
    decided = stage.world.id(Claim, "doctor-approved")
    assert told(stage, "zhengzhou_admin", change(bureau_id=office("zhengzhou"))) == "done"
    approvers = {
        key: stage.world.names[Organization][stage.system.get(Claim, key).approver_id]
        for key in (waiting, elsewhere, decided)
    }
    assert approvers == {waiting: "zhengzhou", elsewhere: "health", decided: "jinshui"}
    history = stage.system.scalars(
        select(JournalEntry.object_id).where(JournalEntry.action == "hand_over")
    ).all()
    assert history == [waiting]
    assert stage.row(Account, "hospital_admin").approver_id == office("zhengzhou")
    assert stage.row(Account, "doctor").approver_id == office("hospital")
    assert stage.told("zhengzhou_admin", "approve", stage.row(Claim, "doctor-declared")) == "done"


def test_what_an_institution_is_not_done_with_goes_to_the_new_office(stage, change, office):
    put_status(stage.system, stage.row(OrganizationChange, "academy"), "withdrawn")
    row = change("academy", region_code="410105", bureau_id=office("jinshui"))
    assert told(stage, "jinshui_admin", row) == "done"
    moved = {
        (model, name): stage.world.names[Organization][stage.row(model, name).approver_id]
        for model, names in (
            (TrainingPlan, ("plan-submitted", "plan-approved", "plan-closed", "plan-nursing")),
            (TrainingClass, ("class-finished", "class-cancelled", "class-nursing")),
            (GradeSheet, ("sheet-submitted", "sheet-approved")),
            (Grade, ("doctor-draft", "nurse-submitted", "engineer-approved")),
        )
        for name in names
    }
    stays = {"plan-closed": "zhengzhou", "class-cancelled": "zhengzhou", "sheet-approved": "zhengzhou",
             "engineer-approved": "zhengzhou", "plan-nursing": "health", "class-nursing": "health"}  # fmt: skip
    assert moved == {(model, name): stays.get(name, "jinshui") for model, name in moved}
    assert stage.row(TrainingClass, "class-running").region_code == "410105"
    assert stage.row(GradeSheet, "sheet-approved").region_code == "410100"
    assert stage.row(Grade, "nurse-submitted").region_code == "410105", "a grade's region is its person's"
    assert (
        stage.told("jinshui_admin", "approve", stage.row(TrainingPlan, "plan-submitted"), table=TRAINING_PLAN)
        == "done"
    )


def test_the_region_of_students_follows_their_employer_until_the_grade_is_decided(stage, change, office):
    row = change("company", region_code="410300", bureau_id=office("luoyang"))
    assert told(stage, "luoyang_admin", row) == "done"
    assert stage.row(Grade, "manager-returned").region_code == "410300"
    assert stage.row(Grade, "engineer-approved").region_code == "410100"
    students = [stage.row(Enrollment, f"{name}-finished").region_code for name in ("manager", "engineer")]
    assert students == ["410300", "410100"]


def test_without_an_authority_its_claims_are_decided_by_the_bureau(stage, change, office):
    row = change(no_authority=True)
    assert told(stage, "jinshui_admin", row) == "done"
    assert stage.row(Organization, "hospital").authority_id is None
    assert stage.row(Claim, "doctor-declared-health").approver_id == office("jinshui")
    assert stage.row(Person, "doctor").authority_id is None


def test_a_name_and_a_code_are_changed_with_all_that_goes_with_them(stage, change):
    short = make_organization_code(number())
    row = change(name="金水新医院", name_initials="jsxyy", code=short, credit_code=make_credit_code(short),
                 certificate_key="a" * 32, certificate_mime="image/png")  # fmt: skip
    assert told(stage, "jinshui_admin", row) == "done"
    hospital = stage.row(Organization, "hospital")
    assert (hospital.name, hospital.name_initials, hospital.code, hospital.credit_code, hospital.certificate_key) == (
        "金水新医院", "jsxyy", short, make_credit_code(short), "a" * 32)  # fmt: skip
    again = change(code=make_organization_code(number()))
    assert told(stage, "jinshui_admin", again) == "done"
    assert stage.row(Organization, "hospital").credit_code is None  # the one of the old code
    assert stage.row(Organization, "hospital").name == "金水新医院"


# ---------------------------------------------------------------- guards, failure and success side by side
def test_a_code_somebody_has_taken_meanwhile_is_refused(stage, change):
    taken = stage.row(Organization, "company").code
    row = change(code=taken)
    assert told(stage, "jinshui_admin", row) == "code_taken"
    stage.system.execute(
        Organization.__table__.update().where(Organization.id == stage.world.id(Organization, "company"))
        .values(status="void")
    )  # fmt: skip
    assert told(stage, "jinshui_admin", row) == "done"


def test_of_two_requests_for_one_code_in_one_batch_the_first_passes(stage, change):
    neighbour = make_organization(
        stage.system, "金水药房", "employer", "410105", bureau=stage.row(Organization, "jinshui")
    )
    make_account(stage.system, organization=neighbour)
    code = make_organization_code(number())
    first, second = change(code=code), make_change(stage.system, neighbour, code=code)
    outcome = decide(stage, "jinshui_admin", second, first)
    assert stage.outcomes(outcome.batch_key) == {first.id: "done", second.id: "code_taken"}


def test_a_code_taken_at_the_same_moment_gives_the_batch_up_with_a_sentence(stage, change):
    row = change(code=stage.row(Organization, "company").code)
    with stage.acting("jinshui_admin") as (session, actor), unscoped(session, "an effect's own doing"):
        firing = Firing(
            session, actor, MOMENT, TODAY
        )  # past the guard, as when the code is taken after it looked
        with pytest.raises(WorkflowError, match="登记了同一机构代码"):
            apply_changes(firing, select(literal(row.id)))


def test_a_ring_of_superiors_made_at_the_same_moment_is_given_up_with_a_sentence(stage, change, office):
    row = change("zhengzhou", bureau_id=office("jinshui"))
    with stage.acting("jinshui_admin") as (session, actor), unscoped(session, "an effect's own doing"):
        with pytest.raises(WorkflowError, match="改变了其中机构的上级"):
            apply_changes(Firing(session, actor, MOMENT, TODAY), select(literal(row.id)))
        session.rollback()


def test_an_office_that_was_closed_meanwhile_is_refused(stage, change, office):
    for name, columns in (("zhengzhou", "bureau_id"), ("education", "authority_id")):
        row = change(**{columns: office(name)}, approver_id=office("province"))
        stage.system.execute(
            Organization.__table__.update().where(Organization.id == office(name)).values(status="disabled")
        )
        refused = "bureau_closed" if columns == "bureau_id" else "authority_closed"
        assert told(stage, "province_admin", row) == refused
        stage.system.execute(
            Organization.__table__.update().where(Organization.id == office(name)).values(status="active")
        )
        assert told(stage, "province_admin", row) == "done"


def test_an_office_of_another_kind_is_no_superior(stage, change, office):
    for columns in ({"bureau_id": office("health")}, {"authority_id": office("luoyang")}):
        row = change(**columns, approver_id=office("jinshui"))
        assert told(stage, "jinshui_admin", row) in {"bureau_closed", "authority_closed"}
        assert told(stage, "jinshui_admin", row, name="reject", reason=REASON) == "done"


def test_no_bureau_stands_below_itself(stage, change, office):
    row = change("zhengzhou", bureau_id=office("jinshui"), approver_id=office("province"))
    assert told(stage, "province_admin", row) == "below_itself"
    assert told(stage, "province_admin", row, name="reject", reason=REASON) == "done"
    assert told(stage, "province_admin", change("jinshui", bureau_id=office("province"))) == "done"


@pytest.mark.parametrize(
    ("name", "region", "bureau", "outcome"),
    [
        ("hospital", None, "luoyang", "place_does_not_fit"),
        ("hospital", "410300", None, "place_does_not_fit"),
        ("hospital", "410300", "luoyang", "done"),
        ("hospital", None, "province", "done"),
        ("jinshui", None, "luoyang", "place_does_not_fit"),
        ("jinshui", "419001", "jiyuan", "place_does_not_fit"),  # no bureau of equal rank is above another
        ("health", None, "jinshui", "done"),
    ],
)
def test_the_office_above_looks_after_the_region(stage, change, office, name, region, bureau, outcome):
    columns = {"region_code": region} if region else {}
    columns |= {"bureau_id": office(bureau)} if bureau else {}
    row = change(name, **columns, approver_id=office("province"))
    assert told(stage, "province_admin", row) == outcome


def test_a_closed_organisation_changes_nothing(stage, change):
    row = change()
    table = Organization.__table__
    hospital = table.c.id == row.organization_id
    stage.system.execute(table.update().where(hospital).values(status="disabled"))
    assert told(stage, "jinshui_admin", row) == "organization_closed"
    stage.system.execute(table.update().where(hospital).values(status="active"))
    assert told(stage, "jinshui_admin", row) == "done"


def test_nobody_decides_about_an_organisation_he_administers_himself(stage, change):
    official = stage.row(Account, "jinshui_admin")
    row = change()
    alias = make_account(
        stage.system, organization=stage.row(Organization, "hospital"), citizen_id=official.citizen_id
    )
    assert told(stage, "jinshui_admin", row) == "own_organization"
    stage.system.delete(alias)
    stage.system.flush()
    assert told(stage, "jinshui_admin", row) == "done"


# ---------------------------------------------------------------- who may, and who is told
def test_only_the_office_named_decides_and_only_the_organisation_withdraws(stage, change, office):
    row = change(bureau_id=office("luoyang"))
    assert told(stage, "zhengzhou_admin", row) == "scope"  # the region's office sees it
    assert told(stage, "health_admin", row) == "missing"
    assert told(stage, "luoyang_admin", row, name="withdraw") == "scope"
    assert told(stage, "school_admin", row, name="withdraw") == "missing"
    assert told(stage, "hospital_admin", row, name="withdraw") == "done"


@pytest.mark.parametrize(
    ("name", "subject", "words"),
    [
        (
            "approve",
            "机构信息变更已通过",
            ("金水医院", "名称：金水医院 → 金水新医院", "登录时填写的机构代码"),
        ),
        ("reject", "机构信息变更未通过", ("名称：金水医院 → 金水新医院", REASON)),
    ],
)
def test_the_administrators_are_told_by_message_and_mail(stage, change, name, subject, words):
    administrator = stage.row(Account, "hospital_admin")
    administrator.email = "hospital@example.com"
    row = change(name="金水新医院")
    assert told(stage, "jinshui_admin", row, name=name, reason=REASON) == "done"
    [notice] = stage.system.scalars(
        select(Notice).where(Notice.account_id == administrator.id, Notice.title == subject)
    )
    assert notice.link == "/admin/own-organization/"
    mail = stage.system.scalars(
        select(OutgoingMail).where(OutgoingMail.recipient == "hospital@example.com")
    ).one()
    assert mail.subject == subject
    assert [word for word in words if word not in mail.body or word not in mail.html] == []


def test_the_office_that_is_left_is_told(stage, change, office):
    former = stage.world.id(Account, "jinshui_admin")

    def notices():
        return stage.system.scalars(select(Notice.title).where(Notice.account_id == former)).all()

    before = notices()
    assert told(stage, "jinshui_admin", change(name="金水新医院")) == "done"
    assert notices() == before
    assert told(stage, "zhengzhou_admin", change(bureau_id=office("zhengzhou"))) == "done"
    assert [title for title in notices() if title not in before] == ["机构已改由其他人社部门管理：金水新医院"]
