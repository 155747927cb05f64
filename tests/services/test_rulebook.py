"""Rules are read as they were published: by year, newest version, in the order they are tried."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models import ClaimKind, HourRule
from permissions.actor import VISITOR
from permissions.engine import view_scope
from permissions.wall import ScopedSession, set_scope
from services import rulebook


@pytest.fixture
def session(engine):
    """A session of somebody who is not logged in: rules are public."""
    with ScopedSession(engine) as session:
        set_scope(session, "all")
        session.add_all([ClaimKind(code="paper", name="发表论文", position=1),
                         ClaimKind(code="book", name="出版著作", position=2)])  # fmt: skip
        session.commit()
        set_scope(session, view_scope(VISITOR))
        yield session


def publish(session, code, version=1, kind="paper", **columns):
    definition = {"conditions": {}, "base_hours": "10"} | columns.pop("definition", {})
    scope = session.info["view_scope"]
    set_scope(session, "all")
    session.add(
        HourRule(
            code=code, version=version, kind_code=kind, name=f"{code} {version}", definition=definition,
            **{"priority": 100, "effective_from": 1998, "legal_basis": "测试", "confirmed": True} | columns,
        )
    )  # fmt: skip
    session.commit()
    set_scope(session, scope)


def found(session, year=2026, kind="paper"):
    return [(rule.code, rule.version) for rule in rulebook.load_rules(session, kind, year)]


def test_without_rules_there_are_no_hours_but_a_sentence(session):
    assert found(session) == []
    result = rulebook.compute(session, "paper", {}, 2026)
    assert (result.hours, result.rule_code) == (0, None)
    assert "没有这一类型的学时规则" in result.explanation


def test_only_rules_of_the_kind_are_read_in_the_order_they_are_tried(session):
    publish(session, "c", priority=1)
    publish(session, "b", priority=2)
    publish(session, "a", priority=2)
    publish(session, "other", kind="book")
    assert found(session) == [("c", 1), ("a", 1), ("b", 1)]


def test_the_newest_version_counts(session):
    for version in (2, 1, 3):
        publish(session, "a", version)
    assert found(session) == [("a", 3)]


@pytest.mark.parametrize(("year", "version"), [(2025, 1), (2026, 1), (2027, 2), (2028, 2)])
def test_a_version_that_starts_later_leaves_the_years_before_alone(session, year, version):
    publish(session, "a", 1)
    publish(session, "a", 2, effective_from=2027)
    assert found(session, year) == [("a", version)]


@pytest.mark.parametrize(("year", "rules"), [(2025, [("a", 2)]), (2026, [])])
def test_a_rule_ended_by_its_newest_version_does_not_come_back(session, year, rules):
    publish(session, "a", 1)
    publish(session, "a", 2, effective_to=2025)
    assert found(session, year) == rules


@pytest.mark.parametrize(("year", "rules"), [(2009, []), (2010, [("a", 1)]), (2020, [("a", 1)]), (2021, [])])
def test_both_ends_of_the_period_are_included(session, year, rules):
    publish(session, "a", effective_from=2010, effective_to=2020)
    assert found(session, year) == rules


def test_columns_and_definition_make_the_rule(session):
    publish(session, "a", 4, subject="public", priority=7, confirmed=False, effective_to=2030,
            definition={"conditions": {"level": "national"}, "cap_per_year": "30", "code": "x", "priority": 1})  # fmt: skip
    (rule,) = rulebook.load_rules(session, "paper", 2026)
    assert (rule.code, rule.version, rule.kind, rule.name) == ("a", 4, "paper", "a 4")
    assert (rule.subject, rule.priority, rule.confirmed) == ("public", 7, False)
    assert (rule.effective_from, rule.effective_to, rule.legal_basis) == (1998, 2030, "测试")
    assert (rule.conditions, rule.base_hours, rule.cap_per_year) == ({"level": "national"}, 10, 30)


def test_hours_are_computed_by_the_first_rule_that_fits(session):
    publish(
        session, "national", priority=1, definition={"conditions": {"level": "national"}, "base_hours": "40"}
    )
    publish(session, "any", 2, definition={"cap_per_year": "15"})
    national = rulebook.compute(session, "paper", {"level": "national"}, 2026)
    assert (national.hours, national.rule_code, national.rule_version) == (Decimal(40), "national", 1)
    other = rulebook.compute(session, "paper", {"level": "municipal"}, 2026, already_this_year=Decimal(8))
    assert (other.hours, other.rule_code, other.rule_version, other.capped) == (Decimal(7), "any", 2, True)


def test_subject_and_labels_are_passed_on(session):
    publish(session, "a", subject="specialty", definition={"unit_item": "days", "unit_hours": "6"})
    result = rulebook.compute(session, "paper", {}, 2026, subject="specialty", labels={"days": "天数"})
    assert result.missing == ("days",)
    assert "天数" in result.explanation
    assert rulebook.compute(session, "paper", {"days": 2}, 2026, subject="public").rule_code is None


def test_a_rule_that_cannot_be_read_names_itself_and_its_field(session):
    publish(session, "a", definition={"base_hours": "zehn"})
    with pytest.raises(ValueError, match="学时规则 a 的 base_hours 必须是"):
        rulebook.load_rules(session, "paper", 2026)
