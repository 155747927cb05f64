"""The workflow tables as graphs: nothing unreachable, nothing orphaned, nothing that nobody may do."""

from __future__ import annotations

import string

import pytest

from models import Base, WaitingCount
from models.enums import (
    AccountStatus,
    ClaimStatus,
    ClassStatus,
    EnrollmentStatus,
    GradeStatus,
    OrganizationStatus,
    PersonState,
    PlanStatus,
    RequestStatus,
    SheetStatus,
)
from permissions.matrix import GRANTS
from workflow.engine import SENTENCES, sentence_of
from workflow.tables import WORKFLOWS

TABLES = list(WORKFLOWS.values())
LINES = [(table, transition) for table in TABLES for transition in table.transitions]
EDGES = [(table, transition, source) for table, transition in LINES for source in sorted(transition.sources)]


def reached(table):
    """Return the states that can be reached from the initial one."""
    states = {table.initial}
    while True:
        more = {line.target for line in table.transitions if line.sources & states} | states
        more |= {way.target for way in table.passages if way.source is None or way.source in states}
        if more == states:
            return states
        states = more


def named(table, transition, source=None):
    return f"{table.name}-{transition.name}" + (f"-{source}" if source else "")


lines = pytest.mark.parametrize(("table", "transition"), LINES, ids=[named(*line) for line in LINES])
tables = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


@tables
def test_every_state_is_reached(table):
    assert reached(table) == set(table.states)


@tables
def test_the_states_are_those_of_the_status_column(table):
    status = table.status
    assert table.states == tuple(status.type.enum_class)
    assert status.default.arg == table.initial


def test_every_model_with_a_workflow_status_has_its_table():
    statuses = {
        mapper.class_ for mapper in Base.registry.mappers for column in mapper.columns
        if mapper.class_ is not WaitingCount  # which counts claims by their state and has none itself
        and getattr(column.type, "enum_class", None) in (
            ClaimStatus, AccountStatus, OrganizationStatus, PersonState, RequestStatus, PlanStatus, ClassStatus,
            EnrollmentStatus, GradeStatus, SheetStatus)
    }  # fmt: skip
    assert statuses == {table.model for table in TABLES}
    assert all(table.name == table.model.__tablename__ == name for name, table in WORKFLOWS.items())


@tables
def test_names_are_unique(table):
    names = [transition.name for transition in table.transitions]
    assert len(names) == len(set(names))
    labels = [(transition.label, transition.sources) for transition in table.transitions]
    assert len(labels) == len(set(labels))


@lines
def test_a_transition_starts_where_one_can_be_and_leads_elsewhere(table, transition):
    assert transition.sources
    assert transition.sources <= reached(table)
    assert transition.target not in transition.sources


@pytest.mark.parametrize(("table", "transition", "source"), EDGES, ids=[named(*edge) for edge in EDGES])
def test_somebody_may_take_every_edge(table, transition, source):
    assert [
        grant
        for grant in GRANTS
        if grant.model is table.model and transition.needs in grant.verbs and source in grant.while_in
    ]


@lines
def test_a_verb_is_granted_for_no_state_its_transitions_do_not_start_from(table, transition):
    sources = {
        state for line in table.transitions if line.needs is transition.needs for state in line.sources
    }
    for grant in GRANTS:
        if grant.model is table.model and transition.needs in grant.verbs:
            assert set(grant.while_in) <= sources, grant


@lines
def test_a_transition_can_be_read(table, transition):
    assert transition.name.isidentifier()
    assert transition.label.strip()
    assert transition.colour
    assert all(guard.sentence.strip() and guard.name.isidentifier() for guard in transition.guards)
    assert not {guard.name for guard in transition.guards} & SENTENCES.keys()
    assert all(
        sentence_of(transition, outcome) for outcome in (*SENTENCES, *(g.name for g in transition.guards))
    )


@tables
def test_a_letter_fires_one_transition_of_a_state(table):
    for state in table.states:
        letters = [transition.key for transition in table.leaving(state) if transition.key]
        assert len(letters) == len(set(letters)), state
        assert all(len(letter) == 1 and letter in string.ascii_lowercase for letter in letters), state


@tables
def test_states_are_labelled_and_told_apart(table):
    labels = [state.label for state in table.states]
    assert all(labels)
    assert len(labels) == len(set(labels))


@tables
def test_a_table_answers_by_name_and_by_state(table):
    for transition in table.transitions:
        assert table[transition.name] is transition
        assert all(transition in table.leaving(source) for source in transition.sources)
    with pytest.raises(KeyError):
        table["fly"]
