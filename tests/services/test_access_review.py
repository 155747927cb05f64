"""权限审查: who is on the list, what is flagged, when the next one is due, and what is written down."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import insert, select, update
from workbooks import cells, sheets

from models import Account, JournalEntry, LoginSession, Organization
from models.enums import AccountStatus, UserType
from permissions.verbs import Verb
from services import access_review, exporting
from services.access_review import ALONE, HEADER, INITIAL, UNUSED

MOMENT = dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 24)


@pytest.fixture
def review(world, connection, open_session):
    """Return a function that gives an actor's list by account name."""
    connection.execute(update(LoginSession.__table__).values(created_at=MOMENT - dt.timedelta(days=3)))

    def of(name):
        actor = world.actors[name]
        session = open_session(actor)
        found = access_review.reviewed(session, access_review.keys(session, actor), MOMENT)
        return {world.names[Account][one.account.id]: one for one in found}

    return of


def change(connection, world, name, **values):
    connection.execute(
        update(Account.__table__).where(Account.__table__.c.id == world.id(Account, name)).values(**values)
    )


# ---------------------------------------------------------------- who is on it
@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("system_admin", {"system_admin", "province_admin"}),
        ("jinshui_admin", {"jinshui_admin", "hospital_admin"}),
        (
            "zhengzhou_admin",
            {"zhengzhou_admin", "jinshui_admin", "hospital_admin", "company_admin", "academy_admin"},
        ),
        ("hospital_admin", set()),
        ("health_admin", set()),
        ("doctor", set()),
    ],
)
def test_the_list_has_the_administrators_one_answers_for(review, who, names):
    assert set(review(who)) == names


def test_the_province_answers_for_all_but_the_system(review, world):
    named = set(review("province_admin"))
    opened = {name for name in world.ids[Account] if name.endswith("_admin")} - {
        "clinic_admin",
        "system_admin",
    }
    assert named == opened


def test_logins_that_were_taken_away_are_not_on_it(review, world, connection):
    change(connection, world, "hospital_admin", status=AccountStatus.DISABLED)
    assert "hospital_admin" in review("jinshui_admin")
    change(connection, world, "hospital_admin", status=AccountStatus.REMOVED)
    assert "hospital_admin" not in review("jinshui_admin")


# ---------------------------------------------------------------- what is flagged
@pytest.mark.parametrize(("days", "flagged"), [(0, False), (89, False), (90, True), (400, True)])
def test_a_login_unused_for_90_days_is_flagged(review, world, connection, days, flagged):
    key = world.id(Account, "hospital_admin")
    used = LoginSession.__table__
    connection.execute(
        update(used).where(used.c.account_id == key).values(created_at=MOMENT - dt.timedelta(days=days))
    )
    one = review("jinshui_admin")["hospital_admin"]
    assert one.days == days
    assert (UNUSED in one.flags) == flagged


def test_a_login_never_used_counts_from_its_opening(review, world, connection):
    key, used = world.id(Account, "hospital_admin"), LoginSession.__table__
    connection.execute(used.delete().where(used.c.account_id == key))
    change(connection, world, "hospital_admin", decided_at=MOMENT - dt.timedelta(days=120))
    one = review("jinshui_admin")["hospital_admin"]
    assert one.facts.last_login is None
    assert one.days == 120
    assert UNUSED in one.flags


def test_an_only_administrator_is_flagged_until_there_is_a_second(review, world, connection):
    assert ALONE in review("jinshui_admin")["hospital_admin"].flags
    change(connection, world, "company_admin", organization_id=world.id(Organization, "hospital"))
    found = review("jinshui_admin")
    assert {name: one.colleagues for name, one in found.items()} == {
        "jinshui_admin": 1, "hospital_admin": 2, "company_admin": 2,
    }  # fmt: skip
    assert ALONE not in found["hospital_admin"].flags
    change(connection, world, "company_admin", status=AccountStatus.DISABLED)
    found = review("jinshui_admin")
    assert ALONE in found["hospital_admin"].flags
    assert ALONE not in found["company_admin"].flags


def test_an_initial_password_never_changed_is_flagged(review, world, connection):
    assert INITIAL not in review("jinshui_admin")["hospital_admin"].flags
    change(connection, world, "hospital_admin", initial_password_until=MOMENT)
    assert INITIAL in review("jinshui_admin")["hospital_admin"].flags


def test_the_figures_are_those_of_the_list(review, world, connection, open_session):
    change(connection, world, "hospital_admin", initial_password_until=MOMENT)
    change(connection, world, "company_admin", status=AccountStatus.DISABLED)
    for name in ("system_admin", "province_admin", "zhengzhou_admin", "doctor"):
        listed = list(review(name).values())
        told = access_review.figures(open_session(world.actors[name]), world.actors[name], MOMENT)
        assert told.accounts == len(listed)
        assert told.flagged == sum(bool(one.flags) for one in listed)
        assert (told.unused, told.alone, told.initial) == tuple(
            sum(flag in one.flags for one in listed) for flag in (UNUSED, ALONE, INITIAL)
        )


# ---------------------------------------------------------------- the workbook
def test_the_workbook_masks_and_says_what_the_roles_may_do(review, tmp_path):
    found = list(review("zhengzhou_admin").values())
    kinds = {one.account.user_type for one in found}
    target = tmp_path / "review.xlsx"
    with target.open("wb") as file:
        number = exporting.write(
            file, "权限审查", HEADER, access_review.lines(found), {"内容": "x"}, [access_review.rights(kinds)]
        )
    assert number == len(found)
    data = target.read_bytes()
    assert sheets(data) == ["权限审查", "各类用户的权限", "说明"]
    (head, *lines) = cells(data)
    assert tuple(head) == HEADER
    for line, one in zip(lines, found, strict=True):
        assert one.account.citizen_id not in line
        assert line[5].count("*") == 10
        assert line[11] == "；".join(one.flags)
    rights = cells(data, 1)[1:]
    assert {line[0] for line in rights} == {kind.label for kind in kinds}
    assert [
        UserType.BUREAU.label,
        "继续教育信息",
        Verb.DECIDE.label,
        "申报到本机构审批的申报",
        "待审批",
    ] in rights


# ---------------------------------------------------------------- when
@pytest.mark.parametrize(
    ("day", "end"),
    [((2026, 1, 1), (2026, 3, 31)), ((2026, 3, 31), (2026, 3, 31)), ((2026, 4, 1), (2026, 6, 30)),
     ((2026, 9, 30), (2026, 9, 30)), ((2026, 11, 24), (2026, 12, 31)), ((2028, 2, 29), (2028, 3, 31))],
)  # fmt: skip
def test_a_quarter_ends_with_its_third_month(day, end):
    assert access_review.quarter_end(dt.date(*day)) == dt.date(*end)


@pytest.mark.parametrize(
    ("last", "due", "overdue"),
    [
        (None, (2026, 12, 31), False),
        ((2026, 11, 1), (2027, 3, 31), False),
        ((2026, 9, 30), (2026, 12, 31), False),
        ((2026, 6, 30), (2026, 12, 31), True),
        ((2024, 1, 1), (2026, 12, 31), True),
    ],
)
def test_the_next_review_is_due_by_the_end_of_the_next_quarter(
    world, connection, open_session, last, due, overdue
):
    actor = world.actors["jinshui_admin"]
    if last:
        noon = dt.datetime(*last, 4, tzinfo=dt.UTC)
        for office in (actor.organization_id, world.actors["luoyang_admin"].organization_id):
            connection.execute(
                insert(JournalEntry.__table__).values(
                    moment=noon if office == actor.organization_id else MOMENT,
                    actor_id=actor.account_id,
                    actor_organization_id=office,
                    object_type=access_review.OBJECT,
                    object_id=office,
                    action="export",
                    details={},
                )
            )
    told = access_review.reviews_of(open_session(actor), actor, TODAY)
    assert told.due == dt.date(*due)
    assert told.overdue == overdue
    assert (told.last is None) == (last is None)


def test_a_review_is_journaled_for_the_office(review, world, connection, open_session):
    actor = world.actors["jinshui_admin"]
    found = list(review("jinshui_admin").values())
    session = open_session(actor)
    access_review.record(session, actor, found)
    assert access_review.reviews_of(session, actor, TODAY).last is not None
    entry = JournalEntry.__table__
    row = connection.execute(select(entry).where(entry.c.object_type == access_review.OBJECT)).one()
    assert (row.object_id, row.actor_id, row.action) == (actor.organization_id, actor.account_id, "export")
    assert row.details == {"rows": 2, "flagged": 2}
