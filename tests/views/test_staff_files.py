"""Workbooks of people over HTTP: brought in by their employer, taken along by the offices, and who can see that they were."""

from __future__ import annotations

import re

from factories import citizen_id
from site_client import XLSX
from sqlalchemy import func, select
from staff_desk import HEAD, OFFICES, REASON, checked, journal, key, people, run_of, upload, url
from workbooks import cells, sheets, workbook

from backoffice.importing import carry_out
from models import Department, ImportRow, ImportRun, JournalEntry, Organization, Person
from models.enums import ImportState
from services import import_runs
from views.extensions import system_session


# ---------------------------------------------------------------- 导入
def test_a_file_is_checked_imported_and_the_rest_comes_back(site, client_of):
    client, before = client_of("hospital_admin"), site.all(select(func.count(Person.id)))
    address = checked(
        client, [("新人", citizen_id(), "前台"), ("坏人", 4.1e17, ""), ("第二", citizen_id(), "没有的")]
    )
    assert site.all(select(func.count(Person.id))) == before
    page = client.get(address)
    assert "可以导入 1" in page.words()
    assert "第 3 行 B 列 身份证号 是按数字保存的" in page.words()
    assert "第 4 行 C 列 部门 本单位没有“没有的”" in page.words()
    file = client.get(url("import/problems/", id=run_of(address)))
    assert file.headers["Content-Type"] == XLSX
    assert "no-store" in file.headers["Cache-Control"]
    assert [line[0] for line in cells(file.data)[1:]] == ["坏人", "第二"]
    done = client.follow(client.post(url("import/start/"), {"id": run_of(address)}))
    assert "已导入 1" in done.words()
    assert "data-reload" not in done.text
    [person] = people(site)
    assert person.employer_id == site.world.id(Organization, "hospital")
    history = client.get(url("details/", id=person.id)).words()
    assert "导入 金水医院" in history
    assert "操作日志" in client.get("/admin/journal/").words()
    assert "人员.xlsx" in client.get(url("import/")).words()


def test_more_rows_are_the_workers_and_the_page_follows_them(site, client_of):
    client = client_of("hospital_admin")
    number = import_runs.AT_ONCE + 5
    address = checked(client, [(f"新人{place}", citizen_id(), "") for place in range(number)])
    page = client.follow(client.post(url("import/start/"), {"id": run_of(address)}))
    assert page.tree.xpath("//*[@data-reload]")
    assert page.tree.xpath("//progress/@value") == ["0"]
    assert site.get(ImportRun, run_of(address)).state is ImportState.RUNNING
    with site.app.app_context():
        carry_out(system_session, run_of(address))
        carry_out(system_session, run_of(address))
    done = client.get(address)
    assert f"已导入 {number}" in done.words()
    assert done.tree.xpath("//*[@data-reload]") == []
    assert site.all(select(func.count(Person.id)).where(Person.name.startswith("新人"))) == [number]


UNREADABLE = (
    (b"", "a.xlsx", "是空的"),
    (b"a,b\n1,2", "名单.csv", "不是 Excel 工作簿"),
    (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "名单.xls", "旧版 Excel"),
    (b"PK\x03\x04", "名单.xlsx", "已损坏"),
    (workbook([("新人", "1")], ("姓名", "电话")), "名单.xlsx", "没有找到“身份证号”列"),
    (workbook([], HEAD), "名单.xlsx", "没有要导入的行"),
)


def test_a_file_that_cannot_be_read_is_told_so_at_its_field(site, client_of):
    client, before = client_of("hospital_admin"), site.snapshot()
    for data, name, words in UNREADABLE:
        page = upload(client, data, name)
        assert page.status == 200
        assert words in page.errors()["file"]
    assert "请选择填好的 Excel 文件" in client.post(url("import/"), {}).errors()["file"]
    assert site.snapshot() == before


def test_the_template_speaks_of_the_employers_own_departments(site, client_of):
    page = client_of("school_admin").get(url("import/template/"))
    assert page.headers["Content-Type"] == XLSX
    assert sheets(page.data)[0] == "人员"
    assert cells(page.data)[0][:2] == ["姓名*", "身份证号*"]
    listed = {choice for line in cells(page.data, 2) for choice in line}
    assert {"办公室", "办公室/前台", "汉族", "大学本科毕业"} <= listed


def test_an_import_is_nobody_elses(site, client_of):
    run = run_of(checked(client_of("hospital_admin"), [("新人", citizen_id(), "")]))
    for who in ("school_admin", "jinshui_admin", "province_admin", "doctor", "health_admin"):
        client, refused = client_of(who), 404 if who == "school_admin" else 403
        for view in ("run/", "problems/"):
            assert client.get(url(f"import/{view}", id=run)).status == refused, who
        for view in ("start/", "discard/"):
            assert client.post(url(f"import/{view}"), {"id": run}).status == refused, who
        if who != "school_admin":
            assert client.get(url("import/")).status == client.get(url("import/template/")).status == 403
            assert upload(client, workbook([("新人", citizen_id(), "")], HEAD)).status == 403
    assert people(site) == []
    assert site.get(ImportRun, run).state is ImportState.CHECKED


def test_what_cannot_be_a_run_is_none(client_of):
    client = client_of("hospital_admin")
    for odd in ("", "0", "x", "9" * 30, "-1", "１"):
        assert client.get(url("import/run/", id=odd)).status == 404
        assert client.get(url("import/problems/", id=odd)).status == 404
        assert client.post(url("import/start/"), {"id": odd}).status == 404


def test_a_checked_file_can_be_given_up(site, client_of):
    client = client_of("hospital_admin")
    run = run_of(checked(client, [("新人", citizen_id(), "")]))
    page = client.follow(client.post(url("import/discard/"), {"id": run}))
    assert "没有导入任何人员" in page.messages()
    assert client.get(url("import/run/", id=run)).status == 404
    assert site.all(select(ImportRow.id).where(ImportRow.run_id == run)) == []
    done = run_of(checked(client, [("新人", citizen_id(), "")]))
    client.post(url("import/start/"), {"id": done})
    assert "不能放弃" in client.follow(client.post(url("import/discard/"), {"id": done})).messages()
    assert len(people(site)) == 1


# ---------------------------------------------------------------- 导出
def exported(client, **typed):
    query = typed.pop("query", {})
    return client.post(url("export/", **query), {"columns": "shown", "identifiers": "masked", **typed})


def test_everybody_with_the_permission_takes_masked_ids_along(site, client_of):
    number = site.citizens["doctor"]
    rows = []
    for who in OFFICES:
        page = exported(client_of(who))
        assert page.headers["Content-Type"] == XLSX
        assert "filename*=UTF-8''" in page.headers["Content-Disposition"]
        lines = cells(page.data)
        [doctor] = [line for line in lines if line[0] == "doctor"]
        assert f"{number[:4]}**********{number[-4:]}" in doctor
        assert number not in str(lines)
        assert ("teacher" in str(lines)) == (who == "province_admin")
        rows.append(len(lines) - 1)
    entries = site.all(select(JournalEntry).where(JournalEntry.action == "export").order_by(JournalEntry.id))
    assert [(entry.details["grid"], entry.details["rows"]) for entry in entries] == [
        ("person", n) for n in rows
    ]


def test_what_is_taken_along_is_what_matches_more_than_a_page(site, client_of):
    client = client_of("hospital_admin")
    rows = [(f"新人{place:02}", citizen_id(), "前台") for place in range(30)]
    client.post(url("import/start/"), {"id": run_of(checked(client, rows))})
    desk = site.world.id(Department, "hospital-desk")
    page = client.get(url("export/", department=desk))
    assert "共 30 条" in page.words()
    assert "部门：前台" in page.words()
    lines = cells(exported(client, query={"department": desk, "sort": "name"}).data)
    assert [line[0] for line in lines[1:]] == [name for name, _number, _department in rows]
    every = cells(exported(client, columns="every", query={"department": desk}).data)
    assert {"出生年月", "电子邮箱", "离职退休日期"} <= set(every[0])


def test_nobody_else_takes_a_list_along_nor_full_ids_whatever_the_form_says(site, client_of):
    for who in ("doctor", "academy_admin", "system_admin"):
        assert client_of(who).get(url("export/")).status == 403
        assert exported(client_of(who)).status == 403
    for who in ("jinshui_admin", "health_admin", "province_admin"):
        assert "完整号码" not in client_of(who).get(url("export/")).text
        page = exported(client_of(who), identifiers="full", reason=REASON)
        assert site.citizens["doctor"] not in str(cells(page.data))
    assert journal(site, "doctor", "export_unmasked") == []


def test_full_ids_need_a_reason_and_everybody_concerned_can_see_it(site, client_of):
    client = client_of("hospital_admin")
    for reason in ("", "  \u200b "):
        page = exported(client, identifiers="full", reason=reason)
        assert page.status == 200
        assert "请填写查看原因" in page.errors()["reason"]
    assert journal(site, "doctor", "export_unmasked") == []
    lines = cells(exported(client, identifiers="full", reason=REASON).data)
    assert {site.citizens["doctor"], site.citizens["nurse"]} <= {cell for line in lines for cell in line}
    for name in ("doctor", "nurse", "veteran"):
        [entry] = journal(site, name, "export_unmasked")
        assert entry.reason == REASON
    assert site.all(select(func.count(JournalEntry.id)).where(JournalEntry.action == "export_unmasked")) == [
        4
    ]
    own = client_of("doctor").get(url("details/", id=key(site, "doctor"))).words()
    assert re.search(f"导出完整身份证号 金水医院 [-0-9: ]+ {REASON}", own)


def test_a_list_beyond_the_limit_is_not_begun(site, client_of, monkeypatch):
    monkeypatch.setattr("services.exporting.MAXIMUM_ROWS", 2)
    page = exported(client_of("hospital_admin"))
    assert page.location == url("")
    assert site.all(select(JournalEntry).where(JournalEntry.action == "export")) == []
