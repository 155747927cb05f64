"""Working days: Monday to Friday, except for what the calendar (工作日历) says otherwise.

A period of working days begins with the day after the one something arrived on and is over when its last day is (民法典
第二百零一条; 行政许可法第八十二条). So neither the day of arrival counts, nor today while it lasts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from models import CalendarDay
from models.base import CHINA
from services.remembered import remembered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

WEEK = 5
"""Days of a week that are worked unless the calendar says otherwise."""
ONE = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked.

    Attributes:
        differing: whether a day is worked, of the days the calendar names; all others go by the week.
    """

    differing: Mapping[dt.date, bool]

    def works(self, day: dt.date) -> bool:
        """Tell whether a day is a working day."""
        return self.differing.get(day, usually_works(day))

    def knows(self, year: int) -> bool:
        """Tell whether the calendar names any day of a year; of one it does not, Monday to Friday count."""
        return any(day.year == year for day in self.differing)

    def waited(self, since: dt.datetime, moment: dt.datetime) -> int:
        """Return how many full working days lie between two moments; 0 where the first is not the earlier one."""
        first, last = since.astimezone(CHINA).date() + ONE, moment.astimezone(CHINA).date()
        if first >= last:
            return 0
        corrected = sum(
            works - usually_works(day) for day, works in self.differing.items() if first <= day < last
        )
        return _weekdays_before(last) - _weekdays_before(first) + corrected

    def back(self, day: dt.date, number: int) -> dt.date:
        """Return the working day that lies so many working days before a day, which itself does not count.

        Raises:
            ValueError: ``number`` is less than one.
        """
        if number < 1:
            raise ValueError(number)
        left = number
        while left:
            day -= ONE
            left -= self.works(day)
        return day

    def waiting_since(self, day: dt.date, number: int) -> dt.datetime:
        """Return the moment before which something arrived that has waited so many full working days on a day.

        Lists compare their column with it: ``status_since < calendar.waiting_since(today(), 3)``.

        Args:
            day: the day in China that is asked about.
            number: full working days, one or more.

        Raises:
            ValueError: ``number`` is less than one.
        """
        return dt.datetime.combine(self.back(day, number), dt.time(), CHINA).astimezone(dt.UTC)


def usually_works(day: dt.date) -> bool:
    """Tell whether a day is one of Monday to Friday."""
    return day.weekday() < WEEK


def _weekdays_before(day: dt.date) -> int:
    weeks, rest = divmod(day.toordinal() - 1, 7)  # 0001-01-01 was a Monday
    return weeks * WEEK + min(rest, WEEK)


def calendar(session: Session) -> Calendar:
    """Return the calendar as it is stored; remembered for a moment, as all base data."""
    return remembered(_stored, session)


def _stored(session: Session) -> Calendar:
    rows = session.execute(select(CalendarDay.day, CalendarDay.working))
    return Calendar({day: working for day, working in rows})  # noqa: C416  (rows, not pairs)
