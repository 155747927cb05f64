"""Words the tests of drafted kinds, rules and requirements share."""

from __future__ import annotations

import re

from sqlalchemy import select

from models import ClaimKind, ClaimKindVersion, HourRule, RuleDraft

ADMIN = "system_admin"


def url(view, **query):
    return f"/admin/rule-draft/{view}" + (
        "?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else ""
    )


def begun(client, target, key):
    """Begin a draft; return its key."""
    page = client.post(url("start/"), {"target": target, "key": key})
    assert page.status == 303, page
    return int(re.search(r"id=(\d+)", page.location).group(1))


def draft(site, key):
    return site.get(RuleDraft, key)


def published(client, key):
    """Publish a draft as the page offers it, and return the page that follows."""
    page = client.get(url("details/", id=key))
    return client.follow(client.send_to(url("publish/"), page))


def kind_versions(site, code):
    """Return the versions of a kind, oldest first, as (number, labels of its items)."""
    rows = select(ClaimKindVersion).join(ClaimKind, ClaimKind.id == ClaimKindVersion.kind_id)
    with site.session() as session:
        found = session.scalars(rows.where(ClaimKind.code == code).order_by(ClaimKindVersion.number)).all()
        return [(row.number, [item.label for item in row.items]) for row in found]


def rule_versions(site, code):
    """Return the versions of a rule, oldest first."""
    return site.all(select(HourRule).where(HourRule.code == code).order_by(HourRule.version))
