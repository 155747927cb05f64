"""Ways to move a row to somebody else, odd values inside forms and addresses, verbs one may not use, forged requests."""

from __future__ import annotations

import datetime as dt

import pytest
from test_access import address, lines_of
from test_doors import ODD_KEYS, REFUSED

from models import (
    Claim,
    ClaimAttachment,
    Department,
    Notice,
    Organization,
    Person,
)


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
def refusal(rule, *, logged_in):
    """Return status and address of the answer to a form without a token that holds."""
    if rule == "/login" and logged_in:
        return 302, "/admin/"  # he is in already
    return {
        "/login/code": (302, "/login"),  # no password was typed before it
        "/recover/<token>": (410, ""),
        "/registration-status/again": (302, "/registration-status"),
    }.get(rule) or ((302, "/login") if rule.startswith("/admin/") and not logged_in else (400, ""))


@pytest.mark.parametrize("actor", ["visitor", "doctor", "hospital_admin", "jinshui_admin"])
def test_every_post_without_its_token_is_refused(site, client_of, actor):
    client = client_of(actor)
    client.get("/")
    before = site.snapshot()
    for rule, method in lines_of(site.app):
        if method == "POST":
            expected = refusal(str(rule), logged_in=actor != "visitor")
            page = client.post(address(site, site.app, rule), {"id": "1", "rowid": "1"}, token=False)
            assert (page.status, page.location.partition("?")[0]) == expected, (rule, page)
            page = client.post(address(site, site.app, rule), {"csrf_token": "forged"})
            assert (page.status, page.location.partition("?")[0]) == expected, (rule, page)
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
