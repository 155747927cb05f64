"""Every address of the system and every role: who gets in, as a table to be read and reviewed.

Each line is one rule and method, sent without a payload (POST with its CSRF token). After a change that is meant,
write the table anew and read the difference::

    BACKOFFICE_WRITE_GOLDEN=1 pytest tests/views/test_access.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from site_client import ROLES

from models import ClaimAttachment, Organization, OrganizationChange, PersonCorrection, TrainingAttachment

GOLDEN = Path(__file__).parent / "access.txt"
HEAD = f"{'rule':<48} {'method':<6} " + " ".join(f"{role:>11}" for role in ROLES)
HOW_TO = "run BACKOFFICE_WRITE_GOLDEN=1 pytest tests/views/test_access.py and read the difference"
NEVER = {"HEAD", "OPTIONS"}


def lines_of(app):
    """Yield (endpoint, rule, method) of every address, in the table's order."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        for method in sorted(rule.methods - NEVER):
            yield rule, method


def answers(role):
    """Return what the table says of a role: the status by rule and method."""
    lines = GOLDEN.read_text(encoding="utf-8").splitlines()[1:]
    return {tuple(line[:55].split()): line[55:].split()[list(ROLES).index(role)] for line in lines}


def address(site, app, rule):
    values = {
        "files.attachment": {"key": site.world.id(ClaimAttachment, "doctor-submitted")},
        "files.preview": {"key": site.world.id(ClaimAttachment, "doctor-submitted")},
        "files.training": {"key": site.world.id(TrainingAttachment, "plan-submitted")},
        "files.training_preview": {"key": site.world.id(TrainingAttachment, "plan-submitted")},
        "files.organization_certificate": {"key": site.world.id(Organization, "hospital")},
        "files.organization_change": {"key": site.world.id(OrganizationChange, "academy")},
        "files.correction_scan": {"key": site.world.id(PersonCorrection, "nurse-name")},
        "training-class.paper_view": {"paper": "roster"},
        "portal.verify": {"number": "1"},
        "portal.verify_check": {"code": "A"},
        "portal.credential": {"number": "1"},
        "portal.credential_status": {"number": 0},
        "security.recover_new": {"token": "nobodys"},
        "portal.options": {"kind": "county"},
        "help.image": {"picture": "nothing.png"},
        "portal.captcha_png": {"token": "a" * 43},
        "portal.captcha_wav": {"token": "a" * 43},
        "static": {"filename": "css/app.css"},
        "admin.static": {"filename": "nothing.css"},
        "security.static": {"filename": "nothing.css"},
    }.get(rule.endpoint, {})
    values |= {name: "csv" for name in rule.arguments if name == "export_type"}
    missing = rule.arguments - set(values)
    if rule.endpoint != "portal.verify":
        assert not missing, f"{rule.rule}: say in this test which {missing} to ask for"
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, values if rule.arguments else {})


def written(site, client_of):
    """Return the table as it is now; nobody keeps what the POSTs did."""
    clients = {role: client_of(actor) for role, actor in ROLES.items()}
    yield HEAD
    for rule, method in lines_of(site.app):
        url = address(site, site.app, rule)
        answers = []
        for role, client in clients.items():
            once = rule.endpoint == "security.logout"  # would end the session for all lines below
            browser = client_of(ROLES[role]) if once else client
            page = browser.get(url) if method == "GET" else browser.post(url)
            answers.append(page.status)
        yield f"{rule.rule:<48} {method:<6} " + " ".join(f"{status:>11}" for status in answers)


def test_every_address_answers_every_role_as_the_golden_table_says(site, client_of):
    now = list(written(site, client_of))
    if os.environ.get("BACKOFFICE_WRITE_GOLDEN"):
        GOLDEN.write_text("\n".join(now) + "\n", encoding="utf-8")
    golden = GOLDEN.read_text(encoding="utf-8").splitlines()
    known = {line[:55] for line in golden}
    new = [line[:55].strip() for line in now if line[:55] not in known]
    if new:
        pytest.fail(f"not in the table of who may go where: {new}; {HOW_TO}")
    assert now == golden, HOW_TO


def test_no_address_breaks_for_any_role():
    broken = [line for line in GOLDEN.read_text(encoding="utf-8").splitlines()[1:] if " 500" in line[55:]]
    assert broken == []


def test_a_visitor_gets_into_nothing_of_the_workbench():
    inside = [line for line in GOLDEN.read_text(encoding="utf-8").splitlines() if line.startswith("/admin/")]
    assert inside
    for line in inside:
        assert line[55:].split()[0] in {"302", "404"} or line.startswith("/admin/static"), line


@pytest.mark.parametrize("name", ["doctor", "manager"])
def test_a_disabled_account_is_out_at_its_next_request(site, client_of, name):
    from models import Account

    client = client_of(name)
    assert client.get("/admin/").status == 200
    site.put(Account, name, status="disabled")
    assert client.get("/admin/").status == 302
    assert client.get("/admin/claim/").status == 302
