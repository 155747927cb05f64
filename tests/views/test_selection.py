"""Acting on everything that matches: the selection is frozen, signed, and looked at again when it changed."""

from __future__ import annotations

import re

import pytest
from factories import make_claim

from models import Claim, Organization, Person
from models.enums import ClaimStatus

MANY = 45


@pytest.fixture
def queue(site):
    """Put claims that wait for Jinshui into the world; return their keys."""
    with site.session() as session:
        doctor = session.get(Person, site.world.id(Person, "doctor"))
        jinshui = session.get(Organization, site.world.id(Organization, "jinshui"))
        claims = [make_claim(session, doctor, status="declared", approver=jinshui) for _ in range(MANY)]
        return [claim.id for claim in claims]


def token_of(page):
    [token] = page.tree.xpath("//input[@name='all_matching']/@value")
    return token


def confirm_button(page):
    return page.tree.xpath("string(//button[@name='confirmed'])").strip()


def chosen_number(page):
    return int(re.search(r"\d+", confirm_button(page)).group())


def test_everything_that_matches_is_previewed_and_decided(site, client_of, queue):
    client = client_of("jinshui_admin")
    page = client.get("/admin/claim-decision/", subject="specialty")
    assert len(page.tree.xpath("//tbody/tr")) == 20
    preview = client.post(
        "/admin/claim-decision/action/",
        {"action": "reject", "all_matching": token_of(page), "rowid": queue[:1]},
    )
    assert chosen_number(preview) >= MANY
    assert "rowid" not in preview.form()
    answer = client.send_to(
        "/admin/claim-decision/action/", preview, {"confirmed": "1", "reason": "材料不全"}
    )
    assert answer.status == 302
    assert {site.get(Claim, key).status for key in queue} == {ClaimStatus.REJECTED}


def test_rows_that_came_after_the_preview_are_not_decided_unseen(site, client_of, queue):
    client = client_of("jinshui_admin")
    token = token_of(client.get("/admin/claim-decision/"))
    preview = client.post("/admin/claim-decision/action/", {"action": "reject", "all_matching": token})
    seen = chosen_number(preview)
    with site.session() as session:
        approver = session.get(Organization, site.world.id(Organization, "jinshui"))
        late = make_claim(
            session, session.get(Person, site.world.id(Person, "nurse")), status="declared", approver=approver
        ).id
    changes = {"confirmed": "1", "reason": "材料不全"}
    again = client.send_to("/admin/claim-decision/action/", preview, changes)
    assert f"选择时 {seen} 条，现在 {seen + 1} 条" in again.messages()
    assert site.get(Claim, queue[0]).status is ClaimStatus.DECLARED
    assert again.form()["reason"] == ["材料不全"]
    assert client.send_to("/admin/claim-decision/action/", again, changes).status == 302
    assert site.get(Claim, late).status is ClaimStatus.REJECTED


def test_one_row_for_another_is_noticed_though_the_number_is_the_same(site, client_of, queue):
    client = client_of("jinshui_admin")
    token = token_of(client.get("/admin/claim-decision/"))
    preview = client.post("/admin/claim-decision/action/", {"action": "reject", "all_matching": token})
    site.put(Claim, queue[0], approver_id=site.world.id(Organization, "luoyang"))
    with site.session() as session:
        approver = session.get(Organization, site.world.id(Organization, "jinshui"))
        make_claim(
            session, session.get(Person, site.world.id(Person, "nurse")), status="declared", approver=approver
        )
    again = client.send_to("/admin/claim-decision/action/", preview, {"confirmed": "1", "reason": "材料不全"})
    assert "有变化" in again.messages()
    assert site.get(Claim, queue[1]).status is ClaimStatus.DECLARED


@pytest.mark.parametrize(
    ("actor", "grid", "how"),
    [
        ("jinshui_admin", "claim-decision", "forged"),
        ("jinshui_admin", "claim-decision", "cut"),
        ("zhengzhou_admin", "claim-decision", "of another account"),
        ("jinshui_admin", "claim", "of another grid"),
    ],
)
def test_a_token_that_is_not_ones_own_is_refused(site, client_of, queue, actor, grid, how):
    token = token_of(client_of("jinshui_admin").get("/admin/claim-decision/"))
    sent = {"forged": "eyJncmlkIjoi.x.y", "cut": token[:-1]}.get(how, token)
    action = "revoke" if grid == "claim" else "reject"
    client = client_of(actor)
    page = client.post(
        f"/admin/{grid}/action/", {"action": action, "all_matching": sent, "confirmed": "1", "reason": "x"}
    )
    assert page.status == 400
    assert site.get(Claim, queue[0]).status is ClaimStatus.DECLARED


def test_a_list_that_fits_on_the_page_needs_no_such_choice(client_of):
    page = client_of("jinshui_admin").get("/admin/claim-decision/")
    assert page.tree.xpath("//input[@name='all_matching']") == []


def test_what_was_not_done_can_be_tried_again_from_the_result(site, client_of, queue):
    client = client_of("jinshui_admin")
    ids = [str(key) for key in queue[:3]]
    preview = client.post("/admin/claim-decision/action/", {"action": "approve", "rowid": ids})
    site.put(Claim, queue[0], credit_year=2015)  # closed for approving
    answer = client.send_to("/admin/claim-decision/action/", preview, {"confirmed": "1"})
    result = client.follow(answer)
    [button] = result.tree.xpath("//button[@name='action']")
    form = button.getparent()
    assert form.xpath(".//input[@name='rowid']/@value") == ids[:1]
    site.put(Claim, queue[0], credit_year=2026)
    again = client.post(form.get("action"), {"action": button.get("value"), "rowid": ids[:1]})
    assert chosen_number(again) == 1
    client.send_to("/admin/claim-decision/action/", again, {"confirmed": "1"})
    assert site.get(Claim, queue[0]).status is ClaimStatus.APPROVED


def test_a_batch_that_was_done_whole_offers_nothing_to_try_again(client_of, queue):
    client = client_of("jinshui_admin")
    preview = client.post("/admin/claim-decision/action/", {"action": "approve", "rowid": queue[:2]})
    result = client.follow(client.send_to("/admin/claim-decision/action/", preview, {"confirmed": "1"}))
    assert result.tree.xpath("//button[@name='action']") == []
