"""Working days: what is worked, how many full ones lie between two moments, and the one moment lists compare with."""

from __future__ import annotations

import datetime as dt

import pytest

from models import CalendarDay
from models.base import CHINA
from services.remembered import forget
from services.working_days import Calendar, calendar

# October 2026: 1 to 7 off (Thursday to Wednesday), Saturday 10 worked.
OCTOBER = Calendar(
    {dt.date(2026, 10, number): False for number in (1, 2, 5, 6, 7)} | {dt.date(2026, 10, 10): True}
)
PLAIN = Calendar({})


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-09-30", True),
        ("2026-10-01", False),
        ("2026-10-03", False),  # Saturday
        ("2026-10-08", True),
        ("2026-10-10", True),  # Saturday, worked
        ("2026-10-11", False),
    ],
)
def test_a_day_is_worked_by_the_calendar_and_else_by_the_week(day, works):
    assert OCTOBER.works(dt.date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("known", "since", "moment", "days"),
    [
        (PLAIN, "2026-11-23 09:00", "2026-11-23 17:00", 0),  # Monday, the same day
        (
            PLAIN,
            "2026-11-23 09:00",
            "2026-11-24 23:59",
            0,
        ),  # the day of arrival does not count, today not yet
        (PLAIN, "2026-11-23 09:00", "2026-11-25 00:00", 1),
        (PLAIN, "2026-11-23 23:59", "2026-11-27 08:00", 3),
        (PLAIN, "2026-11-20 09:00", "2026-11-23 09:00", 0),  # over a weekend
        (PLAIN, "2026-11-21 09:00", "2026-11-24 09:00", 1),  # arrived on a Saturday: Monday is over
        (PLAIN, "2026-11-27 09:00", "2026-11-23 09:00", 0),  # the wrong way round
        (PLAIN, "2025-11-24 09:00", "2026-11-24 09:00", 260),
        (OCTOBER, "2026-09-30 09:00", "2026-10-09 09:00", 1),  # the eighth
        (PLAIN, "2026-09-30 09:00", "2026-10-09 09:00", 6),
        (OCTOBER, "2026-10-09 09:00", "2026-10-12 09:00", 1),  # the worked Saturday
    ],
)
def test_full_working_days_are_counted_between_two_moments(known, since, moment, days):
    assert known.waited(at(since), at(moment)) == days


def test_a_moment_counts_by_the_calendar_day_in_china():
    late = dt.datetime(2026, 11, 22, 17, tzinfo=dt.UTC)  # Monday 01:00 in China
    assert PLAIN.waited(late, at("2026-11-25 01:00")) == 1


@pytest.mark.parametrize(
    ("known", "day", "number", "before"),
    [
        (PLAIN, "2026-11-25", 1, "2026-11-24 00:00"),
        (PLAIN, "2026-11-27", 3, "2026-11-24 00:00"),
        (PLAIN, "2026-11-23", 1, "2026-11-20 00:00"),  # asked on Monday: Friday was the full day
        (PLAIN, "2026-11-22", 1, "2026-11-20 00:00"),
        (OCTOBER, "2026-10-09", 1, "2026-10-08 00:00"),
        (OCTOBER, "2026-10-09", 2, "2026-09-30 00:00"),
        (OCTOBER, "2026-10-12", 1, "2026-10-10 00:00"),
    ],
)
def test_what_has_waited_so_many_days_arrived_before_one_moment(known, day, number, before):
    assert known.waiting_since(dt.date.fromisoformat(day), number) == at(before)


@pytest.mark.parametrize("known", [PLAIN, OCTOBER], ids=["week", "October"])
def test_counting_and_comparing_say_the_same(known):
    asked = at("2026-10-14 10:00")
    for hours in range(24 * 30):
        since = at("2026-09-14 10:00") + dt.timedelta(hours=hours)
        for number in (1, 3, 10):
            waiting = since < known.waiting_since(asked.date(), number)
            assert waiting is (known.waited(since, asked) >= number), (since, number)


@pytest.mark.parametrize("number", [0, -1])
def test_no_days_at_all_cannot_be_asked_for(number):
    with pytest.raises(ValueError, match=str(number)):
        PLAIN.waiting_since(dt.date(2026, 11, 25), number)


def test_a_year_of_which_no_day_is_named_is_not_known():
    assert OCTOBER.knows(2026)
    assert not OCTOBER.knows(2027)


def test_the_stored_calendar_is_read_and_its_change_noticed(system, world):
    assert calendar(system).differing == {dt.date(2026, 10, 1): False}
    system.add(CalendarDay(day=dt.date(2026, 10, 10), working=True, name="国庆节调休", legal_basis="测试"))
    system.commit()
    assert calendar(system).works(dt.date(2026, 10, 10))
    forget()
