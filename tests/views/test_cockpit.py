"""The review cockpit: a queue worked through one by one, each decision once, nothing typed lost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from factories import make_claim
from sqlalchemy import select
from test_speed import cost, more_claims, told

from models import Claim, ClaimAttachment, JournalEntry, LedgerEntry, Organization, Person
from models.base import today
from models.enums import ClaimStatus
from services import findings
from views.cockpit import OWN_KEYS
from workflow.claim import CLAIM

QUEUE, DECIDE = "/admin/claim-decision/cockpit/", "/admin/claim-decision/decide/"
REVIEW, REVIEWED = "/admin/claim-specialty/cockpit/", "/admin/claim-specialty/decide/"
AT_MOST = 30  # statements of a page, its frame included


def declared(site, *titles, **columns):
    """Put claims into the county bureau's queue, behind the one that waits there, and return their keys."""
    with site.session() as session:
        doctor = session.get(Person, site.world.id(Person, "doctor"))
        approver = session.get(Organization, site.world.id(Organization, "jinshui"))
        return [
            make_claim(session, doctor, approver=approver, status="declared", title=title, **columns).id
            for title in titles
        ]


def submitted(site, *titles):
    with site.session() as session:
        nurse = session.get(Person, site.world.id(Person, "nurse"))
        return [make_claim(session, nurse, status="submitted", title=title).id for title in titles]


def listed(page):
    """Return the titles of the queue beside the claim."""
    return page.tree.xpath("//nav[contains(@class, 'cockpit-queue')]//li//@title[. != '已等待']")


def title_of(page):
    return page.tree.get_element_by_id("claim-title").text.strip()


def problem_of(page):
    return " ".join(page.tree.xpath("string(//*[@data-problem])").split())


def decide(client, page, action, **typed):
    """Press a button of the decision bar."""
    [target] = page.tree.xpath("//form[@data-decide]/@action")
    return client.post(target, {**page.form(), "action": action, **typed})


# ---------------------------------------------------------------- the queue
def test_the_queue_has_the_order_and_filter_of_the_list_it_was_opened_from(site, client_of):
    client = client_of("jinshui_admin")
    for number, title in enumerate(("甲", "乙", "丙")):
        declared(site, title, computed_hours=Decimal(30 - number), subject="specialty")
    page = client.get(QUEUE)
    assert listed(page) == ["doctor-declared", "甲", "乙", "丙"]
    assert title_of(page) == "doctor-declared"
    page = client.get(f"{QUEUE}?sort=-computed_hours&subject=specialty")
    assert listed(page) == ["甲", "乙", "丙"]
    assert "第 1 / 3 条" in page.words()
    page = client.get(page.tree.xpath("//a[@rel='next']/@href")[0])
    assert title_of(page) == "乙"
    assert page.tree.xpath("//a[@aria-current='true']//@title[. != '已等待']") == ["乙"]
    assert page.tree.xpath("//a[@rel='prev']")
    for link in page.tree.xpath(
        "//nav[contains(@class, 'cockpit-queue')]//a/@href | //form[@data-decide]/@action"
    ):
        assert "sort=-computed_hours" in link
        assert "subject=specialty" in link
    assert page.link("返回列表").endswith("/claim-decision/?sort=-computed_hours&subject=specialty")


def test_a_long_queue_shows_what_stands_around_the_claim(site, client_of):
    client, keys = client_of("jinshui_admin"), declared(site, *(f"第{number}号" for number in range(60)))
    page = client.get(QUEUE, id=keys[39])
    assert "第 41 / 61 条" in page.words()
    assert listed(page) == [f"第{number}号" for number in range(24, 55)]
    assert len(listed(client.get(QUEUE, id=keys[-1]))) == 16


def test_the_claim_shows_what_it_is_weighed_by(site, client_of):
    key = site.world.id(Claim, "doctor-declared")
    site.put(Claim, key, hours_explanation="论文 20 学时", content="第一行\n第二行")
    [file] = site.all(select(ClaimAttachment.id).where(ClaimAttachment.claim_id == key))
    [twin] = declared(site, "同一证明", evidence_key=site.get(Claim, key).evidence_key)
    findings.check_waiting(site.session, today(), only_new=False)
    page = client_of("jinshui_admin").get(QUEUE, id=key)
    for words in (
        "论文 20 学时",
        "第一行 第二行",
        "公需 20 / 0 本条 +20",
        "申报 金水医院",
        "本人已用同一证据（编号或名称）申报过学时：同一证明（2026 年度，待审批）",
        "今天",
    ):
        assert words in page.words()
    assert f"/admin/claim/details/?id={twin}" in page.text
    assert page.tree.xpath("//iframe/@src") == [f"/files/attachments/{file}#navpanes=0&view=FitH"]
    site.put(ClaimAttachment, file, mime="image/png")
    page = client_of("jinshui_admin").get(QUEUE, id=key)
    assert page.tree.xpath("//*[@data-stage]//img/@src") == [f"/files/attachments/{file}/preview"]
    site.put(ClaimAttachment, file, mime="application/zip")
    page = client_of("jinshui_admin").get(QUEUE, id=key)
    assert "这类文件不能在页面内显示" in page.words()
    assert not page.tree.xpath("//iframe | //*[@data-stage]")


def test_a_claim_of_somebody_who_went_elsewhere_is_still_decided(site, client_of):
    client, school = client_of("jinshui_admin"), site.get(Organization, "school")
    site.put(
        Person,
        "doctor",
        employer_id=school.id,
        region_code=school.region_code,
        authority_id=school.authority_id,
    )
    page = client.get(QUEUE)
    assert title_of(page) == "doctor-declared"
    assert "— 2026 年度" in page.words()
    page = client.follow(decide(client, page, "reject", reason="附件不清晰"))
    assert "上一条 — · doctor-declared 现为 不通过" in page.words()


def test_an_empty_queue_says_so_and_leads_back(site, client_of):
    client = client_of("jinshui_admin")
    page = client.get(QUEUE, subject="specialty")
    assert "筛选范围内没有等待办理的申报了" in page.words()
    assert page.link("不限条件") == QUEUE
    site.put(Claim, "doctor-declared", approver_id=site.world.id(Organization, "zhengzhou"))
    page = client.get(QUEUE)
    assert page.status == 200
    assert "都办完了" in page.words()
    assert page.link("返回列表") == "/admin/claim-decision/"


@pytest.mark.parametrize(
    ("actor", "grid", "status"),
    [("jinshui_admin", "claim-decision", "declared"), ("hospital_admin", "claim-specialty", "submitted")],
)
def test_a_queue_of_sixty_costs_as_many_statements_as_one_of_five(site, client_of, actor, grid, status):
    client = client_of(actor)
    more_claims(site, 5, status=status)
    _few, asked_few = cost(site, client, f"/admin/{grid}/cockpit/", at=4)
    more_claims(site, 60, status=status)
    many, asked_many = cost(site, client, f"/admin/{grid}/cockpit/", at=40)
    assert len(listed(many)) == 31
    assert len(asked_few) == len(asked_many) <= AT_MOST, told(asked_many)


# ---------------------------------------------------------------- decisions
def test_who_awards_less_is_told_that_it_completes_no_year(site, client_of):
    client, said = client_of("jinshui_admin"), "认定学时少于核算学时的，不再视为完成当年专业科目学时。"
    whole, plain = declared(site, "援藏一年", "年会", subject="specialty")
    site.put(Claim, whole, completes_specialty_year=True)
    assert said in client.get(QUEUE, id=whole).words()
    assert said not in client.get(QUEUE, id=plain).words()


def test_a_decision_is_journaled_and_the_next_claim_comes(site, client_of):
    client, [first, second] = client_of("jinshui_admin"), declared(site, "甲", "乙", subject="specialty")
    page = client.get(QUEUE, id=first, subject="specialty")
    page = decide(client, page, "approve", awarded_hours="12.5", reason="按实际场次")
    assert page.status == 303
    claim = site.get(Claim, first)
    assert (claim.status, claim.awarded_hours, claim.reason) == (
        ClaimStatus.APPROVED,
        Decimal("12.5"),
        "按实际场次",
    )
    assert site.all(select(LedgerEntry.hours).where(LedgerEntry.source_id == first)) == [Decimal("12.5")]
    entries = select(JournalEntry.action).where(
        JournalEntry.object_id == first, JournalEntry.object_type == "claim"
    )
    assert site.all(entries) == ["approve"]
    page = client.follow(page)
    assert (title_of(page), listed(page)) == ("乙", ["乙"])
    assert "上一条 doctor · 甲 现为 通过" in page.words()
    assert page.link("doctor · 甲") == f"/admin/claim/details/?id={first}"
    page = client.follow(decide(client, page, "reject", reason="附件不清晰"))
    assert site.get(Claim, second).status is ClaimStatus.REJECTED
    assert "现为 不通过" in page.words()
    assert "都办完了" in page.words()


def test_a_missing_reason_brings_the_same_claim_with_everything_typed(site, client_of):
    client, before = client_of("jinshui_admin"), site.snapshot()
    page = decide(client, client.get(QUEUE), "reject", awarded_hours="7.5", reason=" \n ")
    assert page.status == 200
    assert title_of(page) == "doctor-declared"
    assert "请填写原因" in problem_of(page)
    assert page.form()["awarded_hours"] == ["7.5"]
    assert site.snapshot() == before
    page = decide(client, page, "reject", reason="附件不清晰")
    assert site.get(Claim, "doctor-declared").reason == "附件不清晰"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"awarded_hours": "20.1", "reason": "很好"}, "认定学时须在 0 与核算学时之间"),
        ({"awarded_hours": "12", "reason": ""}, "认定学时少于核算学时，须填写意见"),
        ({"awarded_hours": "很多", "reason": "说明"}, "“认定学时”不是有效的小数"),
        ({"awarded_hours": "-1", "reason": "说明"}, "认定学时须是不小于 0 的数"),
    ],
)
def test_a_refusal_brings_the_same_claim_with_everything_typed(site, client_of, typed, sentence):
    client, before = client_of("jinshui_admin"), site.snapshot()
    page = decide(client, client.get(QUEUE), "approve", **typed)
    assert page.status == 200
    assert sentence in problem_of(page)
    assert {name: page.form()[name][0] for name in typed} == typed
    assert site.snapshot() == before


def test_a_phrase_is_put_behind_the_text_without_script(site, client_of):
    client = client_of("jinshui_admin")
    page = client.get(QUEUE)
    phrase = page.options("canned")[1]
    page = decide(client, page, "approve", awarded_hours="99", reason="请看第二页", canned=phrase)
    assert page.form()["reason"] == [f"请看第二页\n{phrase}"]
    decide(client, page, "reject", reason="", canned=phrase)
    assert site.get(Claim, "doctor-declared").reason == phrase


def test_a_double_click_decides_once_and_goes_on(site, client_of):
    client, [_second] = client_of("jinshui_admin"), declared(site, "乙")
    page = client.get(QUEUE)
    done = decide(client, page, "approve")
    before = site.snapshot()
    again = decide(client, page, "approve")
    assert site.snapshot() == before
    for answer in (done, again):
        shown = client.follow(answer)
        assert title_of(shown) == "乙"
        assert "上一条 doctor · doctor-declared 现为 通过" in shown.words()
        assert "没有执行" not in shown.words()


def test_what_a_colleague_decided_meanwhile_is_said_and_the_next_one_comes(site, client_of):
    first, second = client_of("jinshui_admin"), client_of("jinshui_admin")
    declared(site, "乙")
    pages = [client.get(QUEUE) for client in (first, second)]
    decide(first, pages[0], "approve")
    before = site.snapshot()
    late = second.follow(decide(second, pages[1], "reject", reason="附件不清晰"))
    assert "您的操作没有执行" in late.messages()
    assert "现为 通过" in late.words()
    assert title_of(late) == "乙"
    assert site.snapshot() == before
    link = pages[1].tree.xpath("//a[@aria-current='true']/@href")[0]
    assert title_of(second.follow(second.get(link))) == "乙"


def test_what_a_colleague_accepted_meanwhile_still_stands_in_the_queue(site, client_of):
    first, second = client_of("hospital_admin"), client_of("hospital_admin")
    [key] = submitted(site, "甲")
    pages = [client.get(REVIEW, id=key) for client in (first, second)]
    decide(first, pages[0], "accept")
    late = decide(second, pages[1], "accept", reason="写了一半")
    assert late.status == 200
    assert "可能已被他人处理" in problem_of(late)
    assert late.form()["reason"] == ["写了一半"]
    assert [button.get("value") for button in late.tree.xpath("//button[@name='action']")] == [
        "return",
        "declare",
    ]


def test_an_employer_goes_through_its_queue_and_what_it_skipped_is_counted(site, client_of):
    client, keys = client_of("hospital_admin"), submitted(site, "甲", "乙", "丙")
    page = client.follow(decide(client, client.get(REVIEW), "accept"))
    assert (title_of(page), site.get(Claim, keys[0]).status) == ("乙", ClaimStatus.ACCEPTED)
    page = client.follow(decide(client, page, "declare", route="authority"))
    assert site.get(Claim, keys[1]).approver_id == site.world.id(Organization, "health")
    assert title_of(page) == "丙"
    page = client.get(page.link("跳过"))
    assert "已到队列末尾" in page.words()
    assert "还有 2 条没有办理" in page.words()
    page = client.get(page.link("从头再看一遍"))
    assert title_of(page) == "甲"
    assert "待申报" in page.words()
    page = decide(client, page, "return")
    assert "请填写原因" in problem_of(page)
    client.follow(decide(client, page, "return", reason="请补盖公章"))
    assert site.get(Claim, keys[0]).status is ClaimStatus.RETURNED


def test_a_public_claim_goes_to_the_bureau_whatever_is_sent(site, client_of):
    client = client_of("hospital_admin")
    key = site.world.id(Claim, "doctor-accepted")
    page = client.get("/admin/claim-public/cockpit/", id=key)
    assert not page.tree.xpath("//input[@type='radio']")
    decide(client, page, "declare")
    claim = site.get(Claim, key)
    assert (claim.status, claim.approver_id) == (ClaimStatus.DECLARED, site.world.id(Organization, "jinshui"))


# ---------------------------------------------------------------- doors
@pytest.mark.parametrize(
    ("actor", "grid", "action", "name"),
    [
        ("jinshui_admin", "claim-decision", "approve", "teacher-declared"),  # another region
        (
            "jinshui_admin",
            "claim-decision",
            "approve",
            "doctor-declared-health",
        ),  # seen, and another office's
        ("jinshui_admin", "claim-decision", "approve", "doctor-approved"),  # seen, and decided
        ("jinshui_admin", "claim-decision", "approve", "doctor-submitted"),
        ("hospital_admin", "claim-public", "accept", "teacher-submitted"),
        ("hospital_admin", "claim-specialty", "accept", "doctor-submitted"),  # the other queue's
        ("hospital_admin", "claim-public", "accept", "doctor-draft"),
    ],
)
def test_what_is_not_in_ones_queue_is_not_there(site, client_of, actor, grid, action, name):
    client, key, before = client_of(actor), site.world.id(Claim, name), site.snapshot()
    assert client.get(f"/admin/{grid}/cockpit/", id=key).status == 404
    assert client.post(f"/admin/{grid}/decide/", {"id": key, "action": action, "reason": "试"}).status == 404
    # Opened from a queue it is said to be gone, in the same words whatever it is.
    page = client.get(f"/admin/{grid}/cockpit/", id=key, at=1)
    assert page.status == 303
    assert client.post(f"/admin/{grid}/decide/", {"id": key, "action": action, "at": "1"}).status == 303
    if "teacher" in name or "draft" in name:
        assert name not in client.follow(page).text
    assert site.snapshot() == before


@pytest.mark.parametrize(
    ("actor", "grid", "action"),
    [
        ("hospital_admin", "claim-public", "approve"),
        ("hospital_admin", "claim-public", "submit"),
        ("jinshui_admin", "claim-decision", "revoke"),
        ("jinshui_admin", "claim-decision", "declare"),
        ("jinshui_admin", "claim-decision", ""),
        ("jinshui_admin", "claim-public", "accept"),
        ("doctor", "claim-decision", "approve"),
        ("system_admin", "claim-decision", "approve"),
    ],
)
def test_a_verb_one_may_not_use_is_forbidden(site, client_of, actor, grid, action):
    client, before = client_of(actor), site.snapshot()
    key = site.world.id(Claim, "doctor-declared" if grid == "claim-decision" else "doctor-submitted")
    assert client.post(f"/admin/{grid}/decide/", {"id": key, "action": action, "reason": "试"}).status == 403
    assert site.snapshot() == before


def test_a_decision_without_token_is_refused(site, client_of):
    client, before = client_of("jinshui_admin"), site.snapshot()
    form = {"id": site.world.id(Claim, "doctor-declared"), "action": "approve"}
    assert client.post(DECIDE, form, token=False).status == 400
    assert site.snapshot() == before


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 30, "2", "99999999"])
def test_a_number_that_is_none_leads_somewhere(client_of, number):
    assert client_of("jinshui_admin").get(QUEUE, at=number).status == 200
    assert client_of("jinshui_admin").get(QUEUE, at="1", last=number).status == 200


def test_ones_own_claim_is_refused_in_a_sentence(site, client_of):
    client, key = client_of("company_admin"), site.world.id(Claim, "manager-submitted")
    page = decide(client, client.get("/admin/claim-public/cockpit/", id=key), "accept")
    assert "不能审批本人的申报" in problem_of(page)
    assert site.get(Claim, key).status is ClaimStatus.SUBMITTED


def test_the_letters_of_the_transitions_are_not_the_cockpits_own(client_of):
    own = {key.lower() for keys, _meaning in OWN_KEYS for key in keys.split() if len(key) == 1}
    assert not own & {transition.key for transition in CLAIM.transitions}
    page = client_of("jinshui_admin").get(QUEUE)
    shown = {
        button.get("value"): button.get("data-key") for button in page.tree.xpath("//button[@name='action']")
    }
    assert shown == {name: CLAIM[name].key for name in ("approve", "reject")}
