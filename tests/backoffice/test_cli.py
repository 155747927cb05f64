"""The command line as an operator uses it: a real process, exit codes, one sentence on errors."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from models.identifiers import make_citizen_id, make_organization_code

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "Synthetic-2026"
PROVINCE, BUREAU = make_organization_code(8001), make_organization_code(8002)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run ``python -m backoffice`` in an installation of its own."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("BACKOFFICE_", "COV_CORE"))
    }
    environment |= {"BACKOFFICE_VAR": str(tmp_path_factory.mktemp("installation")), "PYTHONPATH": str(ROOT)}

    def command(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "backoffice", *arguments],
            cwd=ROOT, env=environment | more, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return command


@pytest.fixture(scope="module")
def upgraded(run):
    """The same installation with its schema."""
    run("db", "upgrade")
    return run


def _administrator(number: int) -> list[str]:
    identity = make_citizen_id("410105", date(1980, 1, number), 1)
    return [
        "--citizen-id",
        identity,
        "--mobile",
        "13800000000",
        "--email",
        "a@example.com",
        "--password",
        PASSWORD,
    ]


def test_an_installation_is_set_up_from_the_command_line(run):
    assert run("db", "check").returncode == 1
    assert run("db", "upgrade").returncode == 0
    assert run("db", "check").returncode == 0
    seeded = run("seed", "base")
    assert seeded.returncode == 0
    assert "ethnicity\t民族\t58" in seeded.stdout.splitlines()
    assert run("seed", "base").stdout == seeded.stdout
    assert run("accounts", "create-system", "--name", "系统员", *_administrator(1)).returncode == 0
    again = run("accounts", "create-system", "--name", "系统员", *_administrator(1))
    assert again.returncode == 1
    assert "请勿重复" in again.stderr
    assert "Traceback" not in again.stderr
    province = run(
        "accounts", "create-office", "--kind", "province", "--name", "省厅", "--code", PROVINCE, "--region", "410000",
        "--administrator", "厅员", *_administrator(2),
    )  # fmt: skip
    assert province.returncode == 0, province.stderr
    bureau = run(
        "accounts", "create-office", "--kind", "bureau", "--name", "郑州局", "--code", BUREAU, "--region", "410100",
        "--superior", PROVINCE, "--administrator", "局员", *_administrator(3),
    )  # fmt: skip
    assert bureau.returncode == 0, bureau.stderr
    assert run("ledger", "verify").returncode == 0
    assert run("audit", "verify").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "more", "sentence"),
    [
        (("run",), {"BACKOFFICE_ENV": "production"}, "BACKOFFICE_DATA_KEYS"),
        (("accounts", "demo"), {}, "没有演示账户"),
        (("accounts", "unite-duties"), {}, "三员分立没有启用"),
        (("accounts", "create-system", "--name", "弱", *_administrator(4)[:-1], "000000"), {}, "密码"),
        (("accounts", "create-office", "--kind", "bureau", "--name", "局", "--code", "123", "--administrator", "员",
          *_administrator(5)), {}, "--superior"),
        (("audit", "verify", "--anchor", "0" * 64), {}, "末尾的封存记录被删除"),
    ],
)  # fmt: skip
def test_an_error_is_one_sentence_and_a_nonzero_exit(upgraded, arguments, more, sentence):
    failed = upgraded(*arguments, **more)
    assert failed.returncode != 0
    assert sentence in failed.stderr
    assert "Traceback" not in failed.stderr
