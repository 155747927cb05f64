"""What bureau, authority and province see of people and their records: their own, by the manual's filters, to be read."""

from __future__ import annotations

import pytest
from factories import YEAR

from models import ClaimKind, Person

SEEN = {
    "jinshui_admin": {"hospital"},  # a county only itself
    "zhengzhou_admin": {"hospital", "company"},  # a city its districts
    "jiyuan_admin": {"mill"},  # a county directly under the province belongs to no city
    "health_admin": {"hospital"},  # an authority the people of employers that name it
    "province_admin": {"hospital", "company", "school", "mill"},
}
FIRST = {"hospital": "doctor", "company": "engineer", "school": "teacher", "mill": "miller"}
GRIDS = ("person", "claim", "year-summary", "ledger", "certificate")
COMMON = {"credit_year", "employer"}
ASKED = {
    "person": {"employer", "state"},
    "claim": COMMON | {"kind", "subject", "status"},
    "year-summary": COMMON | {"complete"},
    "ledger": COMMON | {"subject", "kind"},
    "certificate": COMMON | {"status"},
}


def names(page):
    """Return the people on a list."""
    heads = [cell.text_content().strip() for cell in page.tree.xpath("//tbody/tr/*")]
    return {name for name in FIRST.values() if name in heads}


@pytest.mark.parametrize("who", SEEN)
@pytest.mark.parametrize("grid", GRIDS)
def test_an_office_reads_what_is_its_own(client_of, who, grid):
    client = client_of(who)
    page = client.get(f"/admin/{grid}/")
    assert names(page) == {FIRST[employer] for employer in SEEN[who]}
    fields = set(page.tree.xpath("//main//form//select/@name | //main//form//input/@name"))
    regional = {"region"} if who != "health_admin" else set()
    assert ASKED[grid] | regional | {"search"} <= fields
    assert regional or "region" not in fields
    for view in ("new", "edit", "delete"):
        assert client.get(f"/admin/{grid}/{view}/", id=1).status == 403


def claims(client, **query):
    page = client.get("/admin/claim/", sort="title", **query)
    return {link.text_content() for link in page.tree.xpath("//tbody//th/a")}


def test_the_manual_s_filters_narrow_the_records(site, client_of):
    client = client_of("province_admin")
    doctors = {f"doctor-{status}" for status in ("declared", "approved", "rejected", "revoked")}
    health = {f"{name}-health" for name in doctors}
    paper = site.world.id(ClaimKind, "paper")
    assert claims(client, employer="金水") == doctors | health
    assert claims(client, employer="金水", subject="public") == doctors
    assert claims(client, employer="金水", subject="specialty") == health
    assert claims(client, employer="金水", status="revoked") == {"doctor-revoked", "doctor-revoked-health"}
    assert claims(client, employer="金水", kind=paper, credit_year=YEAR) == doctors | health
    assert claims(client, employer="金水", credit_year=YEAR - 1) == set()
    assert claims(client, search="doctor", status="approved") == {"doctor-approved", "doctor-approved-health"}
    found = client.post("/admin/claim/find/", {"search": site.citizens["doctor"]})
    assert f"person={site.world.id(Person, 'doctor')}" in found.location
    assert "doctor-approved" in client.follow(found).text
    assert "teacher-approved" not in client.follow(found).text


def test_a_city_is_narrowed_to_one_of_its_districts(client_of):
    client = client_of("zhengzhou_admin")
    offered = client.get("/admin/claim/").options("region")
    assert {"410100", "410105"} <= set(offered)
    assert not {"410300", "419001"} & set(offered)
    for grid in GRIDS:
        assert names(client.get(f"/admin/{grid}/", region="410105")) == {"doctor"}, grid
        assert names(client.get(f"/admin/{grid}/", region="410100")) == {"doctor", "engineer"}, grid
    assert names(client.get("/admin/person/", region="410300")) == {
        "doctor",
        "engineer",
    }  # none of its own: no filter
