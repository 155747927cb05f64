"""Which division stands for a merged one: the rule in Python, and the same in SQL over every code."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import event, select

from models import Region
from models.base import today
from services import region_standing
from services.region_standing import EVERYWHERE, Standing
from services.validity import region_name

PROVINCE, ZHENGZHOU, LUOYANG, KAIFENG = (
    ("410000", "420000"),
    ("410100", "410200"),
    ("410300", "410400"),
    ("410200", "410300"),
)
ADDED = {  # code: (level, superior, merged into)
    "410106": ("county", "410100", "410302"),  # on, into another city
    "410107": ("county", "410100", "410105"),
    "410108": ("county", "410100", "410107"),  # a chain within the city
    "410200": ("city", "410000", "410300"),
    "410202": ("county", "410200", None),  # ended with its city
    "410203": ("county", "410200", "410105"),  # went elsewhere
    "410302": ("county", "410300", None),
}
FINAL = {
    "410106": "410302", "410107": "410105", "410108": "410105", "410200": "410300", "410202": "410300", "410203": "410105",
    "419001": "410300",
}  # fmt: skip
"""What stands for each in the end; everything else for itself."""


@pytest.fixture
def merged(system):
    """Divisions merged since yesterday, and one that will be from tomorrow on."""
    yesterday = today() - dt.timedelta(days=1)
    for code, (level, parent, _into) in ADDED.items():
        system.add(Region(code=code, name=f"区划{code}", level=level, parent_code=parent))
        system.flush()
    rows = {row.code: row for row in system.scalars(select(Region))}
    for code, (_level, parent, into) in ADDED.items():
        if into or parent == "410200":
            rows[code].valid_to, rows[code].merged_into = yesterday, into
    rows["419001"].valid_to, rows["419001"].merged_into = yesterday, "410300"
    rows["410302"].valid_to, rows["410302"].merged_into = today(), "410105"
    system.commit()
    return rows


def codes(session, view, region):
    """Return the codes a list narrowed by a region finds, of all there are."""
    standing = region_standing.standing(session, view, region)
    return set(session.scalars(select(Region.code).where(standing.rows(Region.code))))


def test_each_division_is_followed_to_the_one_that_stands_for_it(system, merged):
    standing = region_standing.standing(system, PROVINCE)
    assert {code: last for code in merged if (last := standing.of(code)) != code} == FINAL


@pytest.mark.parametrize(
    ("view", "code", "last"),
    [
        (None, "410106", "410302"),
        (ZHENGZHOU, "410106", "410106"),  # what went beyond stands for itself to who does not answer there
        (ZHENGZHOU, "410108", "410105"),
        (KAIFENG, "410202", "410202"),
        (LUOYANG, "410106", "410302"),
        (LUOYANG, "410105", "410105"),
    ],
)
def test_one_answers_for_what_lies_in_his_own_region(system, merged, view, code, last):
    assert region_standing.standing(system, view).of(code) == last


@pytest.mark.parametrize(
    ("view", "region", "found"),
    [
        (PROVINCE, "410105", {"410105", "410107", "410108", "410203"}),
        (PROVINCE, "410302", {"410302", "410106"}),
        (PROVINCE, "410107", {"410107", "410108"}),  # an abolished one as it was, with what went into it
        (PROVINCE, "410106", {"410106"}),
        (PROVINCE, "410202", {"410202"}),
        (PROVINCE, "410100", {"410100", "410105", "410107", "410108", "410203"}),
        (PROVINCE, "410300", {"410300", "410302", "410106", "410200", "410202", "419001"}),
        (PROVINCE, "410200", {"410200", "410202", "410203"}),
        (ZHENGZHOU, "410100", {"410100", "410105", "410106", "410107", "410108", "410203"}),
        (PROVINCE, "419001", {"419001"}),
    ],
)
def test_a_list_narrowed_by_a_region_finds_what_went_into_it(system, merged, view, region, found):
    assert codes(system, view, region) == found


def test_a_list_that_is_not_narrowed_has_everything(system, merged):
    assert codes(system, PROVINCE, None) == merged.keys()


@pytest.mark.parametrize("view", [None, PROVINCE, ZHENGZHOU, LUOYANG])
def test_every_code_is_found_by_exactly_the_one_that_stands_for_it(system, merged, view):
    """What a table counts together, the list behind its line finds, no more and no less."""
    standing = region_standing.standing(system, view)
    inside = [code for code in merged if view is None or view[0] <= code < view[1]]
    lines = {standing.of(code) for code in inside}
    for line in lines:
        if line.endswith("00"):
            continue  # a city's own line leads nowhere: its list takes its counties in
        found = codes(system, view, line) & set(inside)
        assert found == {code for code in inside if standing.of(code) == line}, line
    now = dict(system.execute(select(Region.code, standing.now(Region.code))).all())
    assert now == {code: standing.of(code) for code in merged}


def test_the_cities_of_a_province_share_out_all_its_codes(system, merged):
    cities = [code for code, row in merged.items() if row.level == "city" and code not in FINAL]
    found = [codes(system, PROVINCE, city) for city in cities]
    assert sum(map(len, found)) == len(set().union(*found)) == len(merged) - 1, "all but the province's own"


def test_a_merger_counts_from_its_day_on(system, merged):
    assert "410302" not in region_standing.merged(system)
    merged["410302"].valid_to = today() - dt.timedelta(days=1)
    system.commit()
    assert region_standing.standing(system, PROVINCE).of("410106") == "410105"


def test_who_was_merged_into_each_other_by_hand_does_not_hang():
    standing = Standing({"410101": "410102", "410102": "410101"}, (EVERYWHERE,), None)
    assert standing.of("410101") == "410102"


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("410106", "区划410106（已并入“区划410302”）"),
        ("410202", "区划410202（已撤销）"),
        ("410302", "区划410302"),
        ("410100", "郑州市"),
    ],
)
def test_a_label_says_into_what_a_division_went(system, merged, code, label):
    assert region_name(merged[code]) == label


def test_nothing_is_asked_again_and_again(system, merged, connection):
    asked = []
    region_standing.standing(system, PROVINCE)
    event.listen(connection, "before_cursor_execute", lambda *given: asked.append(given[2]))
    region_standing.standing(system, ZHENGZHOU, "410105")
    assert asked == []
    system.scalar(select(Region.id))
    assert asked, "the listener hears"
