"""Every way to a row, tried with rows of somebody else: nothing is shown, nothing is changed."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from models import (
    Account,
    Base,
    Batch,
    Certificate,
    CertificateRun,
    CertificateTemplate,
    Claim,
    ClaimAttachment,
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
    TrainingAttachment,
    TrainingClass,
    TrainingPlan,
    Transfer,
    YearSummary,
)
from models.identifiers import make_citizen_id
from workflow.account import ACCOUNT
from workflow.claim import CLAIM
from workflow.correction import CORRECTION
from workflow.grading import GRADE, GRADE_SHEET
from workflow.organization import ORGANIZATION
from workflow.organization_change import ORGANIZATION_CHANGE
from workflow.training import ENROLLMENT, TRAINING_CLASS, TRAINING_PLAN
from workflow.transfer import TRANSFER

REFUSED = {400, 403, 404}
ODD_KEYS = ("", "abc", "0", "-1", str(2**63), "9" * 40, "1e5", "１", "1_0", " 1", "1 OR 1=1", "999999999")
APPOINTED = {
    "citizen_id": make_citizen_id("410105", dt.date(1985, 5, 5), 7),
    "real_name": "新任",
    "mobile": "13800000000",
    "email": "new@example.com",
}
OWN_TRACES = {"Batch", "BatchItem"}  # one's own failed attempt may be written down as such

# grid, who tries, a row of somebody else, words of that row which must not appear
FOREIGN: tuple[tuple[str, str, type[Base], str, tuple[str, ...]], ...] = (
    ("claim", "doctor", Claim, "teacher-draft", ("teacher", "洛阳学校")),
    ("claim", "doctor", Claim, "nurse-draft", ("nurse-draft",)),
    ("claim", "hospital_admin", Claim, "teacher-submitted", ("teacher", "洛阳学校")),
    ("claim", "hospital_admin", Claim, "doctor-draft", ("doctor-draft",)),
    ("claim", "jinshui_admin", Claim, "engineer-approved", ("engineer", "郑州公司")),
    ("claim", "jinshui_admin", Claim, "doctor-submitted", ("doctor-submitted",)),
    ("claim", "health_admin", Claim, "teacher-declared-education", ("teacher", "洛阳学校")),
    ("claim-public", "hospital_admin", Claim, "teacher-submitted", ("teacher", "洛阳学校")),
    ("claim-specialty", "hospital_admin", Claim, "teacher-approved-education", ("teacher", "洛阳学校")),
    ("claim-decision", "jinshui_admin", Claim, "teacher-declared", ("teacher", "洛阳学校")),
    ("claim-decision", "health_admin", Claim, "teacher-declared-education", ("teacher", "洛阳学校")),
    ("claim-decision", "zhengzhou_admin", Claim, "miller-declared", ("miller", "济源工厂")),
    ("account-review", "hospital_admin", Account, "clinic_admin", ("金水诊所",)),
    ("account-review", "jinshui_admin", Account, "applicant", ("applicant",)),
    ("account-review", "luoyang_admin", Account, "clinic_admin", ("金水诊所",)),
    ("account", "hospital_admin", Account, "teacher", ("teacher", "洛阳学校")),
    ("account", "jinshui_admin", Account, "zhengzhou_admin", ("郑州市人社局管理员",)),  # never upwards
    ("account", "luoyang_admin", Account, "doctor", ("doctor", "金水医院")),
    ("account", "system_admin", Account, "hospital_admin", ("金水医院",)),
    ("administrator", "hospital_admin", Account, "school_admin", ("洛阳学校",)),
    ("administrator", "health_admin", Account, "hospital_admin", ("金水医院",)),
    ("person", "hospital_admin", Person, "teacher", ("teacher", "洛阳学校")),
    ("person", "doctor", Person, "nurse", ("nurse",)),
    ("organization", "health_admin", Organization, "school", ("洛阳学校",)),
    ("transfer", "hospital_admin", Transfer, "fitter-to-company", ("fitter", "济源工厂")),
    ("transfer", "doctor", Transfer, "lecturer-to-hospital", ("lecturer", "洛阳学校")),
    ("transfer", "luoyang_admin", Transfer, "fitter-to-company", ("fitter", "济源工厂")),
    ("transfer", "health_admin", Transfer, "fitter-to-company", ("fitter", "济源工厂")),
    ("correction", "hospital_admin", PersonCorrection, "teacher-id", ("teacher", "洛阳学校")),
    ("correction", "doctor", PersonCorrection, "nurse-name", ("nurse",)),
    ("organization", "jinshui_admin", Organization, "company", ("郑州公司",)),
    ("organization-change", "jinshui_admin", OrganizationChange, "school", ("洛阳学校", "洛阳新校")),
    ("delegation", "zhengzhou_admin", Delegation, "jiyuan-to-luoyang", ("济源市人社局",)),
    ("delegation", "hospital_admin", Delegation, "jiyuan-to-luoyang", ("济源市人社局",)),
    ("delegation", "health_admin", Delegation, "jiyuan-to-luoyang", ("济源市人社局",)),
    ("department", "hospital_admin", Department, "school-office", ("洛阳学校",)),
    ("enrollment", "doctor", Enrollment, "nurse-nursing", ("nurse",)),
    ("enrollment", "hospital_admin", Enrollment, "teacher-finished", ("teacher", "洛阳学校")),
    ("enrollment", "luoyang_admin", Enrollment, "doctor-finished", ("doctor", "金水医院")),
    ("enrollment", "health_admin", Enrollment, "lecturer-running", ("lecturer", "洛阳学校")),
    ("year-summary", "hospital_admin", YearSummary, "teacher-2026", ("teacher", "洛阳学校")),
    ("certificate-printing", "hospital_admin", YearSummary, "lecturer-2025", ("lecturer", "洛阳学校")),
    ("certificate", "hospital_admin", Certificate, "lecturer-valid", ("lecturer", "洛阳学校")),
    ("certificate-run", "hospital_admin", CertificateRun, "school", ("lecturer", "洛阳学校")),
    ("certificate", "doctor", Certificate, "nurse-valid", ("nurse",)),
    ("ledger", "hospital_admin", LedgerEntry, "teacher-posted", ("teacher", "洛阳学校")),
    ("journal", "hospital_admin", JournalEntry, "teacher-login", ("teacher",)),
    ("journal", "doctor", JournalEntry, "nurse-login", ("nurse",)),
    ("journal", "jinshui_admin", JournalEntry, "school-approve", ("洛阳学校",)),
    ("login-journal", "hospital_admin", JournalEntry, "teacher-login", ("teacher",)),
    ("lookup", "doctor", JournalEntry, "nurse-login", ("nurse",)),
    ("online-session", "hospital_admin", LoginSession, "teacher", ("teacher", "洛阳学校")),
    ("online-session", "jinshui_admin", LoginSession, "zhengzhou_admin", ("郑州市人社局管理员",)),
    ("batch", "hospital_admin", Batch, "school-declare", ("teacher", "洛阳学校")),
    ("notice", "hospital_admin", Notice, "teacher", ("致teacher",)),
    ("training-plan", "jinshui_admin", TrainingPlan, "plan-submitted", ("plan-submitted", "郑州培训学院")),
    ("training-plan", "zhengzhou_admin", TrainingPlan, "plan-draft", ("plan-draft",)),
    ("training-plan", "health_admin", TrainingPlan, "plan-rejected", ("plan-rejected",)),
    ("training-plan-decision", "health_admin", TrainingPlan, "plan-submitted", ("plan-submitted",)),
    ("training-class", "health_admin", TrainingClass, "class-running", ("class-running",)),
    ("grade", "doctor", Grade, "nurse-submitted", ("nurse",)),
    ("grade", "hospital_admin", Grade, "engineer-approved", ("engineer", "郑州公司")),
    ("grade", "luoyang_admin", Grade, "engineer-approved", ("engineer", "郑州公司")),
    ("grade", "zhengzhou_admin", Grade, "doctor-draft", ("class-finished",)),
    ("grade-sheet", "luoyang_admin", GradeSheet, "sheet-submitted", ("郑州培训学院",)),
    ("grade-sheet", "zhengzhou_admin", GradeSheet, "sheet-draft", ("class-finished",)),
    ("grade-sheet-decision", "health_admin", GradeSheet, "sheet-submitted", ("郑州培训学院",)),
    ("rule-draft", "system_admin", RuleDraft, "foreign-draft", ("province_admin",)),
    ("rehearsal", "system_admin", Rehearsal, "foreign-draft", ("province_admin",)),
    ("certificate-template", "system_admin", CertificateTemplate, "foreign-draft", ("province_admin",)),
)
NAMES = [f"{grid} as {actor}: {row}" for grid, actor, _model, row, _words in FOREIGN]
each_foreign_row = pytest.mark.parametrize(("grid", "actor", "model", "row", "words"), FOREIGN, ids=NAMES)


def firings(grid):
    """Return the actions of a grid: every transition of its workflow, offered there or not, and its own."""
    tables = {"claim": CLAIM, "account": ACCOUNT, "administrator": ACCOUNT, "organization": ORGANIZATION}
    tables |= {
        "enrollment": ENROLLMENT,
        "grade": GRADE,
        "grade-sheet": GRADE_SHEET,
        "grade-sheet-decision": GRADE_SHEET,
        "training-plan": TRAINING_PLAN,
        "training-plan-decision": TRAINING_PLAN,
        "training-class": TRAINING_CLASS,
        "organization-change": ORGANIZATION_CHANGE,
        "transfer": TRANSFER,
        "correction": CORRECTION,
    }
    workflow = tables.get(grid) or tables.get(grid.split("-", maxsplit=1)[0])
    names = [step.name for step in workflow.transitions] if workflow else []
    return [*names, "end", "issue", "print", "both", "delete", "nothing"]


def knocked(client, grid, key):
    """Yield (door, page) of every way to a row by its key, as far as the way leads."""
    url = f"/admin/{grid}"
    yield "details", client.get(f"{url}/details/", id=key)
    yield "edit", client.get(f"{url}/edit/", id=key)
    typed = {
        "title": "改",
        "name": "改",
        "parent_id": "",
        "person_id": "1",
        "command": "draft",
        "status": "approved",
    }
    yield "edit post", client.post(f"{url}/edit/?id={key}", typed)
    yield "delete", client.post(f"{url}/delete/", {"id": key})
    yield "delete by address", client.post(f"{url}/delete/?id={key}")
    yield "inline update", client.post(f"{url}/ajax/update/", {"list_form_pk": key, "title": "改"})
    yield "lookup", client.get(f"{url}/ajax/lookup/", name="person", query="e")
    yield "export", client.get(f"{url}/export/csv/")
    yield "export of selected", client.get(f"{url}/export/xlsx/", ids=key)
    yield "move", client.post(f"{url}/move/", {"id": key, "way": "up"})
    for way in ("add", "remove"):
        yield f"{way} rows", client.post(f"{url}/{way}/", {"id": key, "rowid": key})
    yield "read", client.post(f"{url}/read/", {"id": key})
    for command in ("reset_password", "unlock", "reset_factor"):
        yield command, client.post(f"{url}/help/", {"id": key, "command": command})
    yield "appoint", client.get(f"{url}/appoint/", id=key)
    yield "appoint post", client.post(f"{url}/appoint/?id={key}", APPOINTED)
    yield "verify", client.post(f"{url}/verify/", {"id": key})
    yield "unmask", client.post(f"{url}/unmask/", {"id": key, "reason": "核对"})


@each_foreign_row
def test_a_foreign_row_is_behind_every_door_as_if_it_were_not_there(
    site, client_of, grid, actor, model, row, words
):
    client, key = client_of(actor), site.world.id(model, row)
    client.token()
    before = site.snapshot()
    for door, page in knocked(client, grid, key):
        assert page.status in REFUSED, (door, page)
        assert not any(word in page.text for word in words), (door, page)
    assert site.snapshot() == before


@each_foreign_row
def test_a_foreign_row_is_moved_by_no_action(site, client_of, grid, actor, model, row, words):
    client, key = client_of(actor), site.world.id(model, row)
    client.token()
    before = site.snapshot()
    for name in firings(grid):
        for confirmed in ("", "1"):
            form = {
                "action": name,
                "rowid": key,
                "reason": "材料不全",
                "route": "bureau",
                "confirmed": confirmed,
            }
            page = client.post(f"/admin/{grid}/action/", form)
            assert page.status in REFUSED | {200, 302}, (name, page)
            shown = client.follow(page) if page.status == 302 else page
            assert not any(word in shown.text for word in words), (name, shown)
    after = site.snapshot()
    assert [name for name in after if after[name] != before[name] and name not in OWN_TRACES] == []


@pytest.mark.parametrize("grid", sorted({line[0] for line in FOREIGN}))
def test_what_cannot_be_a_key_is_no_row(site, client_of, grid):
    actor = next(line[1] for line in FOREIGN if line[0] == grid)
    client = client_of(actor)
    client.token()
    before = site.snapshot()
    for key in ODD_KEYS:
        for door, page in itertools.islice(
            knocked(client, grid, key), 4
        ):  # details, both ways to edit, delete
            assert page.status in REFUSED, (key, door, page)
        page = client.post(
            f"/admin/{grid}/action/", {"action": firings(grid)[0], "rowid": key, "confirmed": "1"}
        )
        assert page.status in REFUSED | {302}, (key, page)
    after = site.snapshot()
    assert [name for name in after if after[name] != before[name] and name not in OWN_TRACES] == []


@pytest.mark.parametrize("key", ODD_KEYS)
@pytest.mark.parametrize(
    "folder", ["attachments", "corrections", "organization-certificates", "organization-changes", "training"]
)
def test_what_cannot_be_a_key_is_no_file(client_of, folder, key):
    assert client_of("hospital_admin").get(f"/files/{folder}/{key}").status == 404


@pytest.mark.parametrize(
    ("actor", "row"),
    [
        ("visitor", "doctor-submitted"),
        ("doctor", "teacher-submitted"),
        ("doctor", "nurse-draft"),
        ("doctor", "hospital_admin-waiting"),
        ("nurse", "doctor-waiting"),
        ("hospital_admin", "teacher-submitted"),
        ("hospital_admin", "doctor-draft"),
        ("hospital_admin", "doctor-waiting"),
        ("jinshui_admin", "doctor-submitted"),
        ("jinshui_admin", "teacher-approved"),
        ("luoyang_admin", "doctor-approved"),
        ("health_admin", "teacher-declared-education"),
        ("academy_admin", "doctor-approved"),
        ("system_admin", "doctor-approved"),
    ],
)
def test_a_foreign_attachment_is_not_sent(site, client_of, actor, row):
    page = client_of(actor).get(f"/files/attachments/{site.world.id(ClaimAttachment, row)}")
    assert page.status == 404
    assert b"PNG" not in page.data


@pytest.mark.parametrize(
    ("actor", "row", "status"),
    [
        ("academy_admin", "plan-draft", 200),
        ("zhengzhou_admin", "plan-submitted", 200),
        ("province_admin", "plan-rejected", 200),
        ("health_admin", "plan-nursing", 200),
        ("zhengzhou_admin", "plan-draft", 404),
        ("health_admin", "plan-submitted", 404),
        ("jinshui_admin", "plan-approved", 404),
        ("nurse", "plan-nursing", 404),  # a student sees the plan, not the papers it was approved by
        ("system_admin", "plan-approved", 404),
        ("visitor", "plan-approved", 404),
    ],
)
def test_a_file_of_a_plan_is_for_its_institution_and_the_offices_it_went_to(
    site, client_of, actor, row, status
):
    url = f"/files/training/{site.world.id(TrainingAttachment, row)}"
    page = client_of(actor).get(url)
    assert page.status == client_of(actor).get(f"{url}/preview").status == status
    assert page.data.startswith(b"\x89PNG") == (status == 200)


@pytest.mark.parametrize(
    ("actor", "row"),
    [
        ("doctor", "doctor-draft"),
        ("doctor", "doctor-waiting"),
        ("hospital_admin", "doctor-submitted"),
        ("jinshui_admin", "doctor-approved"),
        ("health_admin", "doctor-declared-health"),
        ("province_admin", "teacher-rejected"),
    ],
)
def test_an_attachment_of_ones_scope_is_sent_and_never_run(site, client_of, actor, row):
    page = client_of(actor).get(f"/files/attachments/{site.world.id(ClaimAttachment, row)}")
    assert page.status == 200
    assert page.data.startswith(b"\x89PNG")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in page.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("actor", "status"),
    [
        ("academy_admin", 200),
        ("zhengzhou_admin", 200),
        ("jinshui_admin", 404),
        ("hospital_admin", 404),
        ("visitor", 404),
    ],
)
def test_the_new_scan_of_a_request_is_for_those_who_see_the_request(site, client_of, actor, status):
    url = f"/files/organization-changes/{site.world.id(OrganizationChange, 'academy')}"
    assert client_of(actor).get(url).status == status


@pytest.mark.parametrize(
    ("actor", "office", "status"),
    [
        ("hospital_admin", "hospital", 200),
        ("jinshui_admin", "clinic", 200),
        ("hospital_admin", "school", 404),
        ("luoyang_admin", "clinic", 404),
        ("system_admin", "hospital", 404),
        ("visitor", "hospital", 404),
        ("hospital_admin", "jinshui", 404),  # seen, but it has no scan
    ],
)
def test_the_scan_of_an_organisation_is_for_those_who_see_the_organisation(
    site, client_of, actor, office, status
):
    url = f"/files/organization-certificates/{site.world.id(Organization, office)}"
    assert client_of(actor).get(url).status == status


@pytest.mark.parametrize(
    ("actor", "row", "status"),
    [
        ("nurse", "nurse-name", 200),
        ("hospital_admin", "nurse-name", 200),
        ("doctor", "nurse-name", 404),
        ("school_admin", "nurse-name", 404),
        ("jinshui_admin", "nurse-name", 404),
        ("province_admin", "nurse-name", 404),
        ("visitor", "nurse-name", 404),
    ],
)
def test_the_scan_of_a_correction_is_for_the_person_and_his_employer(site, client_of, actor, row, status):
    page = client_of(actor).get(f"/files/corrections/{site.world.id(PersonCorrection, row)}")
    assert page.status == status
    assert page.data.startswith(b"\x89PNG") == (status == 200)
