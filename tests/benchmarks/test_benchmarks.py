"""The benchmarks run, compare like with like and write well-formed figures. Nothing here looks at a clock."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import Session

from benchmarks import (
    approve_10000,
    batches,
    certificates_1000,
    databases,
    declare_10000,
    figures,
    list_render,
    run,
    stock_list,
)
from models import (
    Account,
    Claim,
    JournalEntry,
    LedgerEntry,
    Notice,
    Organization,
    Person,
    YearSummary,
    crypto,
)
from models.enums import ClaimStatus, EntryKind
from models.identifiers import clean_citizen_id, clean_organization_code
from permissions.wall import ALL, ScopedSession, set_scope
from seed.base import seed_base
from seed.load import LoadPlan, load

ROWS = 100
CASES = {case.name: case for case in (approve_10000.CASE, declare_10000.CASE)}


@pytest.fixture(autouse=True, scope="module")
def keyring():
    previous = crypto.configure(crypto.Keyring.from_setting(crypto.generate_setting()))
    yield
    crypto.configure(previous)


@pytest.fixture(params=databases.KINDS)
def store(request):
    with databases.scratch(request.param) as store:
        with session_on(store) as session:
            seed_base(session)
            session.commit()
        yield store


def session_on(store):
    session = ScopedSession(store.engine)
    set_scope(session, ALL)
    return session


# ---------------------------------------------------------------- the load
def test_a_load_writes_as_many_rows_as_asked_for_and_its_ledger_agrees(store):
    with session_on(store) as session:
        report = load(session, people=120, claims_per_person=3, seed=1)
        session.commit()
        assert (report.people, report.claims, report.employers) == (120, 360, 2)
        assert session.scalar(select(func.count(Claim.id))) == 360
        statuses = dict(session.execute(select(Claim.status, func.count()).group_by(Claim.status)).all())
        assert statuses[ClaimStatus.DECLARED] > 180
        awarded = session.scalar(
            select(func.sum(Claim.awarded_hours)).where(Claim.status == ClaimStatus.APPROVED)
        )
        summaries = select(func.sum(YearSummary.public_hours), func.sum(YearSummary.specialty_hours))
        assert session.scalar(select(func.sum(LedgerEntry.hours))) == awarded
        assert sum(session.execute(summaries).one()) == awarded
        reversed_ = select(func.count()).where(LedgerEntry.kind == EntryKind.REVERSAL)
        assert session.scalar(reversed_) == statuses.get(ClaimStatus.REVOKED, 0)
        assert session.scalar(select(func.count(JournalEntry.id))) == 0, "a load is no story"


def test_loaded_people_have_valid_distinct_ids_and_varied_names_and_nobody_knows_a_password(store):
    with session_on(store) as session:
        load(session, people=300, claims_per_person=0, seed=2)
        session.commit()
        people = session.scalars(select(Person)).all()
        assert len({clean_citizen_id(person.citizen_id) for person in people}) == 300
        assert len({person.name for person in people}) > 250
        assert all(person.name_initials.isascii() and person.name_initials for person in people)
        codes = session.scalars(select(Organization.code)).all()
        assert [clean_organization_code(code).short for code in codes] == list(codes)
        assert len(set(session.scalars(select(Account.password)))) == 1


def test_the_same_seed_gives_the_same_rows_and_another_seed_gives_others():
    def loaded(seed):
        with databases.scratch("sqlite") as store, session_on(store) as session:
            seed_base(session)
            load(session, people=50, claims_per_person=2, seed=seed)
            session.commit()
            rows = select(Person.name, Claim.title, Claim.status, Claim.credit_year, Claim.computed_hours)
            found = session.execute(rows.join(Claim.person).order_by(Claim.id)).all()
            return found, session.scalars(select(Person.citizen_id)).all()

    assert loaded(3) == loaded(3)
    assert loaded(3) != loaded(4)


def test_loading_twice_adds_people_but_no_second_office(store):
    with session_on(store) as session:
        first = load(session, people=20, claims_per_person=1, seed=5)
        second = load(session, people=20, claims_per_person=1, seed=5)
        session.commit()
        assert (first.offices > 0, second.offices) == (True, 0)
        assert session.scalar(select(func.count(Person.id))) == 40


@pytest.mark.parametrize(
    "sizes", [{"people": -1, "claims_per_person": 1}, {"people": 1, "claims_per_person": -1}]
)
def test_a_negative_size_is_refused(store, sizes):
    with session_on(store) as session, pytest.raises(ValueError, match="不能为负数"):
        load(session, **sizes, seed=1)


def test_a_load_without_reference_data_says_how_to_get_it():
    with (
        databases.scratch("sqlite") as store,
        session_on(store) as session,
        pytest.raises(ValueError, match="seed base"),
    ):
        load(session, people=1, claims_per_person=1, seed=1)


def test_a_year_that_does_not_exist_is_refused(store):
    with session_on(store) as session, pytest.raises(ValueError, match="年度"):
        load(session, people=1, claims_per_person=1, seed=1, plan=LoadPlan(years=(1949,)))


# ---------------------------------------------------------------- batches
@pytest.mark.parametrize("kind", databases.KINDS)
@pytest.mark.parametrize("name", CASES)
def test_our_way_the_lower_bound_and_the_rivals_leave_the_same_facts(name, kind):
    figure = batches.measure(CASES[name], kind, rows=ROWS, runs=1)  # raises where they differ
    assert set(figure.rivals) == {"orm_loop_one_transaction", "orm_one_flush"}
    assert min(figure.ours, figure.lower_bound, *figure.rivals.values()) > 0


@pytest.mark.parametrize("kind", databases.KINDS)
def test_approving_and_its_lower_bound_write_these_rows(kind):
    seen = {}
    for name, contender in (("ours", batches.ours), ("bare", lambda case, job: case.bare(job))):
        with databases.scratch(kind) as store:
            job = batches.prepare(approve_10000.CASE, store, ROWS)
            store.restore()
            before = totals(store, job.ids)
            contender(approve_10000.CASE, job)
            seen[name] = (before, totals(store, job.ids))
    assert seen["ours"] == seen["bare"]
    before, after = seen["ours"]
    assert (before["approved"], after["approved"]) == (0, ROWS)
    assert after["journal"] - before["journal"] == after["notices"] - before["notices"] == ROWS
    assert after["ledger"] - before["ledger"] == after["awarded"] > Decimal(0)
    assert after["summaries"] == after["ledger"]


def totals(store, ids):
    mine, table = Claim.id.in_(ids), YearSummary
    with Session(store.engine) as session:
        return {
            "approved": session.scalar(
                select(func.count()).where(mine, Claim.status == ClaimStatus.APPROVED)
            ),
            "awarded": session.scalar(select(func.sum(Claim.awarded_hours)).where(mine)),
            "journal": session.scalar(select(func.count(JournalEntry.id))),
            "ledger": session.scalar(select(func.sum(LedgerEntry.hours))),
            "summaries": session.scalar(
                select(func.sum(table.public_hours) + func.sum(table.specialty_hours))
            ),
            "notices": session.scalar(select(func.count(Notice.id))),
        }


@pytest.mark.parametrize("kind", databases.KINDS)
def test_a_contender_that_does_less_than_the_others_makes_the_benchmark_fail(kind):
    lazy = replace(approve_10000.CASE, bare=lambda job: job.bare(approve_10000.UPDATE_CLAIMS), rivals={})
    with pytest.raises(RuntimeError, match=r"journal_entry.*ledger_entry.*year_summary.*notice"):
        batches.measure(lazy, kind, rows=10, runs=1)


# ---------------------------------------------------------------- pages
def test_a_way_that_shows_other_rows_makes_the_benchmark_of_a_page_fail(monkeypatch):
    monkeypatch.setattr(stock_list.StockView, "column_default_sort", ("id", False))
    with pytest.raises(RuntimeError, match="other rows"):
        list_render.measure("sqlite", rows=ROWS, runs=1)


@pytest.mark.parametrize("kind", databases.KINDS)
def test_the_lower_bound_of_a_page_sends_what_the_page_sends_and_fetches_its_rows(kind):
    with databases.scratch(kind) as store:
        job = batches.prepare(approve_10000.CASE, store, ROWS)
        store.restore()
        with list_render.site_of(job) as app:
            visit = list_render.log_in(app, job)
            shown = list_render.cells_of(visit(), list_render.IN_OURS)
            statements = list_render.statements_of(app, visit)
            connection = store.engine.raw_connection()
            answers = list_render.replay(connection, statements)
            connection.close()
    selects = [statement for statement, _ in statements if statement.startswith("SELECT")]
    assert any("FROM login_session" in statement for statement in selects)
    assert any("FROM notice" in statement for statement in selects), (
        "the menu's counters are part of the page"
    )
    assert len(shown) == list_render.SIZE
    titles = {cells[0] for cells in shown}
    assert any(titles <= {str(cell) for row in answer for cell in row} for answer in answers)


# ---------------------------------------------------------------- databases
def test_a_store_goes_back_to_its_loaded_state_after_a_commit(store):
    with session_on(store) as session:
        load(session, people=10, claims_per_person=1, seed=6)
        session.commit()
    store.freeze()
    for _ in range(2):
        store.restore()
        with Session(store.engine) as session:
            assert session.scalar(select(func.count(Claim.id))) == 10
            session.execute(text("DELETE FROM claim WHERE status = 'draft' OR status = 'declared'"))
            session.commit()
            assert session.scalar(select(func.count(Claim.id))) < 10


def test_a_scratch_database_is_gone_afterwards_even_after_an_error():
    used = []

    def fail():
        with databases.scratch("postgresql") as store:
            used.append(store.engine.url.database)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    server = create_engine(databases.postgres_url())
    with server.connect() as connection:
        names = connection.scalars(text("SELECT datname FROM pg_database")).all()
    server.dispose()
    assert [name for name in names if name.startswith(used[0])] == []


# ---------------------------------------------------------------- the command
KEYS = {"name", "database", "unit", "ours", "lower_bound", "rivals", "ratio"}


def test_the_command_writes_the_file_of_the_contract_and_prints_a_table(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BACKOFFICE_VAR", str(tmp_path))
    assert run.main(["--rows", "30", "--runs", "1"]) == 0
    lines = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    units = {"approve_10000": "s", "declare_10000": "s", "list_page": "ms", "list_render": "ms"}
    units |= {
        "export_20000": "s",
        "export_claims_20000": "s",
        "import_check_5000": "s",
        "grade_sheet_5000": "s",
        "queue_page_1m": "ms",
        "roster_check_5000": "s",
        "statistics_1m": "ms",
    }
    expected = {(name, kind, unit) for name, unit in units.items() for kind in databases.KINDS}
    expected |= {(certificates_1000.NAME, "none", "ms"), (certificates_1000.MEMORY, "none", "MB")}
    assert {(line["name"], line["database"], line["unit"]) for line in lines} == expected
    for line in lines:
        assert set(line) == KEYS
        assert line["ratio"] == pytest.approx(line["ours"] / line["lower_bound"], abs=0.006)
    printed = capsys.readouterr().out
    assert all(f"| {name} | {kind} | {unit} |" in printed for name, kind, unit in expected)


def test_a_name_that_is_no_benchmark_is_refused_before_anything_is_measured(capsys):
    with pytest.raises(SystemExit) as refusal:
        run.main(["approve_1"])
    assert refusal.value.code == 2
    assert "no benchmark is called approve_1" in capsys.readouterr().err


def test_lines_of_benchmarks_not_run_this_time_stay_in_the_file(tmp_path):
    path = tmp_path / "var" / "bench.json"
    figures.write(
        path, [figures.Figure("a", "sqlite", "s", 2.0, 1.0), figures.Figure("b", "sqlite", "s", 3.0, 1.0)]
    )
    figures.write(path, [figures.Figure("a", "sqlite", "s", 5.0, 2.0, {"other": 9.0})])
    assert json.loads(path.read_text(encoding="utf-8")) == [
        {"name": "a", "database": "sqlite", "unit": "s", "ours": 5.0, "lower_bound": 2.0, "rivals": {"other": 9.0},
         "ratio": 2.5},
        {"name": "b", "database": "sqlite", "unit": "s", "ours": 3.0, "lower_bound": 1.0, "rivals": {}, "ratio": 3.0},
    ]  # fmt: skip


# ---------------------------------------------------------------- certificates
def test_the_bare_canvas_draws_the_texts_that_certificates_have():
    fields = certificates_1000.certificates(2)
    ours, bare = (
        certificates_1000.ours(fields),
        certificates_1000.bare([*map(certificates_1000.drawn, fields)]),
    )
    for page in range(2):
        assert certificates_1000.words(ours, page) == certificates_1000.words(bare, page)
    assert certificates_1000.words(ours, 0) != certificates_1000.words(ours, 1)
