"""A real server in its own process, and a real browser."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60
BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]


@dataclass
class Site:
    """A running installation."""

    url: str
    environment: dict[str, str]
    database_url: str

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``python -m backoffice`` on it."""
        return subprocess.run(
            [sys.executable, "-m", "backoffice", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    def sql(self, statement: str) -> None:
        """Change the database by hand, as nobody should."""
        engine = sa.create_engine(self.database_url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.execute(sa.text(statement))
        engine.dispose()


@contextlib.contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Give the URL of an empty database, gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'site.db'}"
        return
    name = f"backoffice_browser_{uuid.uuid4().hex[:12]}"
    base = sa.make_url(
        os.environ.get(
            "BACKOFFICE_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
        )
    )
    server = sa.create_engine(base, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        yield base.set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


@contextlib.contextmanager
def served(database_url: str, folder: Path, *commands: tuple[str, ...], **settings: str) -> Iterator[Site]:
    """Run an installation on a free port, prepared by commands of its own command line; settings without their prefix."""
    port = _free_port()
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("BACKOFFICE_", "COV_CORE"))
    }
    environment |= {
        "BACKOFFICE_DATABASE_URL": database_url,
        "BACKOFFICE_VAR": str(folder / "var"),
        "BACKOFFICE_CAPTCHA": "off",
        "BACKOFFICE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT),
        **{f"BACKOFFICE_{name}": value for name, value in settings.items()},
    }
    running = Site(f"http://127.0.0.1:{port}", environment, database_url)
    for command in commands:
        done = running.command(*command)
        assert done.returncode == 0, done.stderr
    with (folder / "server.log").open("w") as log, subprocess.Popen(
        [sys.executable, "-m", "backoffice", "run", "--port", str(port), "--workers", "1"],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=log,
    ) as process:  # fmt: skip
        try:
            _wait(f"{running.url}/readyz")
            yield running
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """An empty installation with reference data."""
    with (
        database(request.param, tmp_path) as url,
        served(url, tmp_path, ("db", "upgrade"), ("seed", "base")) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def demo_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo world, for looking at pages; what a test changes stays for the next one.

    Its mails wait: who wants them runs a worker, and a mail server on the port of its setting.
    """
    folder = tmp_path_factory.mktemp("demo")
    commands = (("db", "upgrade"), ("seed", "base"), ("seed", "demo"))
    mail = {"MAIL_URL": f"smtp://127.0.0.1:{_free_port()}", "MAIL_FROM": "noreply@ce.example.com"}
    with database("sqlite", folder) as url, served(url, folder, *commands, **mail) as running:
        yield running


@pytest.fixture(scope="session")
def demo_accounts(demo_site: Site) -> list[dict[str, str]]:
    """The logins of the demo world."""
    accounts: list[dict[str, str]] = json.loads(demo_site.command("accounts", "demo", "--json").stdout)
    return accounts


@pytest.fixture
def log_in(page: Page, demo_site: Site, demo_accounts: list[dict[str, str]]) -> Callable[..., None]:
    """Log a role of the demo world in."""

    def go(role: str, visitor: Page | None = None) -> None:
        account = next(account for account in demo_accounts if account["user_type"] == role)
        shown = visitor or page
        shown.goto(f"{demo_site.url}/login")
        shown.select_option("[name=user_type]", role)
        for name in ("organization_code", "citizen_id", "password"):
            if account[name]:
                shown.fill(f"[name={name}]", account[name])
        shown.click("main button[type=submit]")
        shown.wait_for_url("**/admin/**")

    return go


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, from the system's packages where there is one, else Playwright's own.

    It does not outlive its module: Playwright keeps an event loop running in this process, and whoever
    runs one of his own afterwards (pyHanko does) is refused.
    """
    path = os.environ.get("BACKOFFICE_TEST_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path or None, args=BROWSER_OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """A visitor's page at desktop width; script errors fail the test."""
    context = browser.new_context(viewport={"width": 1366, "height": 800}, locale="zh-CN")
    visitor = context.new_page()
    errors: list[str] = []
    visitor.on("pageerror", lambda error: errors.append(str(error)))
    visitor.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield visitor
    visitor.screenshot(path=tmp_path / "last_page.png", full_page=True)
    context.close()
    assert errors == []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        assert time.monotonic() < deadline, f"{url} does not answer"
        time.sleep(0.2)
