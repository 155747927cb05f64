"""权限审查 in the browser: what the page says, the workbook, and that the export is the review."""

from __future__ import annotations

import pytest
from site_client import XLSX
from sqlalchemy import select
from workbooks import cells, sheets

from models import Account, JournalEntry

PAGE = "/admin/access-review/"
REVIEWS = select(JournalEntry).where(JournalEntry.object_type == "access_review")


@pytest.mark.parametrize("who", ["system_admin", "province_admin", "jinshui_admin"])
def test_a_review_is_exported_and_is_then_the_last_one(site, client_of, who):
    client = client_of(who)
    before = client.get(PAGE)
    assert "还没有审查过" in before.words()
    assert "2026-12-31 以前" in before.words()
    assert site.all(REVIEWS) == []
    answer = client.post(f"{PAGE}export/")
    assert answer.headers["Content-Type"] == XLSX
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert sheets(answer.data) == ["权限审查", "各类用户的权限", "说明"]
    lines = cells(answer.data)[1:]
    (entry,) = site.all(REVIEWS)
    assert entry.details["rows"] == len(lines) > 0
    after = client.get(PAGE).words()
    assert "还没有审查过" not in after
    assert "2027-03-31 以前" in after


def test_no_full_citizen_id_leaves_with_it(site, client_of):
    answer = client_of("province_admin").post(f"{PAGE}export/")
    written = {str(cell) for line in cells(answer.data) for cell in line}
    assert not written & set(site.citizens.values())


@pytest.mark.parametrize("who", ["hospital_admin", "academy_admin", "health_admin", "doctor"])
def test_who_answers_for_nobody_has_no_review(site, client_of, who):
    client = client_of(who)
    assert client.get(PAGE).status == 403
    assert client.post(f"{PAGE}export/").status == 403
    assert site.all(REVIEWS) == []


def test_an_export_needs_its_token(site, client_of):
    assert client_of("system_admin").post(f"{PAGE}export/", token=False).status == 400
    assert site.all(REVIEWS) == []


def test_the_review_stands_in_the_log_in_words(site, client_of):
    client = client_of("jinshui_admin")
    client.post(f"{PAGE}export/")
    words = client.get("/admin/journal/").words()
    assert "权限审查" in words
    (entry,) = site.all(REVIEWS)
    page = client.get("/admin/journal/details/", id=entry.id).words()
    assert "需要核实的账户数" in page


def test_what_has_to_be_looked_into_is_counted(site, client_of):
    client = client_of("jinshui_admin")
    assert "其中 2 个需要核实" in client.get(PAGE).words()
    from models.base import now

    site.put(Account, "hospital_admin", initial_password_until=now())
    assert "初始密码没有修改 1" in client.get(PAGE).words()
