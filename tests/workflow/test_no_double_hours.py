"""No order of declaring, approving, returning, revoking, leaving and taking back counts one training twice (product §6).

One person is in two classes of one plan and claims the same training himself: three ways to the same hours.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest
from factories import make_claim, make_person
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from stage import CLAIM, REASON
from training_rows import FIRST, make_class, make_grade, make_plan

from models import Claim, Grade, GradeSheet, LedgerEntry, Organization, YearSummary
from services.reuse import activity_key
from workflow.grading import GRADE, GRADE_SHEET
from workflow.training import ENROLLMENT
from workflow.undo import BATCH

TABLES = {"claim": CLAIM, "grade": GRADE, "sheet": GRADE_SHEET, "student": ENROLLMENT}
OFFICES = {"claim": "jinshui_admin", "grade": "zhengzhou_admin", "sheet": "zhengzhou_admin"}
MOVES = [
    *(
        (what, name, which)
        for what in ("grade", "sheet")
        for name in ("approve", "return")
        for which in (0, 1)
    ),
    *((what, "undo", which) for what in ("grade", "sheet") for which in (0, 1)),
    *(("grade", "revoke", which) for which in (0, 1)),
    *(("sheet", name, which) for name in ("submit", "withdraw") for which in (0, 1)),
    ("student", "withdraw", 0),
    ("claim", "approve", 0),
    ("claim", "revoke", 0),
    ("claim", "undo", 0),
]


@dataclass
class Story:
    """Three ways to the same hours, and what was done to them."""

    stage: object
    rows: dict[str, list[object]]
    batches: dict[tuple[str, int], list[tuple[str, str]]] = field(default_factory=dict)

    def take(self, what, name, which):
        """Try one move; the tables say whether anything comes of it."""
        row, table = self.rows[what][which], TABLES[what]
        more = {}
        if name == "undo":
            done = self.batches.get((what, which))
            if not done:
                return
            name, batch = done.pop()
            name, more = f"undo_{name}", {"parameters": {BATCH: batch}}
        who = "academy_admin" if what == "student" or name in ("submit", "withdraw") else OFFICES[what]
        outcome = self.stage.fire(who, name, row, table=table, reason=REASON, **more)
        if outcome.done and name in ("approve", "return"):
            self.batches.setdefault((what, which), []).append((name, outcome.batch_key))


@pytest.fixture
def story(stage):
    """Return a function that begins the story anew."""

    def begin():
        person = make_person(stage.system, "新学员", stage.row(Organization, "hospital"))
        plan = make_plan(stage.system, stage.row(Organization, "academy"), name="公需科目培训")
        grades = [
            make_grade(stage.system, make_class(stage.system, plan), person, status="submitted")
            for _ in range(2)
        ]
        claim = make_claim(stage.system, person, status="declared", activity_key=activity_key(plan.name),
                           start_date=FIRST, end_date=FIRST)  # fmt: skip
        return Story(stage, {
            "grade": grades, "sheet": [grade.sheet for grade in grades],
            "student": [grade.enrollment for grade in grades], "claim": [claim],
        })  # fmt: skip

    return begin


def unreversed(stage, person_id):
    """Return how many postings of each source of a person stand."""
    statement = (
        select(LedgerEntry.source_type, LedgerEntry.source_id, LedgerEntry.kind, func.count())
        .where(LedgerEntry.person_id == person_id)
        .group_by(LedgerEntry.source_type, LedgerEntry.source_id, LedgerEntry.kind)
    )
    standing = Counter()
    for source, key, kind, count in stage.system.execute(statement):
        standing[source, key] += count if kind == "posting" else -count
    return standing


@settings(max_examples=15, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(moves=st.lists(st.sampled_from(MOVES), min_size=3, max_size=9))
@example(moves=[("sheet", "approve", 0), ("claim", "approve", 0), ("grade", "approve", 1), ("sheet", "undo", 0),
                ("claim", "approve", 0), ("sheet", "approve", 0)])  # fmt: skip
@example(moves=[("claim", "approve", 0), ("sheet", "approve", 0), ("claim", "undo", 0), ("grade", "approve", 0),
                ("grade", "revoke", 0), ("sheet", "approve", 1), ("claim", "approve", 0)])  # fmt: skip
@example(moves=[("grade", "return", 0), ("student", "withdraw", 0), ("grade", "approve", 1), ("grade", "undo", 1),
                ("sheet", "submit", 0), ("claim", "approve", 0)])  # fmt: skip
def test_one_training_counts_once_whatever_the_order(stage, story, moves):
    told = story()
    person_id = told.rows["claim"][0].person_id
    for move in moves:
        told.take(*move)
        standing = unreversed(stage, person_id)
        assert all(count in (0, 1) for count in standing.values()), moves
        assert sum(standing.values()) <= 1, moves
        hours = stage.system.scalar(
            select(func.sum(LedgerEntry.hours)).where(LedgerEntry.person_id == person_id)
        )
        year = stage.system.scalars(select(YearSummary).where(YearSummary.person_id == person_id)).first()
        counted = 0 if year is None else stage.row_of(year).public_hours + year.specialty_hours
        assert counted == (hours or 0), moves
        approved = [
            row for row in (*told.rows["grade"], *told.rows["claim"]) if stage.status(row) == "approved"
        ]
        assert len(approved) == sum(standing.values()), moves


def test_the_moves_are_those_of_the_tables():
    for what, name, _which in MOVES:
        names = {transition.name for transition in TABLES[what].transitions}
        assert name == "undo" or name in names, (what, name)
    assert {table.model for table in TABLES.values()} >= {Claim, Grade, GradeSheet}
