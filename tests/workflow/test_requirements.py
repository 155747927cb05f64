"""What a year asks of whom: every title level belongs to a group, and a group's own requirement goes before the one for everybody."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from factories import YEAR, make_certificate, make_person, make_summary
from sqlalchemy import event, literal, select

from models import Account, CreditYear, Organization, Person, Requirement, YearSummary
from models.enums import CertificateStatus, TitleLevelGroup
from permissions.wall import unscoped
from services import completion
from workflow.postings import group_of, judge, would_change

SENIOR, JUNIOR = TitleLevelGroup.SENIOR_MIDDLE.value, TitleLevelGroup.JUNIOR.value
GROUPS = {
    "senior": SENIOR,
    "full_senior": SENIOR,
    "associate_senior": SENIOR,
    "middle": SENIOR,
    "junior": JUNIOR,
    "technician_junior": JUNIOR,
    "none": JUNIOR,
}
DICTIONARY = Path(__file__).parents[2] / "seed/reference/dictionaries/title_level.csv"


def test_every_code_of_the_dictionary_belongs_to_a_group(system):
    with DICTIONARY.open(encoding="utf-8") as file:
        assert {row["code"] for row in csv.DictReader(file)} == GROUPS.keys()
    for code, group in (*GROUPS.items(), (None, JUNIOR)):
        assert system.scalar(select(group_of(literal(code)))) == group, code


@pytest.fixture
def year(world, system):
    """A year that asks 90 of everybody; a senior and a junior with 85 hours, and a person who has not begun."""
    hospital = system.get(Organization, world.id(Organization, "hospital"))
    people = {}
    for code in ("senior", "junior"):
        person = make_person(system, code, hospital, title_level_code=code)
        people[code] = make_summary(system, person, public_hours=30, specialty_hours=55).id
    judged(system)
    return people


def judged(system):
    judge(system, YearSummary.__table__.c.credit_year == YEAR)
    system.expire_all()


def ask(system, group, total, year=YEAR):
    system.add(
        Requirement(year=year, title_level_group=group, public_hours=30, specialty_hours=50, total_hours=total,
                    legal_basis="测试")
    )  # fmt: skip
    system.flush()


def states(system, people):
    return {
        code: (system.get(YearSummary, key).required_total, system.get(YearSummary, key).complete)
        for code, key in people.items()
    }


def test_a_group_s_own_requirement_goes_before_the_one_for_everybody(system, year):
    assert states(system, year) == {"senior": (90, False), "junior": (90, False)}
    ask(system, "junior", 80)
    of_year = YearSummary.__table__.c.credit_year == YEAR
    before = set(system.scalars(select(YearSummary.id).where(of_year, YearSummary.complete)))
    told = would_change(system, of_year)
    judged(system)
    assert states(system, year) == {"senior": (Decimal(90), False), "junior": (Decimal(80), True)}
    after = set(system.scalars(select(YearSummary.id).where(of_year, YearSummary.complete)))
    assert told == (len(after - before), len(before - after))
    assert would_change(system, of_year) == (0, 0)


def test_so_a_person_who_has_not_begun_is_told_what_holds_for_him(world, system, open_session):
    ask(system, "junior", 70)
    system.commit()
    session = open_session(world.actors["nurse"])
    assert completion.own_year(session, YEAR).parts[-1].required == 70


def test_of_a_year_without_requirement_nothing_is_asked(system, year):
    with unscoped(system, "the test takes everything away"):
        for row in system.scalars(select(Requirement)).all():
            system.delete(row)
    judged(system)
    assert states(system, year) == {"senior": (0, False), "junior": (0, False)}
    assert system.scalars(select(CreditYear)).first() is not None


# ---------------------------------------------------------------- a title level that changes
def split(system, year=YEAR):
    """Let a year ask 80 of juniors and 90 of everybody else."""
    ask(system, SENIOR, 90, year)
    ask(system, JUNIOR, 80, year)


def judged_then(system, people, **columns):
    """Give people 85 hours each, as a posting would."""
    keys = {code: make_summary(system, person, public_hours=30, specialty_hours=55, **columns).id
            for code, person in people.items()}  # fmt: skip
    judge(system, YearSummary.__table__.c.id.in_(keys.values()))
    system.expire_all()
    return keys


@pytest.fixture
def people(world, system):
    hospital = system.get(Organization, world.id(Organization, "hospital"))
    return {code: make_person(system, code, hospital, title_level_code=code) for code in ("senior", "junior")}


def test_the_years_of_a_title_level_that_changes_are_judged_anew_at_once(system, people):
    split(system)
    keys = judged_then(system, people)
    assert states(system, keys) == {"senior": (90, False), "junior": (80, True)}
    people["senior"].title_level_code, people["junior"].title_level_code = "junior", "middle"
    asked = []

    def note(*given):
        asked.append(given[2])

    event.listen(system.connection(), "before_cursor_execute", note)
    system.flush()
    assert len([one for one in asked if one.startswith("UPDATE year_summary")]) == 1, "one for all of them"
    system.expire_all()
    assert states(system, keys) == {"senior": (80, True), "junior": (90, False)}


@pytest.mark.parametrize(
    ("level", "judged_anew"), [("middle", False), ("none", True), (None, True), ("technician_junior", True)]
)
def test_what_holds_for_the_group_of_the_new_title_level_is_asked(system, people, level, judged_anew):
    split(system)
    keys = judged_then(system, people)
    people["senior"].title_level_code = level
    system.flush()
    system.expire_all()
    assert states(system, keys)["senior"] == ((80, True) if judged_anew else (90, False))


def test_other_changes_of_a_person_judge_nothing(system, people):
    keys = judged_then(system, people)
    split(system)  # past the publication, which would judge them
    people["junior"].school, people["junior"].title_series_code = "郑州大学", "health"
    system.flush()
    system.expire_all()
    assert states(system, keys)["junior"] == (90, False)


def test_a_closed_year_and_an_issued_certificate_stay_as_when_a_requirement_is_published(
    world, system, people
):
    account = system.get(Account, world.id(Account, "hospital_admin"))
    split(system)
    split(system, YEAR - 1)  # closed since February
    closed, keys = judged_then(system, people, year=YEAR - 1), judged_then(system, people)
    certificate = make_certificate(system, people["junior"], account)
    people["junior"].title_level_code = "middle"
    system.flush()
    system.expire_all()
    assert states(system, closed)["junior"] == (80, True)
    assert states(system, keys)["junior"] == (90, False)
    assert certificate.status is CertificateStatus.VALID
    assert system.get(Person, people["junior"].id).title_level_code == "middle"
