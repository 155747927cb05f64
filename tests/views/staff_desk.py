"""Words the tests of 专业技术人员管理 share: addresses, uploads, and what the journal says about a person."""

from __future__ import annotations

import io
import re

from sqlalchemy import select
from workbooks import workbook

from models import JournalEntry, Person

HEAD = ("姓名", "身份证号", "部门")
OFFICES = ("hospital_admin", "jinshui_admin", "health_admin", "province_admin")
REASON = "核对社保缴费人员"


def url(view, **query):
    return f"/admin/person/{view}" + (
        "?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else ""
    )


def key(site, name):
    return site.world.id(Person, name)


def journal(site, name, *actions):
    """Return what the journal says about a person, oldest first."""
    rows = select(JournalEntry).where(
        JournalEntry.object_type == "person", JournalEntry.object_id == key(site, name)
    )
    return [row for row in site.all(rows.order_by(JournalEntry.id)) if not actions or row.action in actions]


def upload(client, data, name="人员.xlsx"):
    return client.post(url("import/"), {"file": (io.BytesIO(data), name)})


def checked(client, rows, head=HEAD):
    """Upload rows; return the address of what was found."""
    page = upload(client, workbook(rows, head))
    assert page.status == 303, page
    return page.location


def run_of(address):
    return int(re.search(r"id=(\d+)", address).group(1))


def people(site, name="新人"):
    return site.all(select(Person).where(Person.name == name))
