"""Pages cost a fixed number of SQL statements, however many rows they show. The numbers are pinned."""

from __future__ import annotations

import pytest
from factories import make_attachment, make_claim

from models import Account, Claim, Organization, Person

LIST_OF_BUREAU, LIST_OF_EMPLOYER, LIST_OF_PERSON, QUEUE, REVIEW, DETAILS = 5, 8, 7, 6, 7, 13


def cost(site, client, url, **query):
    client.get(url, **query)  # what is asked once per process is not what is counted
    with site.statements() as asked:
        page = client.get(url, **query)
    assert page.status == 200, page
    return page, [statement for statement in asked if not statement.startswith(("BEGIN", "SAVEPOINT"))]


def told(asked):
    return "\n" + "\n".join(
        f"{number} {' '.join(statement.split())[:160]}" for number, statement in enumerate(asked, 1)
    )


def more_claims(site, number, **columns):
    """Put more claims of the hospital's people into the world."""
    with site.session() as session:
        people = [session.get(Person, site.world.id(Person, name)) for name in ("doctor", "nurse")]
        approver = session.get(Organization, site.world.id(Organization, "jinshui"))
        for position in range(number):
            make_claim(session, people[position % 2], approver=approver, **columns)


@pytest.mark.parametrize(
    ("actor", "grid", "columns", "pinned"),
    [
        ("jinshui_admin", "claim", {"status": "declared"}, LIST_OF_BUREAU),
        ("hospital_admin", "claim", {"status": "submitted"}, LIST_OF_EMPLOYER),
        ("doctor", "claim", {}, LIST_OF_PERSON),
        ("jinshui_admin", "claim-decision", {"status": "declared"}, QUEUE),
        ("hospital_admin", "claim-specialty", {"status": "submitted"}, REVIEW),
    ],
)
def test_a_list_of_sixty_rows_costs_as_many_statements_as_one_of_five(
    site, client_of, actor, grid, columns, pinned
):
    client = client_of(actor)
    more_claims(site, 5, **columns)
    few, asked_few = cost(site, client, f"/admin/{grid}/")
    more_claims(site, 60, **columns)
    many, asked_many = cost(site, client, f"/admin/{grid}/")
    assert len(many.tree.xpath("//tbody/tr")) == 20 >= len(few.tree.xpath("//tbody/tr"))
    assert (len(asked_few), len(asked_many)) == (pinned, pinned), told(asked_many)


def test_a_filter_or_a_later_page_costs_no_more(site, client_of):
    client = client_of("jinshui_admin")
    more_claims(site, 60, status="declared")
    for query in (
        {"page": "2"},
        {"credit_year": "2026", "status": "declared"},
        {"sort": "-credit_year,title"},
    ):
        _page, asked = cost(site, client, "/admin/claim/", **query)
        assert len(asked) == LIST_OF_BUREAU, told(asked)
    _page, asked = cost(site, client, "/admin/claim/", search="doctor")
    assert len(asked) == LIST_OF_BUREAU + 1, told(asked)  # people first


def test_a_list_reads_of_related_rows_only_what_it_shows(site, client_of):
    page, asked = cost(site, client_of("jinshui_admin"), "/admin/claim/")
    assert page.tree.xpath("//tbody/tr")
    (rows,) = [statement for statement in asked if "claim.title" in statement]
    assert "person_1.name" in rows
    assert "citizen_id" not in rows, "an encrypted column is not even decrypted where nobody looks at it"


def test_the_details_of_a_claim_cost_the_same_with_many_attachments(site, client_of):
    client, key = client_of("jinshui_admin"), site.world.id(Claim, "doctor-declared")
    _page, one = cost(site, client, "/admin/claim-decision/details/", id=key)
    with site.session() as session:
        claim, uploader = session.get(Claim, key), session.get(Account, site.world.id(Account, "doctor"))
        for _ in range(9):
            make_attachment(session, claim, uploader)
    page, many = cost(site, client, "/admin/claim-decision/details/", id=key)
    assert len(page.tree.xpath("//a[contains(@href, '/files/attachments/')]")) == 10
    assert (len(one), len(many)) == (DETAILS, DETAILS), told(many)


@pytest.mark.parametrize("actor", ["hospital_admin", "jinshui_admin", "doctor"])
def test_the_home_page_costs_the_same_with_more_rows(site, client_of, actor):
    client = client_of(actor)
    _page, few = cost(site, client, "/admin/")
    more_claims(site, 40, status="declared")
    _page, many = cost(site, client, "/admin/")
    assert len(few) == len(many), told(many)
