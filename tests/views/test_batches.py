"""Large batches over HTTP: in the background with progress, cancelled, taken along as a workbook; and 撤回本次办理."""

from __future__ import annotations

import pytest
from factories import make_claim
from sqlalchemy import func, select, update
from workbooks import cells

from backoffice.batching import carry_out
from models import Batch, Claim, JournalEntry, Notice, Organization, Person
from models.base import now
from models.enums import ClaimStatus
from services import batch_jobs
from views.extensions import system_session
from workflow.undo import WINDOW

MANY = 6


@pytest.fixture
def queue(site, monkeypatch):
    """Put claims that wait for Jinshui into the world, more than are decided at once; return their keys."""
    monkeypatch.setattr(batch_jobs, "AT_ONCE", MANY - 1)
    monkeypatch.setattr(batch_jobs, "PORTION", 4)
    with site.session() as session:
        doctor = session.get(Person, site.world.id(Person, "doctor"))
        jinshui = session.get(Organization, site.world.id(Organization, "jinshui"))
        return [
            make_claim(session, doctor, status="declared", approver=jinshui, title="=1+1").id
            for _ in range(MANY)
        ]


def decide(client, name, keys, **more):
    """Preview and confirm; return the preview and the page one is led to."""
    preview = client.post("/admin/claim-decision/action/", {"action": name, "rowid": keys})
    answer = client.send_to("/admin/claim-decision/action/", preview, {"confirmed": "1", **more})
    return preview, client.follow(answer)


def number_of(site):
    return site.all(select(func.max(Batch.id)))[0]


def work(site):
    """Let the worker do what waits."""
    with site.app.app_context():
        for key in site.all(select(Batch.key).where(Batch.state == "running")):
            carry_out(system_session, key)


def post(client, view, **fields):
    return client.post(f"/admin/batch/{view}/", fields)


def statuses(site, keys):
    return {site.get(Claim, key).status for key in keys}


def test_many_rows_are_the_workers_and_the_page_follows_them(site, client_of, queue):
    client = client_of("jinshui_admin")
    preview, page = decide(client, "approve", queue)
    assert "在后台分批办理" in preview.words()
    assert "办理中" in page.words()
    assert page.tree.xpath("//progress/@value") == ["0"]
    assert page.tree.xpath("//*[@data-reload]")
    assert page.tree.xpath("//noscript/meta[@http-equiv='refresh']")
    assert statuses(site, queue) == {ClaimStatus.DECLARED}
    again = client.post("/admin/claim-decision/action/", {**preview.form(), "confirmed": "1"})
    assert site.all(select(func.count(Batch.id)).where(Batch.state == "running")) == [1]
    work(site)
    done = client.follow(again)
    assert f"已办理 {MANY}" in done.words()
    assert done.tree.xpath("//*[@data-reload]") == []
    assert statuses(site, queue) == {ClaimStatus.APPROVED}


def test_the_result_names_whose_each_claim_is(site, client_of, queue):
    _preview, page = decide(client_of("jinshui_admin"), "approve", queue[:3])
    name = site.get(Person, site.world.id(Person, "doctor")).name
    assert page.words().count(f"=1+1（{name}）") == 3


def test_the_rest_is_cancelled_and_said_so(site, client_of, queue):
    client = client_of("jinshui_admin")
    decide(client, "reject", queue, reason="材料不全")
    with site.app.app_context(), system_session() as session:
        batch_jobs.advance(
            session, session.scalars(select(Batch.key).where(Batch.state == "running")).one(), 4
        )
    page = client.follow(post(client, "cancel", id=number_of(site)))
    assert "已取消" in page.messages()
    assert "已办理 4" in page.words()
    assert "未办理 2" in page.words()
    assert page.words().count("已取消，没有办理") == 2
    assert "已经办完，不用取消" in client.follow(post(client, "cancel", id=number_of(site))).messages()
    [retry] = page.tree.xpath("//button[@value='reject']")
    assert len(retry.getparent().xpath(".//input[@name='rowid']")) == 2


def test_the_outcome_of_every_row_goes_along_as_a_workbook(site, client_of, queue):
    client = client_of("jinshui_admin")
    site.put(Claim, queue[0], credit_year=2015)  # closed for approving
    decide(client, "approve", [*queue, 10**9])
    work(site)
    file = post(client, "workbook", id=number_of(site))
    assert "no-store" in file.headers["Cache-Control"]
    head, *lines = cells(file.data)
    assert head[:3] == ["序号", "结果", "原因"]
    assert len(lines) == MANY + 1
    assert lines[0][:3] == [str(queue[0]), "未办理", "该年度当前不在审批期内"]
    assert lines[1][:4] == [str(queue[1]), "已办理", "", "=1+1"]
    assert lines[-1][:3] == [str(10**9), "未办理", "记录不存在"]
    number = head.index("身份证号")
    assert all(line[number][4:14] == "*" * 10 for line in lines[:-1])
    assert (
        site.all(select(JournalEntry.details).order_by(JournalEntry.id.desc()).limit(1))[0]["rows"]
        == MANY + 1
    )


def test_a_batch_is_taken_back_after_a_preview(site, client_of, queue):
    client, doctor = client_of("jinshui_admin"), client_of("doctor")
    _preview, page = decide(client, "approve", queue[:3])
    assert "撤回本次办理" in page.words()
    assert "还有 30 分钟" in page.words()
    assert "已认定通过" not in doctor.get("/admin/notice/").words()
    client.follow(client.post("/admin/claim/action/", {
        "action": "revoke", "rowid": queue[0], "confirmed": "1", "reason": "材料不实"}))  # fmt: skip
    number = site.all(select(Batch.id).where(Batch.transition == "approve").order_by(Batch.id.desc()))[0]
    preview = post(client, "undo", id=number)
    assert "可以撤回通过 2 条" in preview.words()
    assert "当前状态不能进行此操作，可能已被他人处理 1 条" in preview.words()
    assert statuses(site, queue[1:3]) == {ClaimStatus.APPROVED}
    answer = client.send_to("/admin/batch/undo/", preview, {"confirmed": "1"})
    done = client.follow(answer)
    assert "撤回通过：办理结果" in done.words()
    assert "已办理 2" in done.words()
    assert statuses(site, queue[1:3]) == {ClaimStatus.DECLARED}
    twice = client.send_to("/admin/batch/undo/", preview, {"confirmed": "1"})
    assert client.follow(twice).words() == done.words()  # a double click
    shown = client.get("/admin/batch/details/", id=number).words()
    assert "已撤回 2" in shown
    site_notices = site.all(select(Notice.title).where(Notice.held_until.is_not(None)))
    assert len(site_notices) == 1


def test_many_rows_are_taken_back_in_the_background(site, client_of, queue):
    client = client_of("jinshui_admin")
    decide(client, "reject", queue, reason="材料不全")
    work(site)
    preview = post(client, "undo", id=number_of(site))
    assert "在后台分批办理" in preview.words()
    page = client.follow(client.send_to("/admin/batch/undo/", preview, {"confirmed": "1"}))
    assert page.tree.xpath("//progress")
    work(site)
    assert statuses(site, queue) == {ClaimStatus.DECLARED}


def test_a_batch_is_taken_back_by_its_owner_and_in_time(site, client_of, queue):
    client = client_of("jinshui_admin")
    decide(client, "approve", queue[:2])
    number = number_of(site)
    for who in ("luoyang_admin", "hospital_admin", "doctor", "system_admin"):
        for view in ("undo", "cancel", "workbook"):
            assert post(client_of(who), view, id=number, confirmed="1").status == 404, who
    with site.session() as session:
        moment = now() - WINDOW
        session.execute(
            update(JournalEntry.__table__).where(JournalEntry.object_id.in_(queue[:2])).values(moment=moment)
        )
    page = client.get("/admin/batch/details/", id=number)
    assert "撤回本次办理" not in page.words()
    assert "已不能撤回" in client.follow(post(client, "undo", id=number, confirmed="1")).messages()
    assert statuses(site, queue[:2]) == {ClaimStatus.APPROVED}
