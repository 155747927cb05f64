"""Every way to a row, tried with rows of somebody else: nothing is shown, nothing is changed."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from test_access import address, lines_of

from models import (
    Account,
    Base,
    Batch,
    Certificate,
    Claim,
    ClaimAttachment,
    Department,
    JournalEntry,
    LedgerEntry,
    Notice,
    Organization,
    Person,
    YearSummary,
)
from workflow.account import ACCOUNT
from workflow.claim import CLAIM

REFUSED = {400, 403, 404}
ODD_KEYS = ("", "abc", "0", "-1", str(2**63), "9" * 40, "1e5", "１", "1_0", " 1", "1 OR 1=1", "999999999")
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
    ("person", "hospital_admin", Person, "teacher", ("teacher", "洛阳学校")),
    ("person", "doctor", Person, "nurse", ("nurse",)),
    ("organization", "hospital_admin", Organization, "school", ("洛阳学校",)),
    ("organization", "jinshui_admin", Organization, "company", ("郑州公司",)),
    ("department", "hospital_admin", Department, "school-office", ("洛阳学校",)),
    ("year-summary", "hospital_admin", YearSummary, "teacher-2026", ("teacher", "洛阳学校")),
    ("certificate-printing", "hospital_admin", YearSummary, "lecturer-2025", ("lecturer", "洛阳学校")),
    ("certificate", "hospital_admin", Certificate, "lecturer-valid", ("lecturer", "洛阳学校")),
    ("certificate", "doctor", Certificate, "nurse-valid", ("nurse",)),
    ("ledger", "hospital_admin", LedgerEntry, "teacher-posted", ("teacher", "洛阳学校")),
    ("journal", "hospital_admin", JournalEntry, "teacher-login", ("teacher",)),
    ("batch", "hospital_admin", Batch, "school-declare", ("teacher", "洛阳学校")),
    ("notice", "hospital_admin", Notice, "teacher", ("致teacher",)),
)
NAMES = [f"{grid} as {actor}: {row}" for grid, actor, _model, row, _words in FOREIGN]
each_foreign_row = pytest.mark.parametrize(("grid", "actor", "model", "row", "words"), FOREIGN, ids=NAMES)


def firings(grid):
    """Return the actions of a grid: every transition of its workflow, offered there or not, and its own."""
    workflow = {"claim": CLAIM, "account": ACCOUNT}.get(grid.split("-", maxsplit=1)[0])
    names = [step.name for step in workflow.transitions] if workflow else []
    return [*names, "issue", "print", "delete", "nothing"]


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
    yield "read", client.post(f"{url}/read/", {"id": key})


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
@pytest.mark.parametrize("folder", ["attachments", "organization-certificates"])
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


# ---------------------------------------------------------------- moving rows to somebody else
def test_a_department_cannot_be_put_below_a_department_of_another_employer(site, client_of):
    client, before = client_of("hospital_admin"), site.snapshot()
    own, foreign = (site.world.id(Department, f"{name}-desk") for name in ("hospital", "school"))
    page = client.post(
        f"/admin/department/edit/?id={own}", {"name": "前台", "parent_id": foreign, "position": "0"}
    )
    assert page.errors() == {"parent_id": "请选择本单位的部门"}
    page = client.post("/admin/department/new/", {"name": "新科室", "parent_id": foreign, "position": "0"})
    assert page.errors() == {"parent_id": "请选择本单位的部门"}
    assert site.snapshot() == before


def test_a_department_cannot_stand_below_itself(site, client_of):
    client, before = client_of("hospital_admin"), site.snapshot()
    office, desk = (site.world.id(Department, f"hospital-{name}") for name in ("office", "desk"))
    for parent in (office, desk):
        url = f"/admin/department/edit/?id={office}"
        page = client.post(url, {"name": "办公室", "parent_id": parent, "position": "0"})
        assert "不能是本部门或其下级" in page.errors()["parent_id"]
    assert site.snapshot() == before


def test_a_department_stays_with_its_employer_whatever_the_form_says(site, client_of):
    client = client_of("hospital_admin")
    own, school = site.world.id(Department, "hospital-desk"), site.world.id(Organization, "school")
    form = {"name": "导诊台", "parent_id": "", "position": "3", "organization_id": school, "id": "1"}
    assert client.post(f"/admin/department/edit/?id={own}", form).status == 302
    row = site.get(Department, own)
    assert (row.name, row.organization_id) == ("导诊台", site.world.id(Organization, "hospital"))


@pytest.mark.parametrize("key", ["teacher", "applicant", "1" * 30, "x", ""])
def test_an_employer_registers_for_nobody_but_its_own_people(site, client_of, key):
    client, before = client_of("hospital_admin"), site.snapshot()
    person = site.world.ids[Person].get(key, key)
    form = {"person_id": person, "title": "论文", "command": "draft", "credit_year": "2026", "subject": "specialty",
            "start_date": "2026-03-01", "end_date": "2026-03-02"}  # fmt: skip
    page = client.post("/admin/claim/new/?kind=paper", form)
    assert page.status == 200
    assert page.errors()["person_id"]
    assert "teacher" not in page.text
    assert site.snapshot() == before


@pytest.mark.parametrize("row", ["teacher-waiting", "hospital_admin-waiting", "teacher-submitted"])
def test_a_claim_takes_no_file_of_somebody_else(site, client_of, row):
    client, before = client_of("doctor"), site.snapshot()
    form = {"title": "论文", "command": "draft", "credit_year": "2026", "subject": "specialty",
            "start_date": "2026-03-01", "end_date": "2026-03-02",
            "waiting": site.world.id(ClaimAttachment, row)}  # fmt: skip
    page = client.post("/admin/claim/new/?kind=paper", form)
    assert page.status == 404
    assert site.snapshot() == before


@pytest.mark.parametrize("odd", [str(2**63), "9" * 40, "１", "-1", "x,y", "0"])
def test_odd_keys_inside_a_form_break_nothing(site, client_of, odd):
    client, before = client_of("hospital_admin"), site.snapshot()
    form = {"person_id": odd, "title": "论文", "command": "draft", "credit_year": odd, "subject": odd,
            "start_date": odd, "end_date": odd, "waiting": odd, "remove_attachment": odd,
            "submission_key": odd}  # fmt: skip
    for url in ("/admin/claim/new/?kind=paper", "/admin/claim/hours/?kind=paper"):
        assert client.post(url, form).status in REFUSED | {200}
    assert site.snapshot() == before


@pytest.mark.parametrize("odd", [*ODD_KEYS, "1'--", "9" * 5000])
def test_odd_addresses_of_a_list_show_the_list(client_of, odd):
    client = client_of("hospital_admin")
    for name in (
        "page",
        "sort",
        "desc",
        "page_size",
        "search",
        "credit_year",
        "kind",
        "status",
        "url",
        "flt0_0",
    ):
        page = client.get("/admin/claim/", **{name: odd})
        assert page.status == 200, (name, page)
        assert "teacher" not in page.text


@pytest.mark.parametrize("kind", ["county", "employer", "department"])
def test_odd_parents_of_a_picker_have_no_options(visitor, kind):
    for odd in ODD_KEYS:
        page = visitor.get(f"/options/{kind}", parent=odd)
        assert page.status == 200, (odd, page)
        assert page.json == {"options": []}


# ---------------------------------------------------------------- verbs on rows one does see
@pytest.mark.parametrize(
    ("actor", "url", "model", "row", "form"),
    [
        ("jinshui_admin", "/admin/claim/edit/?id={}", Claim, "doctor-declared", {"title": "改"}),
        ("jinshui_admin", "/admin/claim/delete/", Claim, "doctor-declared", {}),
        ("hospital_admin", "/admin/claim/edit/?id={}", Claim, "doctor-submitted", {"title": "改"}),
        ("hospital_admin", "/admin/claim/delete/", Claim, "doctor-submitted", {}),
        ("hospital_admin", "/admin/claim/action/", Claim, "doctor-declared", {"action": "approve"}),
        ("hospital_admin", "/admin/claim-decision/action/", Claim, "doctor-declared", {"action": "approve"}),
        ("hospital_admin", "/admin/claim-public/action/", Claim, "doctor-declared", {"action": "approve"}),
        ("doctor", "/admin/claim/edit/?id={}", Claim, "doctor-submitted", {"title": "改"}),
        ("doctor", "/admin/claim/edit/?id={}", Claim, "doctor-approved", {"title": "改"}),
        ("doctor", "/admin/claim/delete/", Claim, "doctor-approved", {}),
        ("nurse", "/admin/claim/edit/?id={}", Claim, "nurse-registered", {"title": "改"}),
        ("nurse", "/admin/claim/delete/", Claim, "nurse-registered", {}),
        ("doctor", "/admin/claim-public/action/", Claim, "doctor-submitted", {"action": "accept"}),
        ("doctor", "/admin/claim/action/", Claim, "doctor-submitted", {"action": "accept"}),
        ("jinshui_admin", "/admin/claim-decision/action/", Claim, "doctor-declared", {"action": "declare"}),
        ("hospital_admin", "/admin/person/delete/", Person, "doctor", {}),
        ("hospital_admin", "/admin/person/edit/?id={}", Person, "doctor", {"name": "改"}),
        ("hospital_admin", "/admin/organization/edit/?id={}", Organization, "hospital", {"name": "改"}),
        ("hospital_admin", "/admin/notice/delete/", Notice, "hospital_admin", {}),
        ("jinshui_admin", "/admin/organization/delete/", Organization, "hospital", {}),
        ("system_admin", "/admin/claim/edit/?id={}", Claim, "doctor-draft", {"title": "改"}),
    ],
)
def test_a_verb_one_may_not_use_is_refused_on_a_row_one_sees(site, client_of, actor, url, model, row, form):
    client, key = client_of(actor), site.world.id(model, row)
    client.token()
    before = site.snapshot()
    page = client.post(url.format(key), {"id": key, "rowid": key, "confirmed": "1", "reason": "无", **form})
    assert page.status == 403, page
    assert site.snapshot() == before


def test_nobody_decides_his_own_claim_under_another_login(site, client_of):
    """The manager of the world is a professional of the company and its administrator."""
    key = site.world.id(Claim, "manager-submitted")
    form = {"action": "accept", "rowid": key, "confirmed": "1", "reason": "无"}
    client = client_of("company_admin")
    page = client.follow(client.post("/admin/claim-public/action/", form))
    assert "不能审批本人的申报" in page.words()
    assert site.get(Claim, key).status == "submitted"


# ---------------------------------------------------------------- forged requests
@pytest.mark.parametrize("actor", ["visitor", "doctor", "hospital_admin", "jinshui_admin"])
def test_every_post_without_its_token_is_refused(site, client_of, actor):
    client = client_of(actor)
    client.get("/")
    before = site.snapshot()
    for rule, method in lines_of(site.app):
        if method == "POST":
            page = client.post(address(site, site.app, rule), {"id": "1", "rowid": "1"}, token=False)
            assert page.status == 400, (rule, page)
            page = client.post(address(site, site.app, rule), {"csrf_token": "forged"})
            assert page.status == 400, (rule, page)
    assert site.snapshot() == before


@pytest.mark.parametrize(
    "target", ["https://example.org/", "//example.org/", "/\\example.org", "javascript:alert(1)"]
)
def test_no_address_in_a_request_leads_out_of_the_system(site, client_of, target):
    client = client_of("doctor")
    key = site.world.id(Claim, "doctor-submitted")
    page = client.post(
        "/admin/claim/action/", {"action": "withdraw", "rowid": key, "confirmed": "1", "url": target}
    )
    assert page.status == 302
    assert "example.org" not in page.location
    assert "javascript" not in page.location
    page = client.get("/admin/claim/details/", id=key, url=target)
    assert not [
        link for link in page.tree.xpath("//a/@href") if "example.org" in link or "javascript" in link
    ]


def test_the_day_of_these_tests_is_fixed():
    from models.base import today

    assert today() == dt.date(2026, 11, 24)
