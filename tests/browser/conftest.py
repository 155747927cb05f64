"""A real server in its own process, and a real browser."""

from __future__ import annotations

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
    from collections.abc import Iterator

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


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """An empty installation with reference data, served on a free port."""
    name = f"backoffice_browser_{uuid.uuid4().hex[:12]}"
    server = None
    if request.param == "postgresql":
        base = sa.make_url(
            os.environ.get(
                "BACKOFFICE_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
            )
        )
        server = sa.create_engine(base, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with server.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        database_url = base.set(database=name).render_as_string(hide_password=False)
    else:
        database_url = f"sqlite:///{tmp_path / 'site.db'}"
    port = _free_port()
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("BACKOFFICE_", "COV_CORE"))
    }
    environment |= {
        "BACKOFFICE_DATABASE_URL": database_url,
        "BACKOFFICE_VAR": str(tmp_path / "var"),
        "BACKOFFICE_CAPTCHA": "off",
        "BACKOFFICE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT),
    }
    running = Site(f"http://127.0.0.1:{port}", environment, database_url)
    for command in (("db", "upgrade"), ("seed", "base")):
        done = running.command(*command)
        assert done.returncode == 0, done.stderr
    with (tmp_path / "server.log").open("w") as log, subprocess.Popen(
        [sys.executable, "-m", "backoffice", "run", "--port", str(port), "--workers", "1"],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=log,
    ) as process:  # fmt: skip
        try:
            _wait(f"{running.url}/readyz")
            yield running
        finally:
            process.terminate()
            process.wait(timeout=30)
    if server is not None:
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, from the system's packages where there is one, else Playwright's own."""
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
