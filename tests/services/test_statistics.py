"""Every figure of 统计分析 is what a plain count over the people, the ledger and the queues gives, for everybody who has the page."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from factories import MOMENT, YEAR, make_person, make_summary
from sqlalchemy import func, or_, select, update
from world import listed

from models import (
    Claim,
    ClaimKind,
    Department,
    Dictionary,
    DictionaryItem,
    LedgerEntry,
    Organization,
    PeopleCount,
    Person,
    Region,
    StatisticMark,
    YearSummary,
)
from models.base import CHINA, today
from permissions.scopes import within
from permissions.verbs import Verb
from services import region_standing, statistics, statistics_hours, statistics_keeping, statistics_waiting
from services.statistics_waiting import STAGES

READERS = (
    "province_admin", "zhengzhou_admin", "jinshui_admin", "luoyang_admin", "jiyuan_admin", "health_admin",
    "education_admin", "hospital_admin", "school_admin", "company_admin", "mill_admin",
)  # fmt: skip


@pytest.fixture
def counted(world, system):
    """More people of two employers: of title levels and a department, some with complete years, one who left."""
    hospital, mill = (system.get(Organization, world.id(Organization, name)) for name in ("hospital", "mill"))
    hospital.industry_code, mill.industry_code = "84", "A"
    ward = Department(organization_id=hospital.id, name="急诊科")
    system.add(ward)
    system.flush()
    for employer, name, complete, columns in (
        (hospital, "甲", True, {"title_level_code": "middle", "department_id": ward.id}),
        (hospital, "乙", False, {"title_level_code": "middle", "department_id": ward.id}),
        (hospital, "丙", True, {"title_level_code": "full_senior"}),
        (hospital, "丁", True, {"state": "left"}),
        (mill, "戊", True, {}),
    ):
        person = make_person(system, name, employer, **columns)
        make_summary(system, person, complete=complete)
    while statistics_keeping.refresh(system):
        pass
    system.commit()
    return ward


def people(connection, actor, *where):
    """Count people in service the actor answers for, from the people themselves."""
    person = Person.__table__.c
    inside = listed(connection, actor, Verb.OVERSEE, Person)
    return connection.scalar(
        select(func.count()).where(person.id.in_(inside), person.state == "in_service", *where)
    )


def done(year):
    summary = YearSummary.__table__.c
    return Person.__table__.c.id.in_(
        select(summary.person_id).where(summary.credit_year == year, summary.complete.is_(True))
    )


@pytest.mark.parametrize("who", READERS)
def test_every_line_of_completion_is_a_plain_count(world, connection, open_session, counted, who):
    actor, session = world.actors[who], open_session(world.actors[who])
    person, office = Person.__table__.c, Organization.__table__.c
    class_of, _names = statistics.industry_classes(session)

    def of_industry(key):
        codes = [code for code, top in class_of.items() if top == key] or [key]
        wanted = office.industry_code.is_(None) if key is None else office.industry_code.in_(codes)
        return person.employer_id.in_(select(office.id).where(wanted))

    conditions = {
        "employer": lambda key: person.employer_id == key,
        "department": person.department_id.is_not_distinct_from,
        "title": person.title_level_code.is_not_distinct_from,
        "industry": of_industry,
        "region": lambda key: person.region_code == key,
    }
    whole, complete = people(connection, actor), people(connection, actor, done(YEAR))
    for code in statistics.offered(actor):
        table = statistics.table(session, actor, code, YEAR)
        if code == "year":
            offered = statistics.years(session, YEAR)[: statistics.YEARS_COMPARED]
            assert [(one.key, one.people) for one in table.groups] == [(year, whole) for year in offered]
            for one in table.groups:
                assert one.complete == people(connection, actor, done(one.key)), one
            continue
        assert (table.total.people, table.total.complete) == (whole, complete), code
        assert sum(one.people for one in table.groups) == whole
        for one in table.groups:
            condition = conditions[code](one.key)
            if code == "region" and actor.user_type in ("province", "authority") and one.key.endswith("00"):
                condition = person.region_code.startswith(one.key[:4])
            assert one.people == people(connection, actor, condition), (code, one)
            assert one.complete == people(connection, actor, condition, done(YEAR)), (code, one)


@pytest.mark.parametrize("who", READERS)
def test_every_line_of_hours_is_a_plain_sum(world, connection, open_session, counted, who):
    actor, session = world.actors[who], open_session(world.actors[who])
    entry, claim = LedgerEntry.__table__.c, Claim.__table__.c
    inside = listed(connection, actor, Verb.VIEW, LedgerEntry)
    rows = connection.execute(
        select(entry.subject, entry.hours, entry.posted_at, entry.source_type, claim.kind_id)
        .select_from(LedgerEntry.__table__.outerjoin(Claim.__table__, claim.id == entry.source_id))
        .where(entry.id.in_(inside), entry.credit_year == YEAR)
    ).all()
    keys = {
        "kind": lambda row: row.kind_id if row.source_type == "claim" else statistics_hours.TRAINING,
        "month": lambda row: row.posted_at.astimezone(CHINA).strftime("%Y-%m"),
    }
    for code, key in keys.items():
        table = statistics_hours.table(session, actor, code, YEAR)
        assert {line.key for line in table.lines} == {key(row) for row in rows}
        for line in table.lines:
            mine = [row for row in rows if key(row) == line.key]
            sums = [
                sum((row.hours for row in mine if row.subject == subject), Decimal(0))
                for subject in ("public", "specialty")
            ]
            assert (line.entries, line.public, line.specialty) == (len(mine), *sums), (code, line)
        assert table.total.entries == len(rows)


@pytest.fixture
def merged(world, system, counted):
    """A kind merged into that of the world's claims, with two of them, one of which was posted."""
    first = system.scalars(select(ClaimKind).order_by(ClaimKind.id)).first()
    old = ClaimKind(code="old", name="旧类型", position=9, merged_into_id=first.id)
    system.add(old)
    system.flush()
    posted = system.scalars(
        select(LedgerEntry).where(LedgerEntry.source_type == "claim", LedgerEntry.credit_year == YEAR)
    )
    for entry in [*posted][:2]:
        system.execute(update(Claim).where(Claim.id == entry.source_id).values(kind_id=old.id))
    statistics_keeping.rebuild(system)
    system.commit()
    return old.id, first.id


@pytest.mark.parametrize("who", READERS)
def test_a_merged_kind_is_counted_and_found_with_the_one_that_stands_for_it(
    world, connection, open_session, merged, who
):
    actor, session, (old, first) = world.actors[who], open_session(world.actors[who]), merged
    entry, claim = LedgerEntry.__table__.c, Claim.__table__.c
    inside = listed(connection, actor, Verb.VIEW, LedgerEntry)
    here = (entry.id.in_(inside), entry.credit_year == YEAR, entry.source_type == "claim")
    of_either = entry.source_id.in_(select(claim.id).where(claim.kind_id.in_((old, first))))
    table = statistics_hours.table(session, actor, "kind", YEAR)
    lines = {line.key: line for line in table.lines}
    assert old not in lines
    found = connection.execute(select(entry.id, entry.hours).where(*here, of_either)).all()
    line = lines.get(first)
    assert (line.entries if line else 0, line.total if line else 0) == (
        len(found),
        sum(row.hours for row in found),
    )
    listed_rows = session.scalars(
        select(LedgerEntry.id).where(
            statistics_hours.of_activity(str(first)), LedgerEntry.credit_year == YEAR
        )
    )
    assert sorted(listed_rows) == sorted(row.id for row in found), (
        "the link leads to exactly the counted rows"
    )
    alone = session.scalars(select(LedgerEntry.id).where(statistics_hours.of_activity(str(old)))).all()
    plain = connection.scalars(
        select(entry.id).where(*here, entry.source_id.in_(select(claim.id).where(claim.kind_id == old)))
    )
    assert sorted(alone) == sorted(plain)


def test_the_merged_kind_of_the_test_has_postings(connection, merged):
    claim = Claim.__table__.c
    assert connection.scalar(select(func.count()).where(claim.kind_id == merged[0]))


@pytest.mark.parametrize("who", READERS)
def test_what_waits_is_a_plain_count_with_its_ages(world, connection, open_session, counted, who):
    actor, session = world.actors[who], open_session(world.actors[who])
    day = MOMENT.astimezone(CHINA).date() + dt.timedelta(days=400)
    queues = statistics_waiting.of_scope(session, actor, day)
    found = {(line.stage, line.office_id): line for line in queues.offices}
    expected = {}
    for code, stage in STAGES.items():
        table = stage.model.__table__.c
        office = table[stage.office.key]
        inside = table.id.in_(listed(connection, actor, Verb.VIEW, stage.model))
        if (
            stage.model is Claim and actor.user_type != "employer"
        ):  # numbers of what is still at employers, too
            inside = or_(within(table.region_code, actor.regions), office == actor.organization_id)
        rows = connection.execute(
            select(office, table.status_since).where(
                inside, table.status == stage.status.value, office.is_not(None)
            )
        )
        for key, since in rows:
            expected.setdefault((code, key), []).append((day - since.astimezone(CHINA).date()).days)
    assert found.keys() == expected.keys()
    for key, ages in expected.items():
        line = found[key]
        assert (line.count, line.oldest) == (len(ages), max(ages))
        assert line.median == sorted(ages)[(len(ages) - 1) // 2]
        assert line.late == len([age for age in ages if age > 5]), (
            "Monday to Wednesday, with a weekend before"
        )
    assert sum(line.count for line in queues.stages) == sum(map(len, expected.values()))


def test_counties_are_seen_by_looking_into_their_city(world, connection, open_session, counted):
    actor = world.actors["province_admin"]
    session = open_session(actor)
    table = statistics.table(session, actor, "region", YEAR, "410100")
    assert {one.key for one in table.groups} <= {"410100", "410105"}
    assert table.alone <= {"410100"}
    for one in table.groups:
        assert one.people == people(connection, actor, Person.__table__.c.region_code == one.key)


# ---------------------------------------------------------------- merged regions
@pytest.fixture
def merged_regions(system, counted):
    """The hospital's county went on into a county of another city, Jiyuan into a city; nobody moved."""
    for code, name, parent in (("410106", "新区", "410100"), ("410302", "老城区", "410300")):
        system.add(Region(code=code, name=name, level="county", parent_code=parent))
    system.flush()
    for code, into in (("410105", "410106"), ("410106", "410302"), ("419001", "410300")):
        row = system.scalars(select(Region).where(Region.code == code)).one()
        row.valid_to, row.merged_into = today() - dt.timedelta(days=1), into
    system.commit()


@pytest.mark.parametrize(
    ("who", "region", "lines"),
    [
        (
            "province_admin",
            None,
            {"410100": ["410100"], "410300": ["410105", "410106", "410300", "410302", "419001"]},
        ),
        (
            "province_admin",
            "410300",
            {"410300": ["410300", "419001"], "410302": ["410105", "410106", "410302"]},
        ),
        ("province_admin", "410100", {"410100": ["410100"]}),
        ("zhengzhou_admin", None, {"410100": ["410100"], "410106": ["410105", "410106"]}),
        ("luoyang_admin", None, {"410300": ["410300"]}),
        ("health_admin", None, {"410300": ["410105"]}),
    ],
)
def test_a_merged_region_is_counted_and_found_with_the_one_that_stands_for_it(
    world, connection, open_session, merged_regions, who, region, lines
):
    actor, person = world.actors[who], Person.__table__.c
    session = open_session(actor)
    table = statistics.table(session, actor, "region", YEAR, region)
    assert {one.key for one in table.groups} == lines.keys()
    for one in table.groups:
        where = person.region_code.in_(lines[one.key])
        assert one.people == people(connection, actor, where) > 0, one
        assert one.complete == people(connection, actor, where, done(YEAR)), one
        if one.key not in table.alone:
            found = region_standing.standing(session, actor.regions, one.key).rows(person.region_code)
            assert one.people == people(connection, actor, found), one
    shown = [code for codes in lines.values() for code in codes]
    assert (
        table.total.people
        == people(connection, actor, person.region_code.in_(shown))
        == sum(one.people for one in table.groups)
    )


@pytest.mark.parametrize(
    ("region", "codes"), [("410302", ["410105", "410302"]), ("410105", ["410105"]), ("410100", ["410100"])]
)
def test_hours_of_a_merged_region_are_those_of_the_one_that_stands_for_it(
    world, connection, open_session, merged_regions, region, codes
):
    actor, entry = world.actors["province_admin"], LedgerEntry.__table__.c
    table = statistics_hours.table(open_session(actor), actor, "kind", YEAR, region)
    rows = connection.execute(
        select(entry.hours).where(entry.credit_year == YEAR, entry.region_code.in_(codes))
    ).all()
    assert (table.total.entries, table.total.total) == (
        len(rows),
        sum((row.hours for row in rows), Decimal(0)),
    )


@pytest.mark.parametrize("who", READERS)
def test_merging_a_region_moves_nobody_into_or_out_of_sight(
    world, connection, open_session, counted, who, request
):
    actor = world.actors[who]
    before = people(connection, actor), [table_of(open_session(actor), actor, "employer")]
    request.getfixturevalue("merged_regions")
    assert (people(connection, actor), [table_of(open_session(actor), actor, "employer")]) == before


def table_of(session, actor, code):
    """Return one table of everybody in sight; of an employer, who has no such table, nothing."""
    return statistics.table(session, actor, code, YEAR) if code in statistics.offered(actor) else None


@pytest.fixture
def levels(system, counted):
    """Title levels of a dictionary: one merged into another that was merged on, and 无职称 with the code it really has."""
    system.add(Dictionary(code="title_level", label="职称级别", source="测试"))
    system.flush()
    for position, (code, label, into) in enumerate(
        (("full_senior", "正高级", None), ("middle", "中级", "fair"), ("fair", "中等", "mid"), ("mid", "中级职称", None),
         ("none", "无职称", None))
    ):  # fmt: skip
        system.add(DictionaryItem(
            dictionary_code="title_level", code=code, label=label, position=position, merged_into=into,
            valid_to=MOMENT.date() if into else None))  # fmt: skip
    system.scalars(select(Person).where(Person.name == "丙")).one().title_level_code = "none"
    system.flush()
    while statistics_keeping.refresh(system):
        pass
    system.commit()


def test_who_has_no_title_is_told_from_whose_level_is_unknown(world, connection, open_session, levels):
    actor = world.actors["hospital_admin"]
    session = open_session(actor)
    choices = statistics.title_level_choices(session)
    assert len({code for code, _label in choices}) == len(choices)
    assert choices[-1] == (statistics.NONE, "未填写职称级别")
    column = Person.__table__.c.title_level_code
    for code, where in (("none", column == "none"), (statistics.NONE, column.is_(None))):
        found = session.scalars(select(Person.id).where(
            statistics.of_title_level(session, code), Person.state == "in_service")).all()  # fmt: skip
        assert len(found) == people(connection, actor, where) > 0, code


def test_a_merged_level_is_counted_and_found_with_the_one_that_stands_for_it(world, open_session, levels):
    actor = world.actors["hospital_admin"]
    session = open_session(actor)
    lines = {one.key: one for one in statistics.table(session, actor, "title", YEAR).groups}
    assert "middle" not in lines
    assert (lines["mid"].name, lines["mid"].people, lines["mid"].complete) == ("中级职称", 2, 1)
    assert ("middle", "中级") not in statistics.title_level_choices(session)
    found = session.scalars(select(Person.name).where(statistics.of_title_level(session, "mid"))).all()
    assert sorted(found) == sorted(["甲", "乙"])


def test_a_merged_industry_is_counted_and_found_with_the_one_that_stands_for_it(
    world, system, open_session, counted
):
    system.add(Dictionary(code="industry", label="行业", source="测试"))
    system.flush()
    for code, label, parent, into in (
        ("A", "农业", None, None), ("Q", "卫生", None, None), ("83", "社会工作", "A", None), ("84", "卫生业", "Q", "83"),
    ):  # fmt: skip
        system.add(DictionaryItem(
            dictionary_code="industry", code=code, label=label, parent_code=parent, merged_into=into,
            valid_to=MOMENT.date() if into else None))  # fmt: skip
    system.commit()
    actor = world.actors["province_admin"]
    session = open_session(actor)
    lines = {one.key: one for one in statistics.table(session, actor, "industry", YEAR).groups}
    assert "Q" not in lines
    here = (statistics.of_industry(session, "A"), Person.state == "in_service")
    assert lines["A"].people == session.scalar(select(func.count()).select_from(Person).where(*here))


def test_the_longest_list_is_cut_and_the_rest_put_together(world, open_session, counted):
    actor = world.actors["province_admin"]
    table = statistics.table(open_session(actor), actor, "employer", YEAR, most=1)
    whole = statistics.table(open_session(actor), actor, "employer", YEAR)
    assert table.others.people == table.total.people - table.groups[0].people
    assert table.groups[0].missing == max(one.missing for one in whole.groups)


def test_a_change_is_marked_and_counted_and_nothing_else_is(world, system, counted):
    hospital, mill = (world.id(Organization, name) for name in ("hospital", "mill"))

    def marked():
        return set(system.scalars(select(StatisticMark.organization_id)))

    assert marked() == set()
    assert statistics_keeping.as_of(system) is None
    person = system.scalars(select(Person).where(Person.name == "甲")).one()
    person.mobile = "13800000000"
    system.flush()
    assert marked() == set()
    person.employer_id = mill
    person.department_id = None
    system.flush()
    assert marked() == {hospital, mill}
    assert statistics_keeping.as_of(system) is not None
    before = system.scalar(select(func.sum(PeopleCount.people)).where(PeopleCount.employer_id == mill))
    assert statistics_keeping.refresh(system) == 2
    after = system.scalar(select(func.sum(PeopleCount.people)).where(PeopleCount.employer_id == mill))
    assert (after - before, marked()) == (2, set()), "in service, and complete in one year"


def test_counts_made_anew_are_those_that_were_kept(system, counted):
    def stored():
        columns = [column for column in PeopleCount.__table__.c if column.name != "id"]
        return sorted(map(str, system.execute(select(*columns))))

    kept = stored()
    assert kept
    assert statistics_keeping.rebuild(system)
    assert stored() == kept
