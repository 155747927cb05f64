"""Whoever is in service stands in the list of every year that takes claims, though nothing is credited yet."""

from __future__ import annotations

import datetime as dt

import pytest
from factories import TODAY, YEAR, make_person
from sqlalchemy import delete, select

from models import CreditYear, LedgerEntry, Organization, YearSummary
from models.enums import YearState
from services import certificate_years, ledger, statistics_keeping, year_rows


@pytest.fixture
def hospital(world, system):
    return system.get(Organization, world.id(Organization, "hospital"))


def years_of(system, person):
    rows = select(YearSummary).where(YearSummary.person_id == person.id)
    return {row.credit_year: row for row in system.scalars(rows)}


def test_a_row_of_zeros_is_there_once_and_judged_like_any_other(system, hospital):
    person = make_person(system, "无学时", hospital)
    retired = make_person(system, "退休", hospital, state="retired")
    assert year_rows.begin(system, day=TODAY) > 0
    row = years_of(system, person)[YEAR]
    assert (row.employer_id, row.region_code) == (hospital.id, hospital.region_code)
    assert (row.public_hours, row.specialty_hours, row.complete) == (0, 0, False)
    assert row.required_total == 90
    assert certificate_years.state_of(row, None) is YearState.LACKING
    assert years_of(system, retired) == {}
    assert year_rows.begin(system, day=TODAY) == 0


def test_what_stands_there_is_left_alone(system, hospital, world):
    before = {row.id: row.public_hours for row in system.scalars(select(YearSummary))}
    year_rows.begin(system, day=TODAY)
    system.expire_all()
    after = {row.id: row.public_hours for row in system.scalars(select(YearSummary))}
    assert before.items() <= after.items()


def test_only_years_that_take_claims_and_have_begun(system, hospital):
    person = make_person(system, "无学时", hospital)
    day = dt.date(YEAR + 1, 12, 31)
    past, ahead = dt.date(YEAR - 3, 1, 1), dt.date(YEAR + 2, 12, 31)
    for year, opens, closes in ((YEAR - 3, past, past), (YEAR + 2, past, ahead)):
        system.execute(delete(CreditYear).where(CreditYear.year == year))
        system.add(CreditYear(year=year, claims_open=opens, claims_close=closes, approvals_open=opens,
                              approvals_close=closes))  # fmt: skip
    system.flush()
    year_rows.begin(system, day=day)
    assert not {YEAR - 3, YEAR + 2} & years_of(system, person).keys()


def test_the_worker_gives_them_to_people_who_were_changed(system, hospital, world, monkeypatch):
    monkeypatch.setattr(year_rows, "today", lambda: TODAY)
    statistics_keeping.rebuild(system)
    other = make_person(system, "别处", system.get(Organization, world.id(Organization, "mill")))
    statistics_keeping.rebuild(system)
    person = make_person(system, "无学时", hospital)
    assert statistics_keeping.refresh(system) == 1
    assert YEAR in years_of(system, person)
    assert years_of(system, other) == {}  # his employer is not marked


def test_the_ledger_is_right_with_them_and_rebuilding_keeps_them(system, hospital):
    person = make_person(system, "无学时", hospital)
    system.execute(delete(LedgerEntry))
    system.execute(delete(YearSummary))
    year_rows.begin(system, day=TODAY)
    key = years_of(system, person)[YEAR].id
    assert [sentence for sentence in ledger.verify(system) if "年度完成情况" in sentence] == []
    ledger.rebuild(system)
    assert years_of(system, person)[YEAR].id == key
