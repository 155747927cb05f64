"""Periods of a year by region: the nearest counts, everything else goes on as before."""

from __future__ import annotations

import datetime as dt

import pytest
from factories import TODAY, YEAR, make_claim
from sqlalchemy import String, delete, literal, select, update
from stage import REASON

from models import Claim, CreditYear, Person, RegionPeriod
from workflow import periods

OPEN, SHUT = dt.date(YEAR, 12, 31), dt.date(YEAR, 1, 2)
FIRST = dt.date(YEAR, 1, 1)
JINSHUI, ZHENGZHOU, LUOYANG, JIYUAN, PROVINCE = "410105", "410100", "410300", "419001", "410000"
PEOPLE = {JINSHUI: "doctor", ZHENGZHOU: "engineer", LUOYANG: "teacher", JIYUAN: "miller"}
ASKED = [periods.claims_open, periods.approvals_open, periods.approvals_not_over]


def close(stage, day, year=YEAR):
    values = {"claims_close": day, "approvals_close": day}
    stage.system.execute(update(CreditYear.__table__).where(CreditYear.year == year).values(values))


def give(stage, region, day, year=YEAR):
    stage.system.add(
        RegionPeriod(
            year=year, region_code=region, claims_open=FIRST, claims_close=day, approvals_open=FIRST, approvals_close=day,
        )
    )  # fmt: skip
    stage.system.flush()


def open_in(asked, stage):
    """Return the regions whose claims pass, asked of all of them in one statement."""
    row = Claim.__table__.c
    keys = [
        make_claim(stage.system, stage.row(Person, name), status="declared").id for name in PEOPLE.values()
    ]
    passing = select(row.region_code).where(row.id.in_(keys), asked(TODAY, row.credit_year, row.region_code))
    return set(stage.system.scalars(passing))


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.__name__)
@pytest.mark.parametrize(
    ("general", "own", "expected"),
    [
        (OPEN, {}, {JINSHUI, ZHENGZHOU, LUOYANG, JIYUAN}),
        (SHUT, {}, set()),
        (SHUT, {ZHENGZHOU: OPEN}, {JINSHUI, ZHENGZHOU}),
        (SHUT, {JINSHUI: OPEN}, {JINSHUI}),
        (SHUT, {ZHENGZHOU: OPEN, JINSHUI: SHUT}, {ZHENGZHOU}),
        (OPEN, {ZHENGZHOU: SHUT, JINSHUI: OPEN}, {JINSHUI, LUOYANG, JIYUAN}),
        (OPEN, {PROVINCE: SHUT, ZHENGZHOU: OPEN}, {JINSHUI, ZHENGZHOU}),
        (SHUT, {JIYUAN: OPEN}, {JIYUAN}),
    ],
)
def test_the_nearest_period_counts(stage, asked, general, own, expected):
    close(stage, general)
    for region, day in own.items():
        give(stage, region, day)
    assert open_in(asked, stage) == expected


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.__name__)
def test_a_period_of_another_year_changes_nothing(stage, asked):
    give(stage, ZHENGZHOU, SHUT, YEAR - 1)
    assert open_in(asked, stage) == set(PEOPLE)


def test_a_period_given_up_restores_what_was_before(stage):
    close(stage, SHUT)
    give(stage, ZHENGZHOU, OPEN)
    assert open_in(periods.claims_open, stage) == {JINSHUI, ZHENGZHOU}
    stage.system.execute(delete(RegionPeriod).where(RegionPeriod.region_code == ZHENGZHOU))
    assert open_in(periods.claims_open, stage) == set()


@pytest.mark.parametrize(("region", "expected"), [(JINSHUI, True), (LUOYANG, False), (None, False)])
def test_a_region_that_is_no_column_is_asked_for_as_well(stage, region, expected):
    close(stage, SHUT)
    give(stage, JINSHUI, OPEN)
    year = CreditYear.__table__.c.year
    asked = select(year).where(year == YEAR, periods.claims_open(TODAY, year, literal(region, String)))
    assert (stage.system.scalar(asked) == YEAR) is expected


@pytest.mark.parametrize(
    ("name", "status", "who", "sentence"),
    [
        ("submit", "draft", "doctor", "claims_closed"),
        ("declare", "submitted", "hospital_admin", "claims_closed"),
        ("approve", "declared", "jinshui_admin", "approvals_closed"),
        ("reject", "declared", "jinshui_admin", "approvals_closed"),
    ],
)
def test_what_is_done_to_a_claim_goes_by_the_days_of_its_region(stage, name, status, who, sentence):
    doctor = stage.row(Person, "doctor")
    first, second = (make_claim(stage.system, doctor, status=status) for _ in range(2))
    give(stage, JINSHUI, SHUT)
    assert stage.told(who, name, first, reason=REASON) == sentence
    stage.system.execute(delete(RegionPeriod).where(RegionPeriod.region_code == JINSHUI))
    give(stage, LUOYANG, SHUT)
    assert stage.told(who, name, second, reason=REASON) == "done"


def test_a_batch_over_regions_is_settled_row_by_row(stage):
    close(stage, SHUT)
    give(stage, LUOYANG, OPEN)
    province = stage.row(Person, "doctor"), stage.row(Person, "teacher")
    office = stage.world.actors["province_admin"].organization_id
    from models import Organization

    claims = [
        make_claim(stage.system, person, status="declared", approver=stage.system.get(Organization, office))
        for person in province
    ]
    outcome = stage.fire("province_admin", "approve", *claims)
    assert stage.outcomes(outcome.batch_key) == {claims[0].id: "approvals_closed", claims[1].id: "done"}
