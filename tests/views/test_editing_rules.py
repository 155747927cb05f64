"""Hour rules and requirements: changed in plain forms, tried, published for a year on; what contradicts itself is said in a sentence."""

from __future__ import annotations

from decimal import Decimal

import pytest
from claim_story import file, key_of
from rule_desk import ADMIN, begun, draft, published, rule_versions, url
from sqlalchemy import select, update

from models import Claim, CreditYear, HourRule, Person, Requirement, YearSummary
from models.enums import ItemType
from seed.base import seed_base
from services import claims, rule_editing
from services.errors import InputError

RULE = "exchange_provincial"


def edited(client, key, **typed):
    return client.send(client.get(url("edit/", id=key)), typed)


# ---------------------------------------------------------------- every rule there is
def test_every_stored_rule_survives_its_form(site):
    with site.session() as session:
        codes = set(session.scalars(select(HourRule.code).where(HourRule.code != "test.rule")))
        assert len(codes) > 30
        for code in codes:
            content = rule_editing.stored(session, code)
            version = rule_editing.kind_of(session, content)
            typed = rule_editing.typed_of(content, version)
            assert rule_editing.read(content, version, typed) == content, code
            assert rule_editing.contradictions(content) == {}, code
            said = dict(rule_editing.described(session, content))
            assert content["conditions"] == {} or "：" in said["适用条件"], code


# ---------------------------------------------------------------- changing
def test_a_rule_is_changed_tried_and_published_from_a_year_on(site, client_of):
    client = client_of(ADMIN)
    key = begun(client, "rule", RULE)
    page = edited(client, key, base_hours="10", effective_from="2026", cap_per_year="30")
    assert page.status == 303
    told = client.follow(page).words()
    for words in ("基本学时 8 10", "每年度上限 （无） 30", "起始年度 1998 2026"):
        assert words in told
    form = client.get(url("try/", id=key))
    tried = client.send(form, {"item_level": "provincial", "item_reads_paper": "y", "item_paper_length": "1500",
                               "credit_year": "2026", "already": "25"})  # fmt: skip
    assert "每年度上限 30 学时，本年度已计 25 学时，本次计 5 学时" in tried.words()
    other = client.send(form, {"item_level": "national", "credit_year": "2026"})
    assert "另一条规则" in other.words()
    assert [row.version for row in rule_versions(site, RULE)] == [1]
    assert "已发布为第 2 版" in published(client, key).words()
    first, second = rule_versions(site, RULE)
    assert (first.definition["base_hours"], second.definition["base_hours"]) == ("8", "10")
    doctor = client_of("doctor")
    new = file(doctor, item_level="provincial", item_reads_paper=None)
    assert site.get(Claim, key_of(new)).computed_hours == 10
    before = file(doctor, item_level="provincial", item_reads_paper=None, credit_year="2025", title="去年的年会",
                  start_date="2025-05-09", end_date="2025-05-11")  # fmt: skip
    assert site.get(Claim, key_of(before)).computed_hours == 8
    with site.session() as session:
        assert not [line for line in seed_base(session) if line.inserted or line.updated]


def test_a_rule_that_gives_the_same_may_be_confirmed(site, client_of):
    client = client_of(ADMIN)
    key = begun(client, "rule", "book_characters")
    edited(client, key, confirmed="y", effective_from="2026", legal_basis="豫人社〔2026〕1 号")
    published(client, key)
    assert [row.confirmed for row in rule_versions(site, "book_characters")] == [False, True]


def test_a_new_rule_is_written_from_nothing(site, client_of):
    client = client_of(ADMIN)
    page = client.post(url("new/"), {"kind": "academic_exchange"})
    key = int(page.location.rsplit("id=", maxsplit=1)[1])
    edited(client, key, name="市级学术交流", base_hours="4", on_level=["municipal"], legal_basis="豫人社〔2026〕1 号",
           add0_label="宣读论文", add0_hours="2", add0_on_reads_paper="yes")  # fmt: skip
    assert draft(site, key).content["additions"] == [
        {"label": "宣读论文", "hours": "2", "conditions": {"reads_paper": True}}
    ]
    tried = client.send(client.get(url("try/", id=key)), {"item_level": "municipal", "item_reads_paper": "y"})
    assert "市级学术交流 4 学时；宣读论文+2；合计 6 学时（标准待核定）" in tried.words()
    assert "已发布为第 1 版" in published(client, key).words()


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"name": ""}, "name", "请填写“规则名称”"),
        ({"base_hours": "很多"}, "base_hours", "“基本学时”应是 0 到 999 之间的数"),
        ({"base_hours": "-1"}, "base_hours", "“基本学时”应是"),
        ({"base_hours": "1.25"}, "base_hours", "最多一位小数"),
        ({"by_rank": "8, 六"}, "by_rank", "用逗号隔开"),
        ({"by_rank": "8, 6"}, "by_rank", "只能填一种"),
        ({"rank_step": "2"}, "rank_item", "请选择“名次取自”"),
        ({"first_n_authors": "0"}, "first_n_authors", "1 到 9999"),
        ({"unit_item": "paper_length"}, "unit_hours", "要同时填写"),
        ({"unit_item": "paper_length", "unit_hours": "1", "unit_size": "0"}, "unit_size", "大于 0"),
        ({"minimum": "9", "cap_per_claim": "8"}, "minimum", "不能大于“每项上限”"),
        ({"completes_specialty_year": "y"}, "subject", "只能用于专业科目"),
        ({"effective_to": "1990"}, "effective_to", "不能早于“起始年度”"),
        ({"on_paper_length_min": "9", "on_paper_length_max": "1"}, "on_paper_length_max", "不能小于最小值"),
        ({"add2_label": "宣读"}, "add2_label", "同时填写说明和学时"),
        ({"add2_label": "宣读", "add2_hours": "1"}, "add2_label", "什么情况下加计"),
    ],
)
def test_what_a_rule_can_not_say_is_told_at_its_field(site, client_of, typed, field, sentence):
    client = client_of(ADMIN)
    key = begun(client, "rule", RULE)
    page = edited(client, key, legal_basis="写了一半的依据", **typed)
    assert page.status == 200
    assert sentence in page.errors()[field]
    assert page.form()["legal_basis"] == ["写了一半的依据"]
    assert draft(site, key).revision == 1


def test_a_rule_is_ended_but_not_changed_for_closed_years(site, client_of):
    with site.session() as session:
        session.execute(
            update(CreditYear)
            .where(CreditYear.year <= 2025)
            .values(approvals_close=CreditYear.approvals_open)
        )
    client = client_of(ADMIN)
    key = begun(client, "rule", RULE)
    edited(client, key, base_hours="9")  # still from 1998 on
    assert "“起始年度”1998 已关闭" in client.get(url("details/", id=key)).words()
    edited(client, key, base_hours="8", effective_to="2025")
    assert "已发布为第 2 版" in published(client, key).words()
    page = file(client_of("doctor"), command="draft", item_level="provincial")
    assert site.get(Claim, key_of(page)).rule_code is None


def test_a_rule_that_gives_nothing_says_so_with_a_nought(site, client_of):
    client = client_of(ADMIN)
    key = begun(client, "rule", "qualification_senior")
    assert "按规则不计学时的填 0" in edited(client, key, base_hours="").errors()["base_hours"]
    assert edited(client, key, base_hours="0").status == 303


def test_a_condition_on_a_choice_that_does_not_exist_is_refused(site, client_of):
    client = client_of(ADMIN)
    key = begun(client, "rule", RULE)
    edited(client, key, on_level=["galactic"], effective_from="2026")
    assert "“级别”没有选项“galactic”" in client.get(url("details/", id=key)).words()


def test_a_date_is_nothing_a_rule_counts(site):
    with site.session() as session:
        version = claims.current_version(session, "paper")
        items = rule_editing.asked(version)
        assert {item.type for item in items} <= {
            ItemType.CHOICE,
            ItemType.INTEGER,
            ItemType.BOOLEAN,
            ItemType.DECIMAL,
        }
        with pytest.raises(InputError, match="没有这种继续教育类型"):
            rule_editing.blank(session, "nothing")


# ---------------------------------------------------------------- requirements
def test_a_years_requirement_is_changed_and_its_people_are_judged_anew(site, client_of):
    nurse = select(YearSummary).where(
        YearSummary.person_id == site.world.id(Person, "nurse"), YearSummary.credit_year == 2025
    )
    assert site.all(nurse)[0].complete
    client = client_of(ADMIN)
    key = begun(client, "requirement", "2025:any")
    edited(client, key, total_hours="100")
    told = client.get(url("details/", id=key)).words()
    assert "总学时 90 100" in told
    assert "4 份有效证书" in told
    assert site.all(nurse)[0].complete
    said = published(client, key).messages()
    assert "2025 年度的完成情况已按此重新判断" in said
    assert "4 人由已完成变为未完成" in said
    assert "记录不变" not in said
    [row] = site.all(nurse)
    assert (row.complete, row.required_total) == (False, Decimal(100))
    with site.session() as session:
        assert not [line for line in seed_base(session) if line.code == "requirements" and line.updated]
    assert site.all(select(Requirement.total_hours).where(Requirement.year == 2025)) == [100]


def test_a_draft_that_is_sent_twice_is_published_once_and_says_so(site, client_of):
    client = client_of(ADMIN)
    key = begun(client, "rule", RULE)
    edited(client, key, base_hours="10", effective_from="2026")
    page = client.get(url("details/", id=key))
    assert "以前的申报不变" in client.follow(client.send_to(url("publish/"), page)).messages()
    again = client.send_to(url("publish/"), page)
    assert again.status == 303
    assert "已经发布为第 2 版" in client.follow(again).messages()
    assert len(rule_versions(site, RULE)) == 2
    assert client_of("province_admin").post(url("publish/"), {"id": key}).status == 403


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"public_hours": ""}, "public_hours", "没有要求的填 0"),
        ({"total_hours": "80"}, "total_hours", "不能小于公需与专业之和"),
        ({"specialty_hours": "六十"}, "specialty_hours", "应是 0 到 999"),
        ({"legal_basis": " "}, "legal_basis", "请填写“依据”"),
        ({"public_hours": "0", "specialty_hours": "0", "total_hours": "0"}, "total_hours", "必须大于 0"),
    ],
)
def test_a_requirement_that_makes_no_sense_is_refused(site, client_of, typed, field, sentence):
    client = client_of(ADMIN)
    key = begun(client, "requirement", "2026:any")
    assert sentence in edited(client, key, **typed).errors()[field]


def test_a_closed_year_keeps_its_requirement(site, client_of):
    client = client_of(ADMIN)
    key = begun(client, "requirement", "2010:junior")
    edited(client, key, total_hours="60")
    assert "2010 年度已关闭" in client.get(url("details/", id=key)).words()
    assert "没有发布" in published(client, key).messages()


def test_nobody_else_begins_a_draft(site, client_of):
    for name in ("province_admin", "hospital_admin", "doctor"):
        assert client_of(name).post(url("start/"), {"target": "rule", "key": RULE}).status == 403
    assert client_of(ADMIN).post(url("start/"), {"target": "rule", "key": "nothing"}).status == 302
    assert client_of(ADMIN).post(url("start/"), {"target": "requirement", "key": "x:any"}).status == 302
