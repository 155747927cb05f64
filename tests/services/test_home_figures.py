"""What a home page tells: queues with their oldest row, the year, what needs care. Each role in its own scope."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from factories import TODAY, YEAR, make_claim, make_person, make_summary
from sqlalchemy import event, select, update

from models import CreditYear, HourRule, Organization, Person, Region
from models.enums import ClaimStatus
from services import completion, frame, home, region_standing
from services.remembered import remembered
from views.menu import MENUS

DAY = dt.date(YEAR, 11, 24)


def endpoints_of(actor):
    return [entry.endpoint for entry in MENUS[actor.user_type]]


@pytest.fixture
def acting(world, open_session):
    """Return a function that gives an actor of the world and his session."""

    opened = []

    def act(name):
        for session in opened:
            session.close()  # they share one connection: their savepoints end in order
        actor = world.actors[name]
        opened[:] = [open_session(actor)]
        return opened[0], actor

    return act


@pytest.fixture
def asked(connection):
    """The statements asked during a test."""
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("SAVEPOINT", "RELEASE", "BEGIN")):
            statements.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield statements
    event.remove(connection, "before_cursor_execute", note)


# ---------------------------------------------------------------- the frame
@pytest.mark.parametrize(
    ("name", "organization", "waiting"),
    [
        ("doctor", "金水医院", {}),
        (
            "hospital_admin",
            "金水医院",
            {"account-review": 1, "transfer": 1, "correction": 1, "claim-public": 3, "claim-specialty": 0},
        ),
        (
            "jinshui_admin",
            "金水区人社局",
            {"account-review": 1, "organization-change": 0, "claim-decision": 1, "training-plan-decision": 0,
             "grade-sheet-decision": 0},
        ),
        ("health_admin", "省卫健委", {"claim-decision": 1, "training-plan-decision": 0, "grade-sheet-decision": 1}),
        ("academy_admin", "郑州培训学院", {"grade-sheet": 2}),
        ("system_admin", "系统办公室", {}),
    ],
)  # fmt: skip
def test_the_frame_says_who_acts_and_what_waits_in_one_statement(acting, asked, name, organization, waiting):
    session, actor = acting(name)
    asked.clear()
    standing = frame.standing(session, actor, endpoints_of(actor))
    assert len(asked) == 1
    assert (standing.organization, standing.unread, standing.waiting) == (organization, 1, waiting)
    assert standing.person == actor.label.rsplit(" · ", maxsplit=1)[-1]


# ---------------------------------------------------------------- what waits
@pytest.mark.parametrize(
    ("name", "waits"),
    [
        ("doctor", {"returned": 1, "draft": 1, "notice": 1}),
        (
            "hospital_admin",
            {
                "account-review": 1,
                "transfer": 1,
                "correction": 1,
                "claim-public": 3,
                "claim-specialty": 0,
                "draft": 1,
                "notice": 1,
            },
        ),
        (
            "jinshui_admin",
            {"account-review": 1, "organization-change": 0, "claim-decision": 1, "training-plan-decision": 0,
             "grade-sheet-decision": 0, "notice": 1},
        ),
        ("system_admin", {"notice": 1}),
    ],
)  # fmt: skip
def test_what_waits_is_counted_in_one_statement(acting, asked, name, waits):
    session, actor = acting(name)
    asked.clear()
    found = {todo.name: todo.count for todo in home.todos(session, actor, endpoints_of(actor))}
    assert len(asked) == 1
    assert found == {key: number for key, number in waits.items() if number or key in endpoints_of(actor)}


def test_the_oldest_row_of_a_queue_is_known(acting, system, world):
    since = dt.datetime(YEAR, 10, 1, 2, tzinfo=dt.UTC)
    hospital = system.get(Organization, world.id(Organization, "hospital"))
    person = make_person(system, "surgeon", hospital)
    make_claim(system, person, status="submitted", subject="specialty", proof=False, status_since=since)
    system.commit()
    session, actor = acting("hospital_admin")
    [todo] = [
        item for item in home.todos(session, actor, endpoints_of(actor)) if item.name == "claim-specialty"
    ]
    assert (todo.count, todo.since) == (1, since)


def test_a_complete_year_without_certificate_waits_for_the_employer_only(acting, system, world):
    make_summary(system, system.get(Person, world.id(Person, "doctor")), year=YEAR - 1, complete=True)
    system.commit()
    for name, expected in (("hospital_admin", 1), ("school_admin", 0), ("jinshui_admin", 0)):
        session, actor = acting(name)
        found = {todo.name: todo.count for todo in home.todos(session, actor, endpoints_of(actor))}
        assert found.get("certificate", 0) == expected, name


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0, "1 小时以内"), (0.99, "1 小时以内"), (1, "1 小时"), (23.9, "23 小时"), (24, "1 天"), (300, "12 天")],
)
def test_waiting_is_said_in_words(hours, words):
    moment = dt.datetime(YEAR, 11, 24, tzinfo=dt.UTC)
    assert home.waited(moment - dt.timedelta(hours=hours), moment) == words


# ---------------------------------------------------------------- the year
def test_a_person_sees_what_is_credited_in_review_and_missing(acting):
    session, _actor = acting("doctor")
    own = completion.own_year(session, YEAR)
    rows = {part.label: (part.credited, part.in_review, part.missing) for part in own.parts}
    # Approved 20 of the summary; submitted, accepted and declared claims of 20 each in the public subject, one
    # declared in the specialty subject. The world's summary was never judged: it requires nothing.
    assert rows["公需"][:2] == (Decimal(20), Decimal(60))
    assert rows["专业"][:2] == (Decimal(0), Decimal(20))
    assert rows["合计"][:2] == (Decimal(20), Decimal(80))
    assert not own.complete


def test_a_person_without_any_hours_misses_the_whole_requirement(acting):
    session, _actor = acting("nurse")
    own = completion.own_year(session, YEAR)
    assert [(part.required, part.missing) for part in own.parts] == [(30, 30), (60, 60), (90, 90)]
    assert completion.own_year(session, 2090) is None


@pytest.mark.parametrize(
    ("name", "by", "groups"),
    [
        ("hospital_admin", "部门", [("办公室", 2, 1)]),
        ("jinshui_admin", "单位", [("金水医院", 2, 1)]),
        ("health_admin", "单位", [("金水医院", 2, 1)]),
        ("zhengzhou_admin", "区县", [("郑州市", 2, 1), ("金水区", 2, 1)]),
        ("jiyuan_admin", "单位", [("济源工厂", 2, 1)]),
        ("province_admin", "市", [("郑州市", 4, 2), ("洛阳市", 2, 1), ("济源市", 2, 1)]),
    ],
)
def test_an_office_sees_the_people_of_its_scope_by_group(acting, asked, name, by, groups):
    session, actor = acting(name)
    remembered(region_standing.merged, session)
    asked.clear()
    found = completion.of_scope(session, actor, YEAR - 1)
    assert len(asked) == 1
    assert (found.year, found.by) == (YEAR - 1, by)
    assert [(group.name, group.people, group.complete) for group in found.groups] == groups
    assert found.others is None
    total = found.total
    assert (total.people, total.complete) == (sum(g[1] for g in groups), sum(g[2] for g in groups))
    assert (total.missing, total.percent) == (total.people // 2, 50)


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("zhengzhou_admin", [("郑州市", 4, 2)]),
        ("province_admin", [("郑州市", 4, 2), ("洛阳市", 4, 2)]),
    ],
)
def test_people_of_a_merged_region_stand_with_the_one_that_stands_for_it(acting, system, name, groups):
    for code, into in (("410105", "410100"), ("419001", "410300")):
        row = system.scalars(select(Region).where(Region.code == code)).one()
        row.valid_to, row.merged_into = TODAY - dt.timedelta(days=1), into
    system.commit()
    session, actor = acting(name)
    found = completion.of_scope(session, actor, YEAR - 1)
    assert [(group.name, group.people, group.complete) for group in found.groups] == groups


@pytest.mark.parametrize("name", ["doctor", "academy_admin", "system_admin"])
def test_who_looks_after_nobody_has_no_completion(acting, name):
    session, actor = acting(name)
    assert completion.of_scope(session, actor, YEAR) is None


def test_more_groups_than_fit_are_summed_up_and_those_with_most_missing_come_first(acting, system, world):
    from models import Department

    hospital = system.get(Organization, world.id(Organization, "hospital"))
    for number in range(12):
        department = Department(organization_id=hospital.id, name=f"{number} 科")
        system.add(department)
        system.flush()
        for member in range(number + 3):
            make_person(system, f"m{number}-{member}", hospital, department_id=department.id)
    make_person(system, "unplaced", hospital)
    system.commit()
    session, actor = acting("hospital_admin")
    found = completion.of_scope(session, actor, YEAR)
    assert [group.name for group in found.groups] == [f"{number} 科" for number in range(11, 1, -1)]
    assert found.others.name == "其他 4 个部门"
    assert found.others.people == 4 + 3 + 2 + 1
    assert found.total.people == sum(range(3, 15)) + 2 + 1
    system.execute(update(Person).where(Person.name.like("m%")).values(state="left", left_on=TODAY))
    system.commit()
    found = completion.of_scope(session, actor, YEAR)
    assert [(group.name, group.people) for group in found.groups] == [("办公室", 2), ("未分部门", 1)]


# ---------------------------------------------------------------- decisions and base data
def test_everybody_sees_only_what_concerns_himself(acting):
    session, _actor = acting("doctor")
    finished = {status for status in ClaimStatus if status not in {"draft", "submitted"}}
    for claim in home.decisions(session):
        assert claim.title.startswith("doctor-")
        assert claim.status in finished
    assert len(home.decisions(session)) == home.RECENT
    session, _actor = acting("jinshui_admin")
    assert [batch.key for batch in home.batches(session)] == ["hospital-approve"]


def test_base_data_in_order_needs_no_care(acting):
    session, _actor = acting("system_admin")
    assert home.care(session, dt.date(YEAR, 6, 1)) == []


def test_what_needs_care_is_said(acting, system):
    system.execute(update(HourRule).values(confirmed=False))
    system.execute(
        update(CreditYear).where(CreditYear.year == YEAR).values(approvals_close=dt.date(YEAR, 5, 31))
    )
    system.add(
        CreditYear(year=YEAR + 1, claims_open=DAY, claims_close=DAY, approvals_open=DAY, approvals_close=DAY)
    )
    system.commit()
    session, _actor = acting("system_admin")
    assert [(item.endpoint, item.sentence) for item in home.care(session, DAY)] == [
        ("hour-rule", "1 条学时规则待核定，暂按候选标准计算学时"),
        ("credit-year", f"{YEAR} 年度的审批现在没有开放（{YEAR}-01-01 至 {YEAR}-05-31）"),
        ("requirement", f"{YEAR + 1} 年度还没有学时要求，不能判断是否完成"),
        ("calendar-day", f"{YEAR + 1} 年还没有登记放假和调休，暂按周一至周五计算工作日"),
    ]


def test_a_year_that_does_not_stand_is_said_in_time(acting):
    session, _actor = acting("system_admin")
    assert [item.sentence for item in home.care(session, DAY)] == [
        f"{YEAR + 1} 年度还没有设置，不能申报",
        f"{YEAR + 1} 年还没有登记放假和调休，暂按周一至周五计算工作日",
    ]
    assert home.care(session, dt.date(YEAR, 10, 31)) == []


def test_base_data_is_counted_for_those_whose_menu_has_it(acting, asked):
    session, actor = acting("system_admin")
    asked.clear()
    counts = home.base_data(session, endpoints_of(actor))
    assert len(asked) == 1
    assert counts["region"] == 5
    assert counts["hour-rule"] == 1
    session, actor = acting("doctor")
    assert home.base_data(session, endpoints_of(actor)) == {}
