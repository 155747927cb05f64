"""委托代办 in the browser: given, used, seen in the journal, ended; and all that is not left to the delegate."""

from __future__ import annotations

import datetime as dt

import pytest
from claim_story import fire
from factories import make_claim
from flask import url_for
from sqlalchemy import select

from models import (
    Account,
    Batch,
    Claim,
    ClaimAttachment,
    Delegation,
    JournalEntry,
    Notice,
    Organization,
    OrganizationChange,
    Person,
    PersonCorrection,
    TrainingAttachment,
)
from models.enums import ClaimStatus, DelegatedWork
from permissions.delegating import works_of
from services import batch_jobs, delegations, listing
from views.menu import ALWAYS_OPEN, GRIDS_OF_WORK, MENUS
from workflow.claim import CLAIM

URL, START, STOP = "/admin/delegation", "/admin/acting/start", "/admin/acting/stop"
GIVER, DELEGATE = "zhengzhou_admin", "luoyang_admin"
CLAIM_OF_GIVER = "engineer-declared"
LATER = "2026-11-27"
ALL = ["claims", "training", "accounts"]


def give(site, client_of, works=("claims",), *, giver=GIVER, delegate=DELEGATE, **typed):
    client = client_of(giver)
    page = client.get(f"{URL}/new/")
    chosen = {
        "delegate_id": site.world.id(Account, delegate), "works": works and list(works), "last_day": LATER, "reason": "年休假",
    }  # fmt: skip
    return client.send(page, {**chosen, **typed})


def row_of(site):
    return site.all(select(Delegation).order_by(Delegation.id.desc()))[0]


@pytest.fixture
def acting(site, client_of):
    """Return a function that gives a delegation and the browser of the delegate who acts by it."""

    def begin(works=("claims",), **typed):
        assert give(site, client_of, works, **typed).status == 303
        client = client_of(typed.get("delegate", DELEGATE))
        assert client.post(START, {"id": row_of(site).id}).status == 303
        return client

    return begin


@pytest.fixture
def standing_in(site, client_of):
    """Return the same for any two offices: the delegation is stored as it is."""

    def begin(works, giver, delegate):
        office, other = site.world.actors[giver], site.world.actors[delegate]
        row = Delegation(
            giver_id=office.account_id, office_id=office.organization_id, delegate_id=other.account_id,
            delegate_office_id=other.organization_id, works=works, first_day=dt.date(2026, 11, 24),
            last_day=dt.date(2026, 11, 27), reason="年休假",
        )  # fmt: skip
        with site.session() as session:
            session.add(row)
        client = client_of(delegate)
        assert client.post(START, {"id": row_of(site).id}).status == 303
        return client

    return begin


def decide(client, key):
    """Approve a claim as far as one is let; return the preview."""
    preview, _page = fire(client, "claim-decision", "approve", key)
    return preview


# ---------------------------------------------------------------- giving
def test_it_is_given_told_to_both_and_journaled(site, client_of):
    last = site.all(select(Notice.id).order_by(Notice.id.desc()))[0]
    page = client_of(GIVER).get(f"{URL}/new/")
    assert set(page.options("delegate_id")) == {
        str(site.world.id(Account, name)) for name in ("luoyang_admin", "jiyuan_admin", "jinshui_admin")
    }
    assert give(site, client_of).status == 303
    row = row_of(site)
    assert (row.works, row.first_day, row.last_day) == (
        ["claims"],
        dt.date(2026, 11, 24),
        dt.date(2026, 11, 27),
    )
    told = site.all(select(Notice.account_id).where(Notice.id > last, Notice.title.startswith("委托代办：")))
    assert set(told) == {row.giver_id, row.delegate_id}
    [entry] = site.all(select(JournalEntry).where(JournalEntry.object_type == "delegation"))
    assert (entry.action, entry.actor_id, entry.reason) == ("give", row.giver_id, "年休假")
    assert entry.details == {"works": "继续教育申报", "first_day": "2026-11-24", "last_day": "2026-11-27"}
    assert "委托事项 继续教育申报" in client_of(GIVER).get("/admin/journal/details/", id=entry.id).words()
    for name in (GIVER, DELEGATE):
        assert "委托原因：年休假" in client_of(name).get(f"{URL}/details/", id=row.id).words()
        assert "代办中" in client_of(name).get(f"{URL}/details/", id=row.id).words()
    assert client_of("jiyuan_admin").get(f"{URL}/details/", id=row.id).status == 404


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"works": None}, "works", "请至少选择一种"),
        ({"reason": " "}, "reason", "请填写“委托原因”"),
        ({"first_day": "2026-11-23"}, "first_day", "不能早于今天 2026-11-24"),
        ({"first_day": "明天"}, "first_day", "请按 2026-01-31 的形式"),
        ({"last_day": "2026-11-23"}, "last_day", "不能早于第一天"),
        ({"last_day": "2027-01-23"}, "last_day", "一次最多委托 60 天，最晚到 2027-01-22"),
        ({"delegate_id": ""}, "delegate_id", "请选择“代办人”"),
    ],
)
def test_what_cannot_be_given_is_refused_at_its_field(site, client_of, typed, field, sentence):
    before = len(site.all(select(Delegation.id)))
    page = give(site, client_of, **typed)
    assert page.status == 200
    assert sentence in page.errors()[field]
    assert len(site.all(select(Delegation.id))) == before


def test_what_is_said_of_a_new_delegation_is_about_it(site, client_of):
    client = client_of(GIVER)
    page = client.send(
        client.get(f"{URL}/new/"),
        {
            "delegate_id": site.world.id(Account, DELEGATE),
            "works": ["claims"],
            "last_day": LATER,
            "reason": "年休假",
        },
    )
    assert client.follow(page).messages() == "已委托，双方都会收到消息；从第一天起，代办人登录后就可以代办"


@pytest.mark.parametrize("name", ["school_admin", "hospital_admin"])
def test_where_nobody_can_be_chosen_it_is_said_who_could_and_what_helps(client_of, name):
    client = client_of(name)
    page = client.follow(client.get(f"{URL}/new/"))
    for said in ("现在没有可以选择的代办人", "同类机构中与本机构同一上级", "新增第二位"):
        assert said in page.messages()


@pytest.mark.parametrize(
    "delegate",
    ["jinshui_admin", "clinic_admin"],  # who approves what the employer declares; not approved yet
)
def test_who_is_not_offered_is_not_taken_either(site, client_of, delegate):
    before = len(site.all(select(Delegation.id)))
    form = {"delegate_id": site.world.id(Account, delegate), "works": ["claims"], "first_day": "2026-11-24", "last_day": LATER,
            "reason": "年休假"}  # fmt: skip
    client = client_of("hospital_admin")
    client.token()
    page = client.post(f"{URL}/new/", form)
    assert page.errors().keys() == {"delegate_id"}
    assert page.form()["reason"] == ["年休假"]
    assert len(site.all(select(Delegation.id))) == before


def test_sixty_days_are_the_longest(site, client_of):
    assert give(site, client_of, last_day="2027-01-22").status == 303


@pytest.mark.parametrize(
    ("giver", "delegate"),
    [
        (GIVER, "zhengzhou_admin"),  # himself
        (GIVER, "province_admin"),  # above, but of another kind
        (GIVER, "health_admin"),
        (GIVER, "company_admin"),
        (GIVER, "doctor"),
        ("jinshui_admin", "luoyang_admin"),  # another city
    ],
)
def test_nobody_else_can_be_chosen(site, client_of, giver, delegate):
    before = len(site.all(select(Delegation.id)))
    page = give(site, client_of, giver=giver, delegate=delegate)
    assert page.status == 200
    assert page.errors().keys() == {"delegate_id"}
    assert len(site.all(select(Delegation.id))) == before


def test_the_same_two_have_one_at_a_time(site, client_of):
    assert give(site, client_of, giver="jinshui_admin", delegate="zhengzhou_admin").status == 303
    page = give(site, client_of, giver="jinshui_admin", delegate="zhengzhou_admin")
    assert "请先结束原来的委托" in page.errors()["delegate_id"]


@pytest.mark.parametrize("name", ["province_admin", "academy_admin", "system_admin", "doctor"])
def test_who_decides_nothing_or_stands_alone_gives_none(client_of, name):
    assert client_of(name).get(f"{URL}/").status == 403
    assert client_of(name).post(f"{URL}/new/", {}).status == 403


# ---------------------------------------------------------------- acting
def test_a_claim_is_decided_and_the_journal_names_both(site, acting, client_of):
    client = acting()
    home = client.get("/admin/")
    assert "您正在以“郑州市人社局”名义代办：继续教育申报" in home.words()
    key = site.world.id(Claim, CLAIM_OF_GIVER)
    assert "可以通过 1 条" in decide(client, key).words()
    row = row_of(site)
    claim = site.get(Claim, key)
    assert (claim.status, claim.decided_by_id) == (ClaimStatus.APPROVED, row.delegate_id)
    [entry] = site.all(
        select(JournalEntry).where(
            JournalEntry.object_type == "claim",
            JournalEntry.object_id == key,
            JournalEntry.action == "approve",
        )
    )
    assert (entry.actor_id, entry.in_place_of_id) == (row.delegate_id, row.giver_id)
    assert entry.actor_organization_id == row.office_id
    giver, delegate = (site.get(Account, name).real_name for name in (GIVER, DELEGATE))
    told = client_of(GIVER).get("/admin/journal/details/", id=entry.id).words()
    assert f"{delegate}（代 {giver} 办理）" in told
    for name in (GIVER, "province_admin"):  # who sees the giver
        history = client_of(name).get("/admin/claim/details/", id=key).words()
        assert f"郑州市人社局（委托{delegate}代办）" in history
    history = client_of("engineer").get("/admin/claim/details/", id=key).words()
    assert "郑州市人社局（委托代办）" in history
    assert delegate not in history


def test_without_the_switch_the_delegate_sees_nothing_of_it(site, acting, client_of):
    client = acting()
    key = site.world.id(Claim, CLAIM_OF_GIVER)
    assert client.get("/admin/claim/details/", id=key).status == 200
    assert client.post(STOP).status == 303
    assert client.get("/admin/claim/details/", id=key).status == 404
    decide(client, key)
    assert site.get(Claim, key).status is ClaimStatus.DECLARED
    assert "您正在以" not in client.get("/admin/").words()


def test_in_the_giver_s_place_one_s_own_claims_to_decide_are_out_of_reach(site, acting):
    client, own = acting(), site.world.id(Claim, "teacher-declared")
    assert client.get("/admin/claim/details/", id=own).status == 404
    decide(client, own)
    assert site.get(Claim, own).status is ClaimStatus.DECLARED


@pytest.mark.parametrize("whose", ["delegate", "giver"])
def test_nobody_decides_his_own_claim_by_a_delegation(site, acting, whose):
    account = site.get(Account, DELEGATE if whose == "delegate" else GIVER)
    client, key = acting(), site.world.id(Claim, CLAIM_OF_GIVER)
    person = site.get(Claim, key).person_id
    site.put(Person, person, citizen_id_index=account.citizen_id_index)
    assert "不能审批本人的申报" in decide(client, key).words()
    assert site.get(Claim, key).status is ClaimStatus.DECLARED


@pytest.mark.parametrize(
    "url",
    [
        "/admin/account/", "/admin/administrator/", "/admin/organization/", "/admin/own-organization/", "/admin/journal/",
        "/admin/login-journal/", "/admin/online-session/", "/admin/profile/", "/admin/password/", "/admin/login-security/",
        "/admin/delegation/", "/admin/delegation/new/", "/admin/statistics/", "/admin/account-review/",
        "/admin/training-plan-decision/", "/admin/ledger/", "/admin/certificate/",
    ],
)  # fmt: skip
def test_pages_that_were_not_left_are_closed_and_the_way_out_is_said(acting, url):
    client = acting()
    page = client.get(url)
    assert (page.status, page.location) == (302, "/admin/")
    assert "请先点“结束代办”" in client.get("/admin/").messages()
    assert client.post(url, {}).status == 403


FILES = {
    "attachments": (ClaimAttachment, "{}", "claims"),
    "attachments previewed": (ClaimAttachment, "{}/preview", "claims"),
    "training": (TrainingAttachment, "{}", "training"),
    "training previewed": (TrainingAttachment, "{}/preview", "training"),
    "organization-certificates": (Organization, "{}", "accounts"),
    "organization-changes": (OrganizationChange, "{}", "accounts"),
    "corrections": (PersonCorrection, "{}", "requests"),
}
"""What is stored as a file: the row it belongs to, its address, and the work that takes looking at it."""


def opened(client, site, kind):
    """Return the keys for which a file is sent, of all that were handed in: what waits for its claim is the uploader's."""
    model, way, _work = FILES[kind]
    url, keys = f"/files/{kind.split()[0]}/{way}", site.world.ids[model].items()
    return {
        key
        for name, key in keys
        if not name.endswith("-waiting") and client.get(url.format(key)).status == 200
    }


@pytest.mark.parametrize("works", [["claims"], ["training"], ["accounts"], ["requests"]])
@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    ("giver", "delegate"),
    [(GIVER, DELEGATE), ("hospital_admin", "school_admin"), ("health_admin", "education_admin")],
)
def test_a_file_opens_with_the_work_it_belongs_to_and_with_no_other(
    site, client_of, standing_in, kind, works, giver, delegate
):
    if DelegatedWork(works[0]) not in works_of(site.world.actors[giver].user_type):
        return
    client, own = standing_in(works, giver, delegate), opened(client_of(giver), site, kind)
    if kind == "organization-certificates":
        own.discard(site.world.actors[giver].organization_id)  # kept by the office itself, and left to nobody
    assert opened(client, site, kind) == (own if FILES[kind][2] in works else set())


def test_every_file_address_is_among_those_attacked(site):
    rules = {rule.rule for rule in site.app.url_map.iter_rules() if rule.endpoint.startswith("files.")}
    assert {rule.split("/")[2] for rule in rules} == {kind.split()[0] for kind in FILES}
    assert len(rules) == len(FILES)


@pytest.mark.parametrize("work", DelegatedWork)
@pytest.mark.parametrize(("giver", "delegate"), [(GIVER, DELEGATE), ("hospital_admin", "school_admin")])
def test_every_list_opens_or_is_closed_as_the_work_says(site, standing_in, giver, delegate, work):
    if work not in works_of(site.world.actors[giver].user_type):
        return
    client = standing_in([work.value], giver, delegate)
    for endpoint in {entry.endpoint for entries in MENUS.values() for entry in entries}:
        with site.app.test_request_context():
            url = url_for(f"{endpoint}.index_view")
        mine = {entry.endpoint for entry in MENUS[site.world.actors[giver].user_type]}
        open_to = (GRIDS_OF_WORK[work] | ALWAYS_OPEN) & mine
        assert client.get(url).status == (200 if endpoint in open_to else 302), endpoint


def test_the_person_of_a_claim_that_is_decided_is_seen_without_login_and_with_his_hours(site, acting):
    client, key = acting(), site.world.id(Person, "engineer")
    assert site.get(Person, key).name in client.get("/admin/person/").words()
    page = client.get("/admin/person/details/", id=key)
    assert page.status == 200
    assert "学时" in page.words()
    assert "还没有账户" not in page.words()
    assert client.get("/admin/person/details/", id=site.world.id(Person, "teacher")).status == 404
    assert client.get("/admin/claim/details/", id=site.world.id(Claim, CLAIM_OF_GIVER)).status == 200


def test_announcements_are_not_offered_where_they_do_not_open(acting, client_of):
    assert acting().get("/admin/").tree.xpath("//form[contains(@action, '/news/')]") == []
    assert "通知公告" in client_of(DELEGATE).get("/admin/").words()


@pytest.mark.parametrize(
    ("url", "typed"),
    [
        ("/admin/claim/export/", {}),
        ("/admin/person/export/", {}),
        ("/admin/person/unmask/", {"name": "engineer"}),
        ("/admin/claim/new/", {}),
        ("/admin/delegation/new/", {}),
        ("/admin/administrator/new/", {}),
        ("/admin/profile/", {"mobile": "13900000000"}),
        ("/admin/password/", {}),
    ],
)
def test_whatever_is_no_decision_is_refused(site, acting, url, typed):
    client = acting(ALL)
    before = site.snapshot()
    data = {
        key: site.world.id(Person, value) if value == "engineer" else value for key, value in typed.items()
    }
    page = client.post(url, {"id": site.world.id(Person, "engineer"), **data})
    assert page.status in {403, 404, 405}, page
    assert site.snapshot() == before


@pytest.mark.parametrize("audience", ["private", "organization", "system"])
def test_no_view_is_saved_for_the_giver_s_office(site, acting, audience):
    client = acting()
    before = site.snapshot()
    client.post("/admin/claim/views/", {"command": "save", "name": "某", "audience": audience})
    assert site.snapshot() == before
    assert "您不能保存" in client.get("/admin/claim/").messages()


def test_there_is_no_delegating_further(site, acting):
    client = acting(ALL)
    row = row_of(site)
    assert client.post(START, {"id": row.id}).status == 403
    assert client.post(f"{URL}/end/", {"id": row.id}).status == 403
    assert row_of(site).ended_at is None


def test_the_switch_cannot_be_forged(site, client_of):
    assert give(site, client_of).status == 303
    key = row_of(site).id
    for name in ("jiyuan_admin", GIVER, "doctor", "province_admin"):
        client = client_of(name)
        assert client.post(START, {"id": key}).status == 404, name
        with client.http.session_transaction() as cookie:
            cookie["delegation"] = key
        page = client.get("/admin/")
        assert "代办已经结束" in page.messages()
        assert "您正在以" not in page.words()
    assert client_of("visitor").post(START, {"id": key}).status == 302
    for odd in ("", "abc", "0", "-1", "999999999"):
        assert client_of(DELEGATE).post(START, {"id": odd}).status in {403, 404}
    assert client_of(DELEGATE).post(START, {"id": key}, token=False).status == 400


@pytest.mark.parametrize(
    "change",
    [
        lambda site, row: site.put(
            Delegation, row.id, last_day=dt.date(2026, 11, 23), first_day=dt.date(2026, 11, 20)
        ),
        lambda site, row: site.put(Delegation, row.id, first_day=dt.date(2026, 11, 25)),
        lambda site, _row: site.put(Account, GIVER, status="disabled"),
        lambda site, _row: site.put(Organization, "zhengzhou", status="disabled"),
        lambda site, row: site.put(
            Delegation, row.id, ended_at=dt.datetime(2026, 11, 24, tzinfo=dt.UTC), ended_how="early"
        ),
    ],
    ids=["over", "not begun", "giver disabled", "office disabled", "ended"],
)
def test_what_makes_it_void_holds_from_the_next_request_on(site, acting, change):
    client, key = acting(), site.world.id(Claim, CLAIM_OF_GIVER)
    change(site, row_of(site))
    decide(client, key)
    assert site.get(Claim, key).status is ClaimStatus.DECLARED
    assert client.get("/admin/claim/details/", id=key).status == 404


def test_logging_out_ends_the_acting(site, acting, client_of):
    client = acting()
    assert client.post("/logout").status == 302
    [entry] = site.all(select(JournalEntry).where(JournalEntry.action == "logout"))
    assert entry.in_place_of_id is None


# ---------------------------------------------------------------- large batches, ending
def test_a_large_batch_goes_on_by_the_delegation_and_stops_with_it(site, acting):
    acting()
    row = row_of(site)
    with site.session() as session:
        person = session.get(Person, site.world.id(Person, "engineer"))
        ids = [make_claim(session, person, status="declared").id for _ in range(3)]
    from permissions.delegating import acting as actor_by

    with site.session() as session:
        who = actor_by(session, site.world.actors[DELEGATE], row.id, dt.date(2026, 11, 24))
        outcome = batch_jobs.portions.begin(
            session, who, CLAIM, "approve", ids, today=dt.date(2026, 11, 24), reason="符合要求"
        )
    with site.session() as session:
        batch_jobs.advance(session, outcome.batch_key, 1)
    done = [site.get(Claim, key).status for key in ids]
    assert done.count(ClaimStatus.APPROVED) == 1
    site.put(Delegation, row.id, ended_at=dt.datetime(2026, 11, 24, tzinfo=dt.UTC), ended_how="early")
    with site.session() as session:
        assert batch_jobs.advance(session, outcome.batch_key, 5) is False
    [batch] = site.all(select(Batch).where(Batch.key == outcome.batch_key))
    assert (batch.state.value, batch.delegation_id) == ("stopped", row.id)
    assert [site.get(Claim, key).status for key in ids] == done


@pytest.mark.parametrize("name", [GIVER, DELEGATE])
def test_either_side_ends_it_early_and_both_are_told(site, client_of, name):
    give(site, client_of)
    row, client = row_of(site), client_of(name)
    assert "已提前结束" in client.follow(client.post(f"{URL}/end/", {"id": row.id})).messages()
    assert row_of(site).ended_how == "early"
    told = site.all(select(Notice.account_id).where(Notice.title.startswith("委托代办已提前结束")))
    assert set(told) == {row.giver_id, row.delegate_id}
    actions = site.all(
        select(JournalEntry.action).where(JournalEntry.object_type == "delegation").order_by(JournalEntry.id)
    )
    assert actions == ["give", "end"]
    assert "已经结束" in client.follow(client.post(f"{URL}/end/", {"id": row.id})).messages()


def test_one_that_is_over_lapses_once_and_both_are_told(site, client_of):
    give(site, client_of)
    row = row_of(site)
    with site.session() as session:
        assert delegations.lapse(session, dt.date(2026, 11, 27)) == 1  # the world's own of January
    with site.session() as session:
        assert delegations.lapse(session, dt.date(2026, 11, 28)) == 1
        assert delegations.lapse(session, dt.date(2026, 11, 28)) == 0
    assert row_of(site).ended_how == "lapsed"
    told = site.all(select(Notice.account_id).where(Notice.title.startswith("委托代办已到期：2026-11-24")))
    assert set(told) == {row.giver_id, row.delegate_id}


def test_the_top_of_the_page_says_that_there_is_work_to_take_over(site, client_of):
    assert "代办" not in client_of(DELEGATE).get("/admin/").tree.xpath("string(//header)")
    give(site, client_of)
    page = client_of(DELEGATE).get("/admin/")
    [link] = page.tree.xpath("//header//a[contains(@href, '/admin/delegation/')]")
    assert " ".join(link.text_content().split()) == "代办 1"
    assert "代办" not in client_of(GIVER).get("/admin/").tree.xpath("string(//header)")


def test_the_home_page_says_what_waits_in_whose_place_and_leads_there(site, client_of):
    client = client_of(DELEGATE)
    assert "委托给我的" not in client.get("/admin/").words()
    give(site, client_of)
    name, page = site.get(Account, GIVER).real_name, client.get("/admin/")
    assert f"代 郑州市人社局 · {name} 办理：待审批的申报" in page.words()
    [form] = page.tree.xpath("//form[contains(@action, '/acting/start')]")
    assert client.post(START, {"id": form.xpath("string(.//input[@name='id']/@value)")}).status == 303
    acting_page = client.get("/admin/")
    assert "您正在以“郑州市人社局”名义代办" in acting_page.words()
    assert "委托给我的" not in acting_page.words()


def test_a_queue_is_counted_no_further_than_lists_are(site, client_of, monkeypatch):
    give(site, client_of)
    monkeypatch.setattr(listing, "CAP", 0)
    assert "0+ 件" in client_of(DELEGATE).get("/admin/").tree.xpath("string(//main)")


def test_of_what_was_not_left_the_home_page_counts_nothing(site, client_of):
    give(site, client_of, ["training"])
    words = client_of(DELEGATE).get("/admin/").words()
    assert "待审批的培训计划" in words or "没有等待办理的" in words
    assert "办理：待审批的申报" not in words


# ---------------------------------------------------------------- what was left is whole
def facts_of(page):
    """Return what a details page says, by label."""
    labels, values = (
        [" ".join(cell.text_content().split()) for cell in page.tree.xpath(f"//main//dl//{name}")]
        for name in ("dt", "dd")
    )
    return dict(zip(labels, values, strict=True))


@pytest.mark.parametrize(
    ("giver", "delegate", "work"),
    [
        (GIVER, DELEGATE, "claims"),
        (GIVER, DELEGATE, "training"),
        (GIVER, DELEGATE, "accounts"),
        ("hospital_admin", "school_admin", "claims"),
        ("hospital_admin", "school_admin", "accounts"),
        ("hospital_admin", "school_admin", "requests"),
        ("health_admin", "education_admin", "claims"),
        ("health_admin", "education_admin", "training"),
    ],
)
def test_pages_say_to_the_delegate_what_they_say_to_the_giver(
    site, client_of, standing_in, giver, delegate, work
):
    client, own = standing_in([work], giver, delegate), client_of(giver)
    endpoints = {entry.endpoint for entry in MENUS[site.world.actors[giver].user_type]}
    found = 0
    for endpoint in sorted(GRIDS_OF_WORK[DelegatedWork(work)] & endpoints):
        mine, theirs = (who.get(f"/admin/{endpoint}/") for who in (client, own))
        way = f"//main//tbody//a[contains(@href, '/{endpoint}/details/')]/@href"
        links = theirs.tree.xpath(way)
        assert mine.tree.xpath(way) == links, endpoint
        for link in list(dict.fromkeys(links))[:4]:
            told, full = (facts_of(who.get(link)) for who in (client, own))
            if told.get("代登记人") == "—":  # a login of the giver's office, which is out of sight
                full["代登记人"] = "—"
            assert told == full, link
            assert told
            found += 1
    assert found
