"""What a firing does and leaves behind, and each guard with success and failure side by side."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from factories import TODAY, YEAR, make_account, make_certificate, make_claim, make_person, put_status
from sqlalchemy import select
from stage import ACCOUNT, CLAIM, REASON

from models import (
    Account,
    Certificate,
    Claim,
    ClaimItem,
    ClaimKindVersion,
    JournalEntry,
    Notice,
    Organization,
    Person,
)
from services import ledger
from workflow import engine
from workflow.engine import WorkflowError
from workflow.status import StatusError

LAST_DAY = dt.date(YEAR + 1, 3, 31)
OTHER_YEARS = [(dt.date(YEAR, 1, 1), "done"), (LAST_DAY, "done"),
               (dt.date(YEAR - 1, 12, 31), "closed"), (LAST_DAY + dt.timedelta(1), "closed")]  # fmt: skip


@pytest.fixture
def claim(stage):
    """Return a function that makes a claim of the doctor, or of somebody else."""

    def make(status="declared", who="doctor", **columns):
        person = who if isinstance(who, Person) else stage.row(Person, who)
        return make_claim(stage.system, person, status=status, **columns)

    return make


def alias_of(stage, person, office):
    """Give the citizen behind ``person`` a login at ``office``, and return its actor."""
    citizen = stage.row(Person, person)
    account = make_account(
        stage.system, organization=stage.row(Organization, office), citizen_id=citizen.citizen_id
    )
    actor = stage.actor_of(account)
    official = stage.actor(f"{office}_admin")
    return type(actor)(actor.account_id, actor.user_type, actor.organization_id, None, None, actor.citizen_id_index,
                       official.regions, official.label)  # fmt: skip


# ---------------------------------------------------------------- journal, batch, repetition
def test_a_firing_is_written_down(stage, claim):
    row = claim()
    outcome = stage.fire("jinshui_admin", "reject", row, reason=f"  {REASON} ", request_id="request-1")
    entry, official = stage.last_journal(row), stage.actor("jinshui_admin")
    assert (entry.actor_id, entry.actor_organization_id) == (official.account_id, official.organization_id)
    assert (entry.from_status, entry.to_status, entry.action) == ("declared", "rejected", "reject")
    assert (entry.reason, entry.batch_id, entry.request_id) == (REASON, outcome.batch_key, "request-1")
    assert entry.on_behalf_of_id == row.person_id
    assert (row.decided_by_id, row.reason, row.revision) == (official.account_id, REASON, 2)
    assert row.decided_at == row.status_since == entry.moment
    batch = stage.batch(outcome.batch_key)
    assert (batch.actor_id, batch.transition, batch.done_count, batch.skipped_count) == (
        official.account_id, "reject", 1, 0)  # fmt: skip


def test_a_batch_tells_what_became_of_each_row(stage, claim):
    first, second, late = claim(), claim(), claim("approved")
    outcome = stage.fire("jinshui_admin", "approve", late, second, first, first, 10**9)
    assert outcome.counts == {"done": 2, "status": 1, "missing": 1}
    assert (outcome.done, outcome.skipped, outcome.repeated) == (2, 2, False)
    assert stage.outcomes(outcome.batch_key) == {
        first.id: "done", second.id: "done", late.id: "status", 10**9: "missing"}  # fmt: skip
    assert stage.batch(outcome.batch_key).skipped_count == 2


def test_the_second_firing_loses_and_is_told(stage, claim):
    row = claim()
    assert stage.told("jinshui_admin", "approve", row) == "done"
    colleague = alias_of(stage, "miller", "jinshui")
    traces = stage.traces()
    assert stage.told(colleague, "reject", row, reason=REASON) == "status"
    assert "他人处理" in engine.sentence_of(CLAIM["reject"], "status")
    assert stage.status(row) == "approved"
    assert stage.traces() == traces


def test_the_same_batch_key_fires_once(stage, claim):
    row, key = claim(), engine.new_batch_key()
    first = stage.fire("jinshui_admin", "approve", row, batch_key=key)
    traces = stage.traces()
    again = stage.fire("jinshui_admin", "approve", row, batch_key=key)
    assert (first.counts, first.repeated) == (again.counts, False)
    assert again.repeated
    assert stage.traces() == traces


def test_somebody_else_s_batch_key_neither_stops_nor_shows_anything(stage, claim):
    key = engine.new_batch_key()
    stage.fire("jinshui_admin", "approve", claim(), batch_key=key)
    returned = stage.fire("hospital_admin", "return", claim("submitted"), reason=REASON, batch_key=key)
    assert (returned.done, returned.repeated) == (1, False)
    assert returned.batch_key != key


def test_what_is_not_seen_is_missing_and_what_is_seen_but_not_allowed_is_refused(stage, claim):
    row = claim()  # of the hospital, declared to the county
    assert stage.told("luoyang_admin", "approve", row) == "missing"
    assert stage.told("system_admin", "approve", row) == "missing"
    assert stage.told("teacher", "submit", row) == "missing"
    assert stage.told("health_admin", "approve", row) == "missing"
    assert stage.told("zhengzhou_admin", "approve", row) == "scope"
    assert stage.told("province_admin", "approve", row) == "scope"
    assert stage.told("hospital_admin", "approve", row) == "scope"
    assert stage.status(row) == "declared"
    assert stage.told("jinshui_admin", "approve", row) == "done"


def test_an_employer_is_not_told_of_a_draft(stage):
    draft, submitted = stage.row(Claim, "nurse-draft"), stage.row(Claim, "nurse-submitted")
    assert stage.told("hospital_admin", "accept", draft) == "missing"
    assert stage.told("hospital_admin", "accept", submitted) == "done"


def test_a_registered_claim_is_not_the_persons_to_submit(stage):
    assert stage.told("nurse", "submit", stage.row(Claim, "nurse-registered")) == "scope"
    assert stage.told("nurse", "submit", stage.row(Claim, "nurse-draft")) == "done"


@pytest.mark.parametrize(
    ("table", "name"),
    [(table, line.name) for table in (CLAIM, ACCOUNT) for line in table.transitions if line.reason],
)
@pytest.mark.parametrize("reason", [None, "", " \n\t　"])
def test_a_reason_is_required_where_the_table_says_so(stage, claim, table, name, reason):
    with pytest.raises(WorkflowError, match="必须填写原因"):
        stage.fire("jinshui_admin", name, claim(), table=table, reason=reason)


def test_a_firing_needs_rows_and_not_too_many(stage):
    with pytest.raises(WorkflowError, match="至少选择一条"):
        stage.fire("jinshui_admin", "approve")
    with pytest.raises(WorkflowError, match="一次最多处理"):
        stage.fire("jinshui_admin", "approve", *range(engine.MAXIMUM_ROWS + 1))
    with pytest.raises(KeyError):
        stage.fire("jinshui_admin", "fly", 1)


def test_a_preview_changes_nothing(stage, claim):
    row, traces = claim(), stage.traces()
    assert stage.preview("jinshui_admin", "approve", row, 10**9) == {row.id: "done", 10**9: "missing"}
    assert stage.preview("zhengzhou_admin", "approve", row) == {row.id: "scope"}
    assert stage.status(row) == "declared"
    assert stage.traces() == traces


# ---------------------------------------------------------------- guards
@pytest.mark.parametrize(
    ("name", "status", "office"),
    [("accept", "submitted", "hospital"), ("declare", "accepted", "hospital"), ("approve", "declared", "jinshui"),
     ("reject", "declared", "jinshui"), ("revoke", "approved", "jinshui")],
)  # fmt: skip
def test_nobody_decides_his_own_claim_under_another_login(stage, claim, name, status, office):
    mine, anothers = claim(status), claim(status, "nurse")
    myself = alias_of(stage, "doctor", office)
    assert stage.told(myself, name, mine, reason=REASON) == "own_claim"
    assert stage.status(mine) == status
    assert stage.told(myself, name, anothers, reason=REASON) == "done"


def test_an_employers_administrator_who_is_its_professional_decides_only_others(stage):
    assert stage.told("company_admin", "accept", stage.row(Claim, "manager-submitted")) == "own_claim"
    assert stage.told("company_admin", "accept", stage.row(Claim, "engineer-submitted")) == "done"


@pytest.mark.parametrize(("today", "expected"), OTHER_YEARS)
@pytest.mark.parametrize(
    ("name", "status", "who", "closed"),
    [("submit", "draft", "doctor", "claims_closed"), ("submit", "returned", "doctor", "claims_closed"),
     ("declare", "submitted", "hospital_admin", "claims_closed"), ("approve", "declared", "jinshui_admin", "approvals_closed"),
     ("reject", "declared", "jinshui_admin", "approvals_closed")],
)  # fmt: skip
def test_a_year_is_open_from_its_first_to_its_last_day(
    stage, claim, today, expected, name, status, who, closed
):
    told = stage.told(who, name, claim(status), today=today, reason=REASON)
    assert told == (closed if expected == "closed" else "done")


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, "done"),
        ({"complete": False}, "incomplete"),
        ({"computed_hours": Decimal(0)}, "no_hours"),
        ({"computed_hours": Decimal(0), "completes_specialty_year": True}, "done"),
        ({"computed_hours": Decimal("0.1")}, "done"),
        ({"proof": False}, "no_proof"),
        ({"complete": False, "computed_hours": Decimal(0), "proof": False}, "incomplete"),
    ],
)
@pytest.mark.parametrize(("name", "who"), [("submit", "doctor"), ("register", "hospital_admin")])
def test_only_what_is_ready_leaves_the_draft(stage, claim, name, who, columns, expected):
    registrar = stage.row(Account, "hospital_admin") if name == "register" else None
    row = claim("draft", registered_by=registrar, **columns)
    assert stage.told(who, name, row) == expected
    assert stage.status(row) == (CLAIM[name].target if expected == "done" else "draft")


@pytest.mark.parametrize(("other", "submitting", "declaring"), [
    ("declared", "duplicate", "duplicate"), ("approved", "duplicate", "duplicate"), ("draft", "done", "done"),
    ("submitted", "duplicate", "done"), ("rejected", "done", "done"), ("revoked", "done", "done"),
])  # fmt: skip
@pytest.mark.parametrize(("name", "status", "who"), [("submit", "draft", "doctor"),
                                                     ("declare", "accepted", "hospital_admin")])  # fmt: skip
def test_evidence_counts_once(stage, claim, other, submitting, declaring, name, status, who):
    expected = submitting if name == "submit" else declaring
    claim(other, evidence_key="doi:1")
    assert stage.told(who, name, claim(status, evidence_key="doi:1")) == expected


@pytest.mark.parametrize(
    ("required", "first", "second", "expected"),
    [
        (False, "t", "doi:1", "duplicate"),
        (False, "doi:1", "t", "duplicate"),
        (False, "doi:1", "doi:2", "done"),
        (True, "t", "doi:1", "done"),
        (None, "t", "doi:1", "done"),
    ],
)
def test_a_title_is_evidence_where_one_claim_lacks_the_number(
    stage, claim, required, first, second, expected
):
    if required is not None:
        version = stage.system.scalars(select(ClaimKindVersion).order_by(ClaimKindVersion.id)).first()
        number = {"code": "doi", "label": "DOI", "type": "text", "position": 9, "evidence": True}
        stage.system.add(ClaimItem(kind_version_id=version.id, required=required, **number))
    claim("approved", evidence_key=first, title_key="t", credit_year=YEAR - 1)
    claim("approved", evidence_key="u", title_key="u")
    assert stage.told("doctor", "submit", claim("draft", evidence_key=second, title_key="t")) == expected


def test_the_evidence_of_another_person_is_no_obstacle(stage, claim):
    claim("approved", "nurse", evidence_key="doi:1")
    assert stage.told("doctor", "submit", claim("draft", evidence_key="doi:1")) == "done"


def test_of_two_claims_with_one_evidence_in_a_batch_only_the_first_passes(stage, claim):
    first, second, other = claim(evidence_key="doi:1"), claim(evidence_key="doi:1"), claim()
    outcome = stage.fire("jinshui_admin", "approve", second, other, first)
    assert stage.outcomes(outcome.batch_key) == {first.id: "done", second.id: "duplicate", other.id: "done"}
    assert stage.told("jinshui_admin", "approve", second) == "duplicate"
    assert len(stage.entries(first)) == 1
    assert not stage.entries(second)


@pytest.mark.parametrize("state", ["pending", "left", "retired", "void"])
def test_only_somebody_in_service_submits(stage, claim, state):
    gone, here = claim("draft"), claim("draft", "nurse")
    person = Person.__table__
    left_on = TODAY if state in ("left", "retired") else None
    changed = person.update().where(person.c.id == gone.person_id).values(state=state, left_on=left_on)
    stage.system.execute(changed)
    assert stage.told("doctor", "submit", gone) == "not_in_service"
    assert stage.told("nurse", "submit", here) == "done"


def test_what_the_employer_registered_is_not_returned_to_the_person(stage, claim):
    registered = claim("accepted", registered_by=stage.row(Account, "hospital_admin"))
    filed = claim("accepted")
    assert stage.told("hospital_admin", "return", registered, reason=REASON) == "registered"
    assert stage.told("hospital_admin", "return", filed, reason=REASON) == "done"
    assert stage.told("doctor", "submit", filed) == "done"
    assert filed.reason is None


# ---------------------------------------------------------------- whom a claim goes to
@pytest.mark.parametrize(
    ("person", "who", "subject", "route", "office"),
    [
        ("doctor", "hospital_admin", "public", None, "jinshui"),
        ("doctor", "hospital_admin", "specialty", None, "jinshui"),
        ("doctor", "hospital_admin", "specialty", "bureau", "jinshui"),
        ("doctor", "hospital_admin", "specialty", "authority", "health"),
        ("doctor", "hospital_admin", "public", "authority", "jinshui"),
        ("teacher", "school_admin", "specialty", "authority", "education"),
        ("miller", "mill_admin", "public", "bureau", "jiyuan"),
        ("engineer", "company_admin", "public", "authority", "zhengzhou"),
        ("engineer", "company_admin", "specialty", "authority", None),
    ],
)
def test_a_claim_goes_to_the_bureau_or_to_the_chosen_authority(
    stage, claim, person, who, subject, route, office
):
    row = claim("accepted", person, subject=subject)
    parameters = {"route": route} if route else {}
    told = stage.told(who, "declare", row, parameters=parameters)
    assert told == ("done" if office else "no_approver")
    assert row.approver_id == (stage.world.id(Organization, office) if office else None)
    assert (row.declared_by_id == stage.actor(who).account_id) == bool(office)


@pytest.mark.parametrize("status", ["pending", "disabled", "void"])
def test_an_office_that_does_not_take_part_gets_no_claims(stage, claim, status):
    row = claim("accepted")
    put_status(stage.system, stage.row(Organization, "jinshui"), status)
    assert stage.told("hospital_admin", "declare", row) == "no_approver"
    assert stage.told("hospital_admin", "declare", row, parameters={"route": "authority"}) == "done"


# ---------------------------------------------------------------- hours
@pytest.mark.parametrize(
    ("awarded", "expected", "hours"),
    [
        (None, "done", Decimal(20)),
        (Decimal(20), "done", Decimal(20)),
        (Decimal("12.5"), "done", Decimal("12.5")),
        (Decimal(0), "done", Decimal(0)),
        (Decimal("20.1"), "above_rule", None),
        (Decimal(200), "above_rule", None),
    ],
)
def test_awarded_hours_stay_within_the_rule(stage, claim, awarded, expected, hours):
    row = claim()
    parameters = {} if awarded is None else {"awarded_hours": awarded}
    assert stage.told("jinshui_admin", "approve", row, parameters=parameters, reason="核减") == expected
    assert row.awarded_hours == hours
    assert [entry.hours for entry in stage.entries(row)] == ([] if hours is None else [hours])


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("会期只有半天", "done"), ("  ", "less_without_reason"), (None, "less_without_reason")],
)
def test_fewer_hours_need_a_reason(stage, claim, reason, expected):
    row = claim()
    parameters = {"awarded_hours": Decimal(5)}
    assert stage.told("jinshui_admin", "approve", row, parameters=parameters, reason=reason) == expected


def test_negative_hours_are_not_awarded(stage, claim):
    row = claim()
    assert stage.told("jinshui_admin", "approve", row, parameters={"awarded_hours": Decimal(-1)}) != "done"


def test_approved_hours_stand_in_the_ledger_and_in_the_summary(stage, claim):
    person = make_person(stage.system, "新人", stage.row(Organization, "hospital"))
    public = claim(who=person, subject="public", computed_hours=Decimal(30))
    half = claim(who=person, computed_hours=Decimal("29.5"))
    rest = claim(who=person, computed_hours=Decimal("30.5"))
    assert stage.fire("jinshui_admin", "approve", half, public).done == 2
    (entry,) = stage.entries(public)
    assert (entry.kind, entry.subject, entry.hours, entry.round) == ("posting", "public", Decimal(30), 0)
    assert (entry.person_id, entry.employer_id, entry.region_code, entry.authority_id, entry.credit_year) == (
        person.id, person.employer_id, "410105", stage.world.id(Organization, "health"), YEAR)  # fmt: skip
    assert entry.posted_by_id == stage.actor("jinshui_admin").account_id
    assert (entry.rule_code, entry.rule_version) == ("test.rule", 1)
    summary = stage.summary(person, YEAR)
    assert (summary.public_hours, summary.specialty_hours) == (Decimal(30), Decimal("29.5"))
    assert (summary.required_public, summary.required_specialty, summary.required_total) == (30, 60, 90)
    assert not summary.complete
    assert stage.told("jinshui_admin", "approve", rest) == "done"
    assert summary.specialty_hours == Decimal(60)
    assert summary.complete
    assert stage.summary(person, YEAR - 1) is None


def test_a_revocation_takes_the_hours_back_and_revokes_the_certificate(stage, claim):
    person = make_person(stage.system, "新人", stage.row(Organization, "hospital"))
    rows = [claim(who=person, subject="public", computed_hours=Decimal(30)), claim(who=person, computed_hours=Decimal(60)),
            claim(who=person, computed_hours=Decimal(5))]  # fmt: skip
    stage.fire("jinshui_admin", "approve", *rows)
    issued = make_certificate(stage.system, person, stage.row(Account, "hospital_admin"))
    earlier = make_certificate(stage.system, person, stage.row(Account, "hospital_admin"), year=YEAR - 1)
    assert stage.told("jinshui_admin", "revoke", rows[2], reason=REASON) == "done"
    summary = stage.summary(person, YEAR)
    assert (summary.specialty_hours, summary.complete) == (Decimal(60), True)
    assert stage.status(issued) == "valid"  # the year is complete without these hours
    assert stage.told("jinshui_admin", "revoke", rows[1], reason=REASON) == "done"
    assert (summary.public_hours, summary.specialty_hours, summary.complete) == (
        Decimal(30),
        Decimal(0),
        False,
    )
    posting, reversal = stage.entries(rows[1])
    assert (reversal.kind, reversal.hours, reversal.reversal_of_id) == ("reversal", Decimal(-60), posting.id)
    assert (posting.subject, posting.credit_year) == (reversal.subject, reversal.credit_year)
    assert stage.status(issued) == "revoked"
    assert REASON in issued.revoked_reason
    assert issued.revoked_at == rows[1].revoked_at
    assert stage.status(earlier) == "valid"
    assert (rows[1].revoked_reason, rows[1].awarded_hours) == (REASON, Decimal(60))
    assert stage.count(Certificate, Certificate.person_id == person.id, Certificate.status == "valid") == 1


def test_an_activity_can_complete_the_specialty_year(stage, claim):
    person = make_person(stage.system, "新人", stage.row(Organization, "hospital"))
    degree = claim(who=person, computed_hours=Decimal(0), completes_specialty_year=True)
    public = claim(who=person, subject="public", computed_hours=Decimal(30))
    assert stage.told("jinshui_admin", "approve", degree) == "done"
    summary = stage.summary(person, YEAR)
    assert (summary.specialty_completions, summary.complete) == (1, False)
    assert stage.told("jinshui_admin", "approve", public) == "done"
    assert (summary.specialty_hours, summary.complete) == (Decimal(0), True)
    assert stage.told("jinshui_admin", "revoke", degree, reason=REASON) == "done"
    assert (summary.specialty_completions, summary.complete) == (0, False)


@pytest.mark.parametrize(
    ("columns", "awarded", "completions"),
    [
        ({}, None, 1),
        ({}, Decimal(60), 1),
        ({}, Decimal(1), 0),
        ({"subject": "public"}, None, 0),
    ],
)
def test_the_specialty_year_is_completed_by_all_hours_of_a_specialty_claim(
    stage, claim, columns, awarded, completions
):
    person = make_person(stage.system, "新人", stage.row(Organization, "hospital"))
    row = claim(who=person, computed_hours=Decimal(60), completes_specialty_year=True, **columns)
    parameters = {} if awarded is None else {"awarded_hours": awarded}
    assert stage.told("jinshui_admin", "approve", row, parameters=parameters, reason="核减") == "done"
    assert stage.summary(person, YEAR).specialty_completions == completions
    assert not [sentence for sentence in ledger.verify(stage.system) if f"（申报 {row.id}）" in sentence]
    assert stage.told("jinshui_admin", "revoke", row, reason=REASON) == "done"
    assert stage.summary(person, YEAR).specialty_completions == 0


def test_many_hours_of_one_subject_do_not_make_up_for_the_other(stage, claim):
    person = make_person(stage.system, "新人", stage.row(Organization, "hospital"))
    stage.fire("jinshui_admin", "approve", claim(who=person, computed_hours=Decimal(300)))
    assert not stage.summary(person, YEAR).complete


def test_the_person_is_told(stage, claim):
    row = claim(title="论文一")
    account = stage.world.id(Account, "doctor")
    before = stage.count(Notice, Notice.account_id == account)
    stage.fire("jinshui_admin", "reject", row, reason=REASON)
    assert stage.count(Notice, Notice.account_id == account) == before + 1
    notice = stage.system.query(Notice).order_by(Notice.id.desc()).first()
    assert (notice.title, notice.body) == ("申报未通过审批：论文一", REASON)
    assert str(row.id) in notice.link


# ---------------------------------------------------------------- accounts
def test_an_approved_registration_puts_the_person_in_service(stage):
    applicant, account = stage.row(Person, "applicant"), stage.row(Account, "applicant")
    assert stage.told("school_admin", "approve", account, table=ACCOUNT) == "missing"
    assert stage.told("hospital_admin", "approve", account, table=ACCOUNT) == "done"
    assert applicant.state == "in_service"
    assert account.decided_by_id == stage.actor("hospital_admin").account_id


def test_a_rejected_registration_frees_the_citizen_id(stage):
    applicant, account = stage.row(Person, "applicant"), stage.row(Account, "applicant")
    assert stage.told("hospital_admin", "reject", account, table=ACCOUNT, reason=REASON) == "done"
    assert (applicant.state, account.reason) == ("void", REASON)
    make_account(
        stage.system,
        person=make_person(
            stage.system, "再来", stage.row(Organization, "school"), citizen_id=applicant.citizen_id
        ),
    )


def test_an_employers_registration_is_decided_by_its_bureau(stage):
    clinic, account = stage.row(Organization, "clinic"), stage.row(Account, "clinic_admin")
    assert stage.told("zhengzhou_admin", "approve", account, table=ACCOUNT) == "scope"
    assert stage.told("jinshui_admin", "approve", account, table=ACCOUNT) == "done"
    assert clinic.status == "active"


def test_nobody_decides_or_disables_himself(stage):
    myself = alias_of(stage, "applicant", "hospital")
    assert stage.told(myself, "approve", stage.row(Account, "applicant"), table=ACCOUNT) == "own_account"
    assert (
        stage.told("hospital_admin", "disable", stage.row(Account, "nurse"), table=ACCOUNT, reason=REASON)
        == "done"
    )
    province = stage.system.get(Account, stage.actor("province_admin").account_id)
    table = Account.__table__
    stage.system.execute(
        table.update().where(table.c.id == province.id).values(approver_id=province.organization_id)
    )
    told = stage.told("province_admin", "disable", province, table=ACCOUNT, reason=REASON)
    assert told == "itself"


# ---------------------------------------------------------------- nobody assigns a status
@pytest.mark.parametrize("status", ["submitted", "approved", "revoked"])
def test_a_status_cannot_be_assigned(stage, status):
    claim = stage.row(Claim, "doctor-draft")
    with pytest.raises(StatusError):
        claim.status = status
    with pytest.raises(StatusError):
        Claim(status=status)
    with pytest.raises(StatusError):
        setattr(stage.row(Account, "applicant"), "status", "active")  # noqa: B010
    with pytest.raises(StatusError):
        Account(status="active")
    claim.status = "draft"
    assert Claim(status="draft").status == "draft"
    assert stage.status(claim) == "draft"
    assert stage.count(JournalEntry)
    assert TODAY.year == YEAR
