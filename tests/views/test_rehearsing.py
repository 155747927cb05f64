"""A year under drafted rules and requirements: who would flip, by employer, without a name and without changing anything."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from decimal import Decimal

import pytest
from factories import make_claim
from rule_desk import ADMIN, begun, published, url
from sqlalchemy import delete, func, select

from backoffice.rehearsing import carry_out
from models import (
    Account,
    Claim,
    ClaimItem,
    ClaimKind,
    ClaimKindVersion,
    HourRule,
    Person,
    Rehearsal,
    RehearsalLine,
    Requirement,
    YearSummary,
)
from models.base import now
from models.enums import RehearsalState
from services import rehearsals
from views.extensions import system_session

NEW = "/admin/rehearsal/new/"
MAY = {"Rehearsal", "RehearsalLine", "JournalEntry", "RuleDraft"}
PEOPLE = {"doctor": "金水医院", "teacher": "洛阳学校", "engineer": "郑州公司", "miller": "济源工厂"}


@pytest.fixture
def year(site):
    """Let four people have a year of service at the grass roots: two days' worth of claims, hours and a verdict each."""
    hours = {
        "doctor": (30, 60, True),
        "teacher": (30, 70, True),
        "engineer": (30, 54, False),
        "miller": (30, 60, True),
    }
    with site.session() as session:
        for name, (public, specialty, complete) in hours.items():
            row = session.get(YearSummary, site.world.id(YearSummary, f"{name}-2026"))
            row.public_hours, row.specialty_hours, row.complete = public, specialty, complete
            row.required_public, row.required_specialty, row.required_total = 30, 60, 90
        served(session, site, "doctor", "grassroots_service", {"days": 3}, 18)
        served(session, site, "doctor", "grassroots_service", {"days": 3}, 12)  # the year's cap of 30
        served(session, site, "teacher", "grassroots_service", {"days": 5}, 30, awarded=20)
        served(session, site, "engineer", "grassroots_service", {"days": 4}, 24)
        served(session, site, "miller", "border_support", {"months": 6}, 60, completes_specialty_year=True)
        row = session.get(YearSummary, site.world.id(YearSummary, "miller-2026"))
        row.specialty_completions = 1
    return site


def served(session, site, name, kind, items, computed, awarded=None, **columns):
    """Store an approved claim, each decided an hour after the one before."""
    version = session.scalars(
        select(ClaimKindVersion)
        .join(ClaimKind, ClaimKind.id == ClaimKindVersion.kind_id)
        .where(ClaimKind.code == kind)
    ).one()
    person = session.get(Person, site.world.id(Person, name))
    claim = make_claim(
        session, person, status="approved", items=items, computed_hours=Decimal(computed),
        awarded_hours=Decimal(computed if awarded is None else awarded), **columns,
    )  # fmt: skip
    claim.kind_id, claim.kind_version_id = version.kind_id, version.id
    claim.decided_at = now() + dt.timedelta(hours=claim.id)
    session.flush()


def drafted(client, target, key, **typed):
    draft = begun(client, target, key)
    page = client.send(client.get(url("edit/", id=draft)), typed)
    assert page.status == 303, page
    return draft


def rehearsed(client, *drafts, year=2026):
    page = client.post(NEW, {"year": str(year), "drafts": [str(key) for key in drafts]})
    assert page.status == 303, page
    return int(re.search(r"id=(\d+)", page.location).group(1))


def found(site, key):
    """Return what a run found, by employer: (lost, won, claims, hours more, hours less)."""
    lines = site.all(select(RehearsalLine).where(RehearsalLine.rehearsal_id == key))
    return {
        line.employer_name: (
            line.lost, line.won, line.claims, (line.public_more + line.specialty_more) / 10,
            (line.public_less + line.specialty_less) / 10,
        )
        for line in lines
    }  # fmt: skip


def found_of(site, key):
    everything = found(site, key)
    return {name: everything[employer] for name, employer in PEOPLE.items()}


GRASSROOTS, BORDER = "grassroots_days", "border_half_year"
# rule, what is changed → what happens to doctor, teacher, engineer, miller
EFFECTS = (
    (GRASSROOTS, {"unit_hours": "4"}, [(1, 0, 1, 0, 6), (0, 0, 1, 0, 10), (0, 0, 1, 0, 8), (0, 0, 0, 0, 0)]),
    # The first claim gives less, and so the cap leaves more to the second.
    (GRASSROOTS, {"unit_hours": "5"}, [(0, 0, 2, 3, 3), (0, 0, 1, 0, 5), (0, 0, 1, 0, 4), (0, 0, 0, 0, 0)]),
    (GRASSROOTS, {"unit_hours": "8", "cap_per_claim": "", "cap_per_year": ""},
     [(0, 0, 2, 18, 0), (0, 0, 1, 10, 0), (0, 1, 1, 8, 0), (0, 0, 0, 0, 0)]),
    (GRASSROOTS, {"unit_hours": "1"}, [(1, 0, 2, 0, 24), (1, 0, 1, 0, 20), (0, 0, 1, 0, 20), (0, 0, 0, 0, 0)]),
    (BORDER, {"base_hours": "50", "completes_specialty_year": None},
     [(0, 0, 0, 0, 0), (0, 0, 0, 0, 0), (0, 0, 0, 0, 0), (1, 0, 1, 0, 10)]),
    (BORDER, {"base_hours": "50"}, [(0, 0, 0, 0, 0), (0, 0, 0, 0, 0), (0, 0, 0, 0, 0), (0, 0, 1, 0, 10)]),
    (GRASSROOTS, {"legal_basis": "新的依据"}, [(0, 0, 0, 0, 0)] * 4),
)  # fmt: skip


@pytest.mark.parametrize(("rule", "typed", "expected"), EFFECTS)
def test_a_drafted_rule_moves_hours_and_verdicts_as_it_would_if_it_were_published(
    year, client_of, rule, typed, expected
):
    client = client_of(ADMIN)
    key = rehearsed(client, drafted(client, "rule", rule, **typed))
    assert found_of(year, key) == dict(zip(PEOPLE, expected, strict=True))


def test_the_page_shows_counts_by_employer_and_nobodys_name(year, client_of):
    client = client_of(ADMIN)
    draft = drafted(client, "rule", GRASSROOTS, unit_hours="4")
    key = rehearsed(client, draft)
    page = client.get(f"/admin/rehearsal/details/?id={key}")
    for words in (
        "由完成变为未完成 1",
        "学时有变化的申报 3",
        "专业 增加 0、减少 24 学时",
        "金水医院",
        "金水区",
        "服务基层",
    ):
        assert words in page.words()
    assert not [name for name in PEOPLE if name in page.text]
    assert "又改过" not in page.words()
    client.send(client.get(url("edit/", id=draft)), {"unit_hours": "3"})
    assert "“服务基层”在试算之后又改过" in client.get(f"/admin/rehearsal/details/?id={key}").words()
    assert "已完成" in client.get("/admin/rehearsal/").words()


def test_nothing_of_the_year_is_changed(year, client_of):
    client = client_of(ADMIN)
    drafts = [
        drafted(client, "rule", GRASSROOTS, unit_hours="1"),
        drafted(client, "requirement", "2026:any", total_hours="120"),
    ]
    before, base = year.snapshot(), base_data(year)
    key = rehearsed(client, *drafts)
    assert sum(line[0] for line in found(year, key).values()) == 3
    after = year.snapshot()
    assert {name for name in after if after[name] != before[name]} == MAY - {"RuleDraft"}
    assert base_data(year) == base


def base_data(site):
    tables = [model.__table__ for model in (HourRule, Requirement, ClaimItem, ClaimKindVersion)]
    with site.engine.connect() as connection:
        return [connection.execute(select(table).order_by(table.c.id)).all() for table in tables]


@pytest.mark.parametrize(
    ("typed", "lost", "won"),
    [({"total_hours": "95"}, 2, 0), ({"specialty_hours": "50", "total_hours": "80"}, 0, 1), ({"public_hours": "31", "total_hours": "91"}, 3, 0)],
)  # fmt: skip
def test_a_drafted_requirement_flips_whom_its_publication_flips(year, client_of, typed, lost, won):
    client = client_of(ADMIN)
    draft = drafted(client, "requirement", "2026:any", **typed)
    key = rehearsed(client, draft)
    before = verdicts(year)
    published(client, draft)
    after = verdicts(year)
    assert (
        sum(before[name] > after[name] for name in before),
        sum(before[name] < after[name] for name in before),
    ) == (lost, won)
    lines = found(year, key).values()
    assert (sum(line[0] for line in lines), sum(line[1] for line in lines)) == (lost, won)


def verdicts(site):
    return {
        row.person_id: row.complete
        for row in site.all(select(YearSummary).where(YearSummary.credit_year == 2026))
    }


def test_a_large_year_is_the_workers_and_whoever_goes_on_counts_nobody_twice(year, client_of, monkeypatch):
    monkeypatch.setattr(rehearsals, "AT_ONCE", 1)
    monkeypatch.setattr(rehearsals, "PORTION", 1)
    client = client_of(ADMIN)
    draft = drafted(client, "rule", GRASSROOTS, unit_hours="1")
    key = rehearsed(client, draft)
    page = client.get(f"/admin/rehearsal/details/?id={key}")
    assert page.tree.xpath("//*[@data-reload]")
    assert page.tree.xpath("//progress/@value") == ["0"]
    with year.app.app_context():
        with system_session() as session:
            assert rehearsals.advance(session, key)
        with contextlib.suppress(KeyboardInterrupt), system_session() as session:
            rehearsals.advance(session, key)
            raise KeyboardInterrupt
        assert client.get(f"/admin/rehearsal/details/?id={key}").tree.xpath("//progress/@value") == ["25"]
        with system_session() as session:
            assert rehearsals.left_alone(session, now()) == []
            assert rehearsals.left_alone(session, now() + 2 * rehearsals.LEFT_ALONE) == [key]
        carry_out(system_session, key)
        carry_out(system_session, key)
    run = year.get(Rehearsal, key)
    assert (run.state, run.done_count) == (RehearsalState.DONE, 4)
    assert found_of(year, key)["doctor"] == (1, 0, 2, 0, 24)
    assert year.all(select(func.sum(RehearsalLine.people)).where(RehearsalLine.rehearsal_id == key)) == [4]


def test_a_run_stops_where_its_administrator_is_one_no_more(year, client_of, monkeypatch):
    monkeypatch.setattr(rehearsals, "AT_ONCE", 1)
    client = client_of(ADMIN)
    key = rehearsed(client, drafted(client, "rule", GRASSROOTS, unit_hours="1"))
    year.put(Account, ADMIN, status="disabled")
    with year.app.app_context():
        carry_out(system_session, key)
    run = year.get(Rehearsal, key)
    assert (run.state, run.done_count) == (RehearsalState.STOPPED, 0)
    assert "不再是系统管理员" in run.reason


def test_a_rehearsal_needs_a_draft_and_a_year_with_hours(year, client_of):
    client = client_of(ADMIN)
    assert "请至少选择一份草稿" in client.post(NEW, {"year": "2026"}).errors()["drafts"]
    draft = drafted(client, "rule", GRASSROOTS, unit_hours="1")
    assert "没有任何人的学时" in client.post(NEW, {"year": "2010", "drafts": str(draft)}).errors()["year"]
    assert "请至少选择一份草稿" in client.post(NEW, {"year": "2026", "drafts": "999"}).errors()["drafts"]
    kind = begun(client, "kind", "paper")  # a kind alone changes no hours
    assert "请至少选择一份草稿" in client.post(NEW, {"year": "2026", "drafts": str(kind)}).errors()["drafts"]
    key = rehearsed(client, draft)
    client.post("/admin/rehearsal/delete/", {"id": key})
    assert year.all(select(RehearsalLine.id).where(RehearsalLine.rehearsal_id == key)) == []


def test_only_years_with_hours_are_offered(year, client_of):
    client = client_of(ADMIN)
    page = client.get(NEW, year="2027")
    with year.session() as session:
        with_hours = set(session.scalars(select(YearSummary.credit_year)))
    assert page.options("year") == [str(one) for one in sorted(with_hours, reverse=True)]
    assert "2027" not in page.options("year")
    chosen = page.options("year")[0]
    assert page.form()["year"] == [chosen]
    assert page.messages() == f"2027 年度还没有学时，没有什么可算；已改选 {chosen} 年度"
    for told_nothing in (client.get(NEW, year="2026"), client.get(NEW), client.get(NEW, year="去年")):
        assert told_nothing.form()["year"] == ["2026"]
        assert not told_nothing.messages()


def test_where_no_year_has_hours_the_one_asked_for_is_named(site, client_of):
    with site.session() as session:
        session.execute(delete(YearSummary))
        site.written = True
    page = client_of(ADMIN).get(NEW, year="2027")
    assert page.messages() == "2027 年度还没有学时，没有什么可算"


def test_caps_of_merged_kinds_are_filled_by_the_claims_of_both(year, client_of):
    """What was approved under another kind before fills the cap of this one once the two are one kind."""
    client, lines = client_of(ADMIN), []
    with year.session() as session:
        served(session, year, "engineer", "border_support", {"months": 1}, 20)
        border, served_here = (session.scalars(select(ClaimKind).where(ClaimKind.code == code)).one() for code in
                               ("border_support", "grassroots_service"))  # fmt: skip
        claim = session.scalars(
            select(Claim).where(Claim.kind_id == border.id, Claim.computed_hours == 20)
        ).one()
        claim.decided_at = now() - dt.timedelta(days=9)  # the first of the two
        keys = border.id, served_here.id
        session.commit()
    draft = drafted(client, "rule", GRASSROOTS, unit_hours="5")
    for into in (None, keys[1]):
        with year.session() as session:
            session.get(ClaimKind, keys[0]).merged_into_id = into
            session.commit()
        lines.append(found_of(year, rehearsed(client, draft))["engineer"])
    # 24 become 20 hours; of a cap of 30 the other 20 leave 10 by either rule, and the claim stays as it was.
    assert lines == [(0, 0, 1, 0, 4), (0, 0, 0, 0, 0)]
