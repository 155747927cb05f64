"""使用帮助: one's own guide, the others', and pictures that never come from elsewhere."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from site_client import ROLES, picture

from models.enums import UserType
from services import guide

INSIDE = [role for role in ROLES if role != "visitor"]


@pytest.mark.parametrize("role", INSIDE)
def test_everybody_reads_his_own_guide_and_the_common_one(client_of, role):
    page = client_of(ROLES[role]).get("/admin/help/")
    assert page.status == 200
    assert " ".join(page.tree.xpath("string(//h1)").split()) == f"使用帮助：{UserType(role).label}"
    headings = [heading.text_content() for heading in page.tree.xpath("//article//h2")]
    assert headings == [UserType(role).label, "使用手册"]


def test_the_contents_lead_to_every_heading(client_of):
    page = client_of("hospital_admin").get("/admin/help/")
    links = [
        unquote(link).removeprefix("#") for link in page.tree.xpath("//nav[@aria-label='目录']//a/@href")
    ]
    assert links
    assert links == page.tree.xpath("//article//*[self::h2 or self::h3 or self::h4]/@id")


def test_another_role_s_guide_can_be_looked_up(client_of):
    client = client_of("jinshui_admin")
    index = client.get("/admin/help/")
    (other,) = index.tree.xpath("//main//a[normalize-space()='单位']/@href")
    page = client.get(index.url + other)
    assert page.tree.xpath("string(//article//h2)") == "单位"


@pytest.mark.parametrize("asked", ["nobody", "README", "../person", "person/../../README"])
def test_a_guide_that_is_none_is_not_found(client_of, asked):
    assert client_of("doctor").get("/admin/help/", guide=asked).status == 404


def test_a_visitor_is_asked_to_log_in(visitor):
    for url in ("/admin/help/", "/admin/help/images/list.png"):
        assert "/login" in visitor.get(url).location


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of pictures with something beside it that is none of them."""
    images = tmp_path / "images"
    (images / "employer").mkdir(parents=True)
    (images / "list.png").write_bytes(picture())
    (images / "secret.txt").write_text("secret", encoding="utf-8")
    (tmp_path / "secret.png").write_bytes(b"secret")
    monkeypatch.setattr(guide, "IMAGES", images)
    return images


def test_a_picture_of_the_guide_is_sent(client_of, folder):
    page = client_of("doctor").get("/admin/help/images/list.png")
    assert (page.status, page.headers["Content-Type"], page.data) == (200, "image/png", picture())
    assert page.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    [
        "../secret.png",
        "..%2fsecret.png",
        "%2e%2e/secret.png",
        "employer/../../secret.png",
        "..%5csecret.png",
        "/etc/passwd",
        "%2fetc%2fhostname.png",
        "secret.txt",
        "none.png",
        "list.png%00.png",
        "employer",
        "employer.png",
    ],
)
def test_nothing_else_is_sent(client_of, folder, name):
    client = client_of("doctor")
    page = client.get(f"/admin/help/images/{name}")
    if page.status == 308:  # two slashes in a row are one
        page = client.get(page.location)
    assert page.status == 404
    assert b"secret" not in page.data.replace(name.encode(), b"")
