"""Reminders: who is told of what waits too long, when, how often, and never twice."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import event, func, select, update
from world import build_world

from models import Account, Claim, Delegation, Notice, Organization, Reminder, Setting
from models.base import CHINA
from models.enums import UserType
from permissions.wall import ALL, ScopedSession, set_scope
from services import home, reminders
from services.queues import QUEUES, address, among
from services.remembered import forget
from views.menu import MENUS

ARRIVED = dt.datetime(
    2026, 11, 2, 10, tzinfo=CHINA
)  # a Monday: three full working days on Friday, ten on the 17th
PUBLIC_CLAIMS = "待审核和上报的公需科目申报"


def morning(day):
    return dt.datetime(2026, 11, day, 8, 3, tzinfo=CHINA)


@pytest.fixture(autouse=True)
def nothing_remembered():
    forget()
    yield
    forget()


@pytest.fixture
def waiting(system, world):
    """Let everything that waits have arrived at one moment, and nobody have been told before."""
    for model in {queue.model for queue in QUEUES.values()}:
        system.execute(update(model.__table__).values(status_since=ARRIVED))
    system.execute(update(Notice.__table__).values(read_at=ARRIVED))
    return system


def told(session, moment):
    """Send what is due at a moment and return the new messages by (account, link)."""
    last = session.scalar(select(func.max(Notice.id)))
    number = sum(reminders.remind(session, endpoint, moment) for endpoint in QUEUES)
    found = {
        (row.account_id, row.link, row.title): row
        for row in session.scalars(select(Notice).where(Notice.id > last))
    }
    assert len(found) == number
    return list(found.values())


def to(session, world, notices, name):
    return [row for row in notices if row.account_id == world.id(Account, name)]


# ---------------------------------------------------------------- to the office that holds it
def test_an_office_is_told_of_what_its_home_page_counts(waiting, world, open_session):
    notices = told(waiting, morning(6))
    admins = {name: actor for name, actor in world.actors.items() if name.endswith("_admin")}
    found = 0
    for name, actor in admins.items():
        endpoints = [entry.endpoint for entry in MENUS[actor.user_type]]
        session = open_session(actor)
        todos = {todo.name: todo.count for todo in home.todos(session, actor, endpoints)}
        session.close()
        for endpoint in among(actor, endpoints):
            mine = [row for row in to(waiting, world, notices, name) if row.link == address(endpoint)]
            assert bool(mine) is bool(todos[endpoint]), (name, endpoint)
            for row in mine:
                assert row.title == (
                    f"{QUEUES[endpoint].label}有 {todos[endpoint]} 件等待已满 3 个工作日，最早一件已等 3 个工作日"
                )
                found += 1
    assert found == len(notices) > 10


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        (morning(5), False),  # Thursday: two full days
        (dt.datetime(2026, 11, 6, 0, 1, tzinfo=CHINA), True),
        (morning(6), True),
        (morning(7), False),  # Saturday
        (morning(9), True),
        (dt.datetime(2026, 10, 1, 8, 3, tzinfo=CHINA), False),  # a holiday, long before
    ],
)
def test_nothing_is_sent_too_early_or_on_a_day_that_is_not_worked(waiting, moment, due):
    assert bool(told(waiting, moment)) is due


def test_who_waits_and_who_may_not_act_are_told_nothing(waiting, world):
    hospital_admin = waiting.get(Account, world.id(Account, "hospital_admin"))
    table = Account.__table__
    waiting.execute(table.update().where(table.c.id == hospital_admin.id).values(status="disabled"))
    notices = told(waiting, morning(6))
    people = select(Account.id).where(Account.user_type == UserType.PERSON)
    assert not {row.account_id for row in notices} & set(waiting.scalars(people))
    assert not to(waiting, world, notices, "hospital_admin")
    assert to(waiting, world, notices, "school_admin")
    offices = Organization.__table__
    waiting.execute(
        offices.update().where(offices.c.id == world.id(Organization, "school")).values(status="disabled")
    )
    assert not to(waiting, world, told(waiting, morning(11)), "school_admin")


@pytest.fixture
def left(waiting, world):
    """Return a function that stores what the bureau of Zhengzhou leaves to the one of Luoyang, and for which days."""
    key, giver, delegate = (
        world.id(Delegation, "jiyuan-to-luoyang"), world.actors["zhengzhou_admin"], world.actors["luoyang_admin"],
    )  # fmt: skip
    own = {"giver_id": giver.account_id, "office_id": giver.organization_id, "last_day": dt.date(2026, 11, 6),
           "delegate_id": delegate.account_id, "delegate_office_id": delegate.organization_id}  # fmt: skip

    def leave(works=("claims",), first_day=dt.date(2026, 11, 6), **more):
        values = own | {"works": list(works), "first_day": first_day} | more
        waiting.execute(update(Delegation.__table__).where(Delegation.id == key).values(values))
        return f"/admin/delegation/details/?id={key}"

    return leave


def test_who_decides_in_somebody_s_place_is_told_as_well_as_the_office(waiting, world, left):
    link = left()
    notices = told(waiting, morning(6))
    [mine] = [row for row in to(waiting, world, notices, "luoyang_admin") if row.link == link]
    [theirs] = [
        row for row in to(waiting, world, notices, "zhengzhou_admin") if row.link == address("claim-decision")
    ]
    assert mine.title == f"代郑州市人社局办理：{theirs.title}"


@pytest.mark.parametrize(
    "values",
    [
        {"works": ["training"]},  # nothing of it waits
        {"works": []},
        {"first_day": dt.date(2026, 11, 2), "last_day": dt.date(2026, 11, 5)},
        {"first_day": dt.date(2026, 11, 7), "last_day": dt.date(2026, 11, 9)},
        {"ended_at": ARRIVED, "ended_how": "early"},
    ],
)
def test_who_does_not_decide_it_today_is_not_told(waiting, world, left, values):
    link, works = left(**values), values.get("works")
    titles = [row.title for row in told(waiting, morning(6)) if row.link == link]
    assert not [title for title in titles if works is None or "申报" in title]


@pytest.mark.parametrize("who", ["zhengzhou_admin", "luoyang_admin"])
def test_a_delegation_of_whom_may_not_act_reaches_nobody(waiting, world, left, who):
    link = left()
    waiting.execute(
        update(Account.__table__).where(Account.id == world.actors[who].account_id).values(status="disabled")
    )
    assert [row for row in told(waiting, morning(6)) if row.link == link] == []


def test_the_link_leads_to_the_queue_narrowed_to_what_waits(waiting, world):
    links = {row.link for row in to(waiting, world, told(waiting, morning(6)), "hospital_admin")}
    assert links == {
        "/admin/account-review/",
        "/admin/claim-public/",
        "/admin/transfer/?status=pending&direction=in",
        "/admin/correction/?status=pending",
    }


# ---------------------------------------------------------------- how often
@pytest.mark.parametrize(
    ("days", "sent"),
    [
        ((6, 6), (True, False)),  # a second run of the same day
        ((6, 9, 10, 11, 12), (True, False, False, True, False)),  # every third working day
        ((10, 11, 12, 13), (True, False, False, True)),  # begun late, after a holiday of the worker
    ],
)
def test_a_queue_is_reminded_of_every_so_many_working_days(waiting, days, sent):
    assert tuple(bool(told(waiting, morning(day))) for day in days) == sent


def test_the_days_are_the_administrator_s_settings(waiting):
    waiting.add_all([Setting(key="remind_after", value="1"), Setting(key="escalate_after", value="2")])
    waiting.commit()
    assert not told(waiting, morning(3))
    titles = [row.title for row in told(waiting, morning(4))]
    assert titles
    assert all("等待已满 1 个工作日" in title for title in titles)
    assert any("等待已满 2 个工作日" in row.title for row in told(waiting, morning(5)))


def test_what_was_taken_back_is_told_again_and_nothing_twice(waiting):
    with waiting.begin_nested() as half:
        reminders.remind(waiting, "claim-public", morning(6))
        half.rollback()
    first = told(waiting, morning(6))
    assert first
    assert told(waiting, morning(6)) == []
    rows = waiting.execute(
        select(Reminder.queue, Reminder.office_id, func.count(Reminder.id))
        .where(Reminder.day == morning(6).date())
        .group_by(Reminder.queue, Reminder.office_id)
    ).all()
    assert {number for *_key, number in rows} == {1}


# ---------------------------------------------------------------- to the office above
def test_the_office_above_is_told_by_name_after_ten_days(waiting, world):
    assert not [row for row in told(waiting, morning(16)) if "：" in row.title]
    notices = [row for row in told(waiting, morning(17)) if "：" in row.title]
    [row] = [row for row in to(waiting, world, notices, "luoyang_admin") if "公需" in row.title]
    waits = waiting.scalar(
        select(func.count(Claim.id)).where(
            QUEUES["claim-public"].waits, Claim.employer_id == world.id(Organization, "school")
        )
    )
    assert (
        row.title == f"洛阳学校：{PUBLIC_CLAIMS}有 {waits} 件等待已满 10 个工作日，最早一件已等 10 个工作日"
    )
    assert row.body == "请督促办理。"
    assert row.link == f"/admin/organization/details/?id={world.id(Organization, 'school')}"


def test_an_installation_that_does_not_escalate_reminds_the_office_alone(waiting):
    waiting.add(Setting(key="escalate", value="0"))
    waiting.commit()
    notices = told(waiting, morning(17))
    assert notices
    assert not [row for row in notices if "：" in row.title]


def test_several_offices_below_are_one_message_that_names_them(waiting, world):
    notices = told(waiting, morning(17))
    [row] = [
        row
        for row in to(waiting, world, notices, "province_admin")
        if row.title.startswith("5 个下级机构：待审批的申报")
    ]
    assert row.link == "/admin/statistics/waiting/"
    for name in ("郑州市人社局", "洛阳市人社局", "济源市人社局", "省卫健委", "省教育厅"):
        assert f"{name} " in row.body
    assert "金水区人社局" not in row.body, "its superior is the city"
    [row] = [
        row
        for row in to(waiting, world, notices, "zhengzhou_admin")
        if "金水区人社局：待审批的申报" in row.title
    ]
    assert row.link.endswith(f"?id={world.id(Organization, 'jinshui')}")


def test_nobody_is_above_the_province(waiting, world):
    told(waiting, morning(17))
    escalated = waiting.scalars(select(Reminder.office_id).where(Reminder.level == "escalate"))
    assert world.id(Organization, "province") not in set(escalated)


def test_a_long_list_of_offices_is_cut(waiting, world, monkeypatch):
    monkeypatch.setattr(reminders, "NAMED", 2)
    notices = to(waiting, world, told(waiting, morning(17)), "province_admin")
    [row] = [row for row in notices if row.title.startswith("5 个下级机构：待审批的申报")]
    assert row.body.endswith("；另有 3 个机构。")
    assert row.body.count("个工作日") == 2


# ---------------------------------------------------------------- cost, and two at once
def test_the_number_of_statements_does_not_depend_on_what_waits(waiting, connection):
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("SAVEPOINT", "RELEASE")):
            statements.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    numbers = []
    for model in (None, Claim):
        if model:
            employer = model.__table__.c.employer_id
            one = select(func.min(Organization.id)).where(Organization.kind == "employer").scalar_subquery()
            waiting.execute(update(model.__table__).values(employer_id=one).where(employer != one))
        reminders.remind(waiting, "claim-public", morning(17 if model is None else 30))
        numbers.append(len(statements))
        statements.clear()
    event.remove(connection, "before_cursor_execute", note)
    assert numbers[0] <= 2 * 3 + 3, (
        "for each level: write down, look up, tell; once the calendar, the settings, and who stands in for somebody"
    )
    assert numbers[1] <= numbers[0] + 1


def test_old_reminders_are_forgotten(waiting):
    told(waiting, morning(6))
    kept = waiting.scalar(select(func.count(Reminder.id)))
    reminders.forget(waiting, morning(6).date())
    assert waiting.scalar(select(func.count(Reminder.id))) == kept
    reminders.forget(waiting, dt.date(2027, 12, 31))
    assert waiting.scalar(select(func.count(Reminder.id))) == 0


def test_two_workers_at_once_tell_everybody_once(engine):
    with ScopedSession(engine) as session:
        build_world(session)
        session.execute(update(Claim.__table__).values(status_since=ARRIVED))
        session.commit()
    start, numbers, failures = threading.Barrier(2), [], []

    def work():
        try:
            start.wait(timeout=30)
            for endpoint in QUEUES:
                with ScopedSession(engine) as session:
                    set_scope(session, ALL)
                    numbers.append(reminders.remind(session, endpoint, morning(6)))
                    session.commit()
        except Exception as failure:  # noqa: BLE001  (a thread's failure is the test's)
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not failures
    with ScopedSession(engine) as session:
        set_scope(session, ALL)
        titles = session.execute(
            select(Notice.account_id, Notice.title, func.count(Notice.id))
            .where(Notice.title.contains("等待已满"))
            .group_by(Notice.account_id, Notice.title)
        ).all()
    assert sum(numbers) == len(titles) > 0
    assert {number for *_key, number in titles} == {1}
