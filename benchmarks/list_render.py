"""The first page of a bureau's list of claims as the browser gets it: a whole request, from the cookie to the HTML."""

from __future__ import annotations

import secrets
import statistics
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment
from lxml import html
from sqlalchemy import event
from werkzeug.test import EnvironBuilder, run_wsgi_app

from backoffice.app import create_app
from backoffice.config import Settings
from benchmarks import approve_10000, stock_list
from benchmarks.batches import prepare
from benchmarks.databases import scratch
from benchmarks.figures import Figure
from models import Claim, crypto
from permissions.engine import rows as allowed
from permissions.verbs import Verb
from permissions.wall import ALL, ScopedSession, set_scope
from services import grids, sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from sqlalchemy import Engine

    from benchmarks.batches import Job

    Statements = list[tuple[str, Any]]
    Cells = list[tuple[str, ...]]

NAME, SIZE, REPEATS = "list_render", 50, 20
HOST = "https://localhost"
BARE = """<!DOCTYPE html><table>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table>"""
IN_OURS = "//tbody/tr/*[@data-label]"  # the cells that show something, without the row's buttons
IN_STOCK = "//tr/td[starts-with(@class, 'col-')]"


@dataclass(frozen=True, slots=True)
class Visit:
    """A request ready to be made: the application's own WSGI call, without a client that keeps cookies."""

    app: Flask
    environ: dict[str, Any]

    def __call__(self) -> str:
        """Return the page.

        Raises:
            RuntimeError: there is none.
        """
        body, status, _headers = run_wsgi_app(self.app, dict(self.environ), buffered=True)
        text = b"".join(body).decode()
        if not status.startswith("200"):
            raise RuntimeError(f"{NAME}: {status}")
        return text


@contextmanager
def site_of(job: Job) -> Iterator[Flask]:
    """Give the application in production's settings on the job's database."""
    keyring = crypto.keyring()
    with tempfile.TemporaryDirectory(prefix="jijiaotong-bench-") as folder:
        settings = Settings(
            env="production",
            database_url=_url_of(job),
            queue_url=f"sqlite:///{folder}/queue.db",
            media_url=f"file://{folder}/media",
            secret_key=secrets.token_urlsafe(),
            data_keys=crypto.generate_setting(),
            var=Path(folder),
            captcha=True,
            public_url=HOST,
        )
        app = create_app(settings)
        crypto.configure(keyring)  # the keys the rows were loaded with
        try:
            yield app
        finally:
            _engine_of(app).dispose()


def log_in(app: Flask, job: Job, grid: str = "claim") -> Visit:
    """Open a session for the job's actor, who likes fifty rows, and return the request of a list visited before."""
    address = f"/admin/{grid}/"
    with ScopedSession(job.store.engine) as session:
        set_scope(session, ALL)
        grids.keep_layout(session, job.actor, grid, grids.Layout(page_size=SIZE))
        key = sessions.start(session, job.actor.account_id or 0, sessions.Source("127.0.0.1"))
        session.commit()
    client = app.test_client()
    with client.session_transaction(base_url=HOST) as cookie:
        cookie["_user_id"], cookie["_fresh"] = key, True
    client.get(address, base_url=HOST)  # puts its CSRF token into the cookie
    known = client.get_cookie("session")
    headers = [("Cookie", f"session={known.value if known else ''}")]
    return Visit(app, EnvironBuilder(address, HOST, headers=headers).get_environ())


def statements_of(app: Flask, visit: Visit) -> Statements:
    """Return every statement one visit sends, with its parameters."""
    sent: Statements = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        sent.append((statement, parameters))

    event.listen(_engine_of(app), "before_cursor_execute", note)
    try:
        visit()
    finally:
        event.remove(_engine_of(app), "before_cursor_execute", note)
    return sent


def replay(connection: Any, statements: Statements) -> list[list[Any]]:
    """Send the statements once more through the bare driver, and fetch every row.

    Args:
        connection: the driver's own, kept open.
        statements: as the driver got them.
    """
    answers = []
    for statement, parameters in statements:
        cursor = connection.cursor()
        cursor.execute(statement, parameters)
        answers.append(cursor.fetchall() if cursor.description else [])
        cursor.close()
    connection.rollback()
    return answers


def cells_of(page: str, path: str) -> Cells:
    """Return what a page shows in its table, row by row.

    Args:
        page: the HTML.
        path: XPath of the cells.
    """
    rows: dict[Any, list[str]] = {}
    for cell in html.fromstring(page).xpath(path):
        rows.setdefault(cell.getparent(), []).append(" ".join(cell.text_content().split()))
    return [tuple(cells) for cells in rows.values()]


def measure(kind: str, *, rows: int, runs: int) -> Figure:
    """Measure the page, in milliseconds.

    Args:
        kind: ``sqlite`` or ``postgresql``.
        rows: claims waiting for the bureau.
        runs: timed rounds; each opens the page twenty times in every way, in turns.

    Raises:
        RuntimeError: the ways show different rows.
    """
    with ExitStack() as stack:
        store = stack.enter_context(scratch(kind))
        job = prepare(approve_10000.CASE, store, rows)
        store.restore()
        app = stack.enter_context(site_of(job))
        ours = log_in(app, job)
        other = stock_list.create_app(_url_of(job), allowed(job.actor, Verb.VIEW, Claim), SIZE)
        stack.callback(lambda: _engine_of(other).dispose())
        stock = Visit(other, EnvironBuilder(stock_list.ADDRESS, HOST).get_environ())
        shown = cells_of(ours(), IN_OURS)
        statements = statements_of(app, ours)
        connection = store.engine.raw_connection()
        stack.callback(connection.close)
        template = Environment(autoescape=True).from_string(BARE)

        def bare() -> str:
            replay(connection, statements)
            return template.render(rows=shown)

        if not shown or len(shown) > SIZE or cells_of(stock(), IN_STOCK) != shown:
            raise RuntimeError(f"{NAME}: the stock page shows other rows than ours")
        if not any(len(answer) == len(shown) for answer in replay(connection, statements)):
            raise RuntimeError(f"{NAME}: the statements do not bring the rows of the page")
        medians = medians_of({"ours": ours, "bare": bare, "stock": stock}, REPEATS * runs)
    return Figure(NAME, kind, "ms", medians["ours"], medians["bare"], {"stock_flask_admin": medians["stock"]})


def medians_of(ways: dict[str, Callable[[], object]], times: int) -> dict[str, float]:
    """Return the median milliseconds of each way, taken in turns."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(times):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            taken[name].append((time.perf_counter() - start) * 1000)
    return {name: round(statistics.median(values), 3) for name, values in taken.items()}


def _url_of(job: Job) -> str:
    return job.store.engine.url.render_as_string(hide_password=False)


def _engine_of(app: Flask) -> Engine:
    with app.app_context():
        engine: Engine = app.extensions["sqlalchemy"].engine
    return engine
