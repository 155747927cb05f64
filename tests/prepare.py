"""Makes sure that what the suite needs is there: Chromium, PDF readers, a PostgreSQL server.

Uses what it finds and installs what it does not (system packages, so as root). It fails with one sentence where it
cannot: a missing part is never skipped. Writes ``var/test.env`` for the test run.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"pdftotext": "poppler-utils", "chromium": "chromium"}
CHINESE_FONT = "fonts-wqy-microhei"
DEFAULT_URL = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
START_SECONDS = 30


def _refuse_namesakes() -> None:
    """Stop at once where two test modules have one name: pytest would run for minutes and then not collect the second."""
    seen: dict[str, Path] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        other = seen.setdefault(path.name, path)
        if other != path:
            sys.exit(f"two test modules are called {path.name}: {other.parent} and {path.parent}; rename one")


def main() -> None:
    """Prepare everything."""
    _refuse_namesakes()
    missing = [package for program, package in PACKAGES.items() if not shutil.which(program)]
    if not _has_chinese_font():
        missing.append(CHINESE_FONT)
    browser = shutil.which("chromium")
    if missing:
        if os.geteuid() == 0 and shutil.which("apt-get"):
            _install(missing)
            browser = shutil.which("chromium")
        elif missing == ["chromium"]:
            _run(sys.executable, "-m", "playwright", "install", "chromium")
        else:
            _fail(f"please install these packages first: {' '.join(missing)}")
    (ROOT / "var").mkdir(exist_ok=True)
    lines = [f"BACKOFFICE_TEST_POSTGRES_URL={_postgres()}", f"BACKOFFICE_TEST_CHROMIUM={browser or ''}"]
    (ROOT / "var" / "test.env").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _postgres() -> str:
    given = os.environ.get("BACKOFFICE_TEST_POSTGRES_URL")
    if given:
        return given
    if not _listening():
        if not shutil.which("pg_ctlcluster"):
            if os.geteuid() != 0 or not shutil.which("apt-get"):
                _fail("no PostgreSQL on 127.0.0.1:5432; start one or set BACKOFFICE_TEST_POSTGRES_URL")
            _install(["postgresql"])
        _start_cluster()
    return DEFAULT_URL


def _start_cluster() -> None:
    version = max(path.name for path in Path("/etc/postgresql").iterdir())
    rules = Path("/etc/postgresql") / version / "main" / "pg_hba.conf"
    local = "host all postgres 127.0.0.1/32 trust\n"
    text = rules.read_text(encoding="utf-8")
    if not text.startswith(local):  # this cluster was installed for the tests a moment ago
        rules.write_text(local + text, encoding="utf-8")
    _run("pg_ctlcluster", "--skip-systemctl-redirect", version, "main", "start")
    deadline = time.monotonic() + START_SECONDS
    while not _listening():
        if time.monotonic() > deadline:
            _fail("PostgreSQL was started but does not listen on 127.0.0.1:5432")
        time.sleep(0.2)


def _listening() -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", 5432)) == 0


def _has_chinese_font() -> bool:
    lister = shutil.which("fc-list")
    return bool(
        lister and subprocess.run([lister, ":lang=zh"], capture_output=True, check=False).stdout.strip()
    )


def _install(packages: list[str]) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    _run("apt-get", "update", "-qq", environment=environment)
    _run("apt-get", "install", "-y", "-qq", *packages, environment=environment)


def _run(*command: str, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        _fail(f"{' '.join(command)} failed: {done.stderr.strip() or done.stdout.strip()}")


def _fail(sentence: str) -> None:
    sys.exit(f"tests cannot start: {sentence}")


if __name__ == "__main__":
    main()
