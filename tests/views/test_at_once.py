"""The same thing sent several times at the same moment, in real threads: it happens once, and nobody sees a 500."""

from __future__ import annotations

import threading

import pytest
from claim_story import EXCHANGE, NEW, claims_of, file, fire, key_of, proof
from registering import ADMINISTRATOR, NEW_CODE, basic, scan, step, to_administrator
from sqlalchemy import select
from test_registering_people import person_form

from models import Account, Batch, Claim, ClaimAttachment, Department, Organization, Person
from models.enums import ClaimStatus
from models.identifiers import make_organization_code

TIMES = 4


def at_once(*tasks):
    """Run the tasks in a thread each, all starting at once; return their answers in order."""
    start, answers, failures = threading.Barrier(len(tasks)), {}, []

    def work(place, task):
        try:
            start.wait(timeout=30)
            answers[place] = task()
        except Exception as failure:  # noqa: BLE001  (a thread's failure is the test's)
            failures.append(failure)

    threads = [threading.Thread(target=work, args=item) for item in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not failures
    return [answers[place] for place in range(len(tasks))]


def browsers(client_of, name):
    """Open several browsers of one person, each with its token."""
    opened = [client_of(name) for _ in range(TIMES)]
    for client in opened:
        client.token()
    return opened


def test_one_citizen_registers_once(site, client_of):
    opened = browsers(client_of, "visitor")
    forms = [client.get("/register/person") for client in opened]
    pages = at_once(
        *(
            lambda client=client, form=form: client.send(form, person_form(site))
            for client, form in zip(opened, forms, strict=True)
        )
    )
    assert sorted(page.status for page in pages) == [200] * (TIMES - 1) + [302]
    assert all("请勿重复注册" in page.errors()["citizen_id"] for page in pages if page.status == 200)
    assert len(site.all(select(Person.id).where(Person.name == "赵新来"))) == 1
    assert len(site.all(select(Account.id).where(Account.real_name == "赵新来"))) == 1


def test_one_organisation_registers_once(site, client_of):
    opened, last = browsers(client_of, "visitor"), []
    for client in opened:
        page = step(client, client.get("/register/employer"), code=NEW_CODE, scan=scan(), next="1")
        last.append(step(client, page, **basic(site), next="1"))
    pages = at_once(
        *(
            lambda client=client, page=page: client.send(page, ADMINISTRATOR)
            for client, page in zip(opened, last, strict=True)
        )
    )
    assert sorted(page.status for page in pages) == [200] * (TIMES - 1) + [302]
    assert all("请勿重复注册" in page.messages() for page in pages if page.status == 200)
    assert len(site.all(select(Organization.id).where(Organization.code == NEW_CODE))) == 1


def test_a_region_gets_one_bureau_whatever_their_codes(site, client_of):
    opened = browsers(client_of, "visitor")
    codes = [make_organization_code(87_700 + number) for number in range(TIMES)]
    last = [
        to_administrator(site, client, "bureau", code) for client, code in zip(opened, codes, strict=True)
    ]
    pages = at_once(
        *(
            lambda client=client, page=page: client.send(page, ADMINISTRATOR)
            for client, page in zip(opened, last, strict=True)
        )
    )
    assert sorted(page.status for page in pages) == [200] * (TIMES - 1) + [302]
    told = [page.messages() for page in pages if page.status == 200]
    assert all("该区域的人社局" in sentence for sentence in told)
    assert not any("机构代码" in sentence for sentence in told)
    assert len(site.all(select(Organization.id).where(Organization.code.in_(codes)))) == 1


def test_one_form_files_one_claim_with_one_file(site, client_of):
    before = claims_of(site)
    opened = browsers(client_of, "doctor")
    blank = opened[0].get(NEW.format("academic_exchange"))
    pages = at_once(
        *(
            lambda client=client: client.send(
                blank,
                {"csrf_token": client.token(), **EXCHANGE, "command": "submit", "attachments": proof()},
            )
            for client in opened
        )
    )
    assert len({key_of(page) for page in pages}) == 1
    [key] = set(claims_of(site)) - set(before)
    assert site.get(Claim, key).status is ClaimStatus.SUBMITTED
    assert len(site.all(select(ClaimAttachment.id).where(ClaimAttachment.claim_id == key))) == 1


def test_one_draft_is_deleted_once(site, client_of):
    key = key_of(file(client_of("doctor"), command="draft"))
    pages = at_once(
        *(
            lambda client=client: client.post("/admin/claim/delete/", {"id": key})
            for client in browsers(client_of, "doctor")
        )
    )
    assert sorted(page.status for page in pages) == [302] + [404] * (TIMES - 1)


@pytest.mark.parametrize("command", ["draft", "submit"])
def test_a_draft_is_either_deleted_or_changed(site, client_of, command):
    key = key_of(file(client_of("doctor"), command="draft"))
    opened = browsers(client_of, "doctor")
    form = opened[0].get("/admin/claim/edit/", id=key)
    form.url = f"/admin/claim/edit/?id={key}"
    pages = at_once(
        lambda: opened[0].post("/admin/claim/delete/", {"id": key}),
        lambda: opened[1].send(form, {"csrf_token": opened[1].token(), "command": command}),
    )
    assert {page.status for page in pages} <= {302, 403, 404}
    claim = site.get(Claim, key)
    assert claim is None or (command, claim.status) == ("submit", ClaimStatus.SUBMITTED)


def test_a_department_is_deleted_and_changed_without_an_error(site, client_of):
    client = client_of("hospital_admin")
    assert client.post("/admin/department/new/", {"name": "临时", "position": "1"}).status == 302
    [key] = site.all(select(Department.id).where(Department.name == "临时"))
    deleting, changing = browsers(client_of, "hospital_admin")[:2]
    pages = at_once(
        lambda: deleting.post("/admin/department/delete/", {"id": key}),
        lambda: changing.post(f"/admin/department/edit/?id={key}", {"name": "改名", "position": "2"}),
    )
    assert {page.status for page in pages} <= {302, 404}
    assert site.all(select(Department.id).where(Department.id == key)) == []


def test_a_confirmed_preview_fires_once(site, client_of):
    key = key_of(file(client_of("doctor")))
    fire(client_of("hospital_admin"), "claim-public", "declare", key)
    opened = browsers(client_of, "jinshui_admin")
    preview = opened[0].post("/admin/claim-decision/action/", {"action": "approve", "rowid": str(key)})
    sent = {**preview.form(), "confirmed": "1"}
    pages = at_once(
        *(
            lambda client=client: client.post(
                "/admin/claim-decision/action/", {**sent, "csrf_token": client.token()}
            )
            for client in opened
        )
    )
    assert [page.status for page in pages] == [302] * TIMES
    assert "已通过" in opened[-1].follow(pages[-1]).messages()
    assert site.all(select(Batch.done_count).where(Batch.key == sent["batch_key"][0])) == [1]
    assert site.get(Claim, key).status is ClaimStatus.APPROVED
