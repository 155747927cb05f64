"""What holds for every page of every role: no inline script, no citizen id, light, the headers, our own errors."""

from __future__ import annotations

import re

import page_assets
import pytest
from site_client import ROLES
from sqlalchemy import select
from test_access import address, answers, lines_of

from models import Person

ROWS_EACH = 2  # how many rows of a grid are opened
FORMS = ("academic_exchange", "research_project", "paper")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def pages_of(site, client, role):
    """Yield every kind of page a role can reach: each address, and of each grid the details and forms of some rows."""
    table = answers(role)  # ``test_access`` asks every address of every role
    for rule, method in lines_of(site.app):
        if method != "GET" or rule.endpoint.endswith("static") or table[rule.rule, method] != "200":
            continue
        page = client.get(address(site, site.app, rule))
        if page.status == 200 and page.headers["Content-Type"].startswith("text/html"):
            yield page
            links = [
                link
                for link in page.tree.xpath("//tbody//a/@href")
                if "/details/" in link or "/edit/" in link
            ]
            for link in links[: 2 * ROWS_EACH]:
                yield client.get(link)
    for kind in FORMS:
        yield client.get("/admin/claim/new/", kind=kind)
    for url in ("/admin/claim/details/?id=0", "/admin/none/", "/admin/region/"):
        yield client.get(url)


def scripts_without_nonce(page):
    policy = page.headers["Content-Security-Policy"]
    [nonce] = re.findall(r"script-src [^;]*'nonce-([^']+)'", policy)
    assert "'unsafe-inline'" not in re.search(r"script-src [^;]*", policy).group()
    return [
        script.get("src") or script.text
        for script in page.tree.iter("script")
        if script.get("nonce") != nonce
    ]


def inline_script(page):
    handlers = page.tree.xpath("//@*[starts-with(name(), 'on')]")
    return [
        *handlers,
        *(value for value in page.tree.xpath("//@*") if value.strip().lower().startswith("javascript:")),
    ]


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_keeps_the_rules(site, client_of, role):
    people = site.all(select(Person))
    identities = {person.citizen_id for person in people} | set(site.citizens.values())
    assert len(identities) > 20
    seen = 0
    for page in pages_of(site, client_of(ROLES[role]), role):
        seen += 1
        if page.status == 302:
            continue
        assert page.status in {200, 403, 404}, page
        assert scripts_without_nonce(page) == [], page
        assert inline_script(page) == [], page
        assert page_assets.stock_files(page) == [], page
        assert page_assets.unknown_icons(page) == [], page
        assert page_assets.weight(page) <= page_assets.MOST, page
        assert not any(identity in page.text for identity in identities), page
        assert page.headers["X-Content-Type-Options"] == "nosniff", page
        assert page.headers["X-Frame-Options"] == "SAMEORIGIN", page
        assert "Referrer-Policy" in page.headers, page
        assert page.tree.xpath("//html/@lang") == ["zh-CN"], page
    assert seen >= (10 if role == "visitor" else 15)


def test_a_page_shows_the_masked_id_and_never_the_rest(site, client_of):
    number = site.citizens["doctor"]
    page = client_of("hospital_admin").get("/admin/person/", search="doctor")
    assert f"{number[:4]}**********{number[-4:]}" in page.text


def test_what_people_typed_is_text_and_not_markup(site, client_of):
    site.put(Person, "doctor", name="<script>alert(1)</script>\"'><img src=x onerror=alert(1)>")
    for url in ("/admin/person/", "/admin/claim/", "/admin/year-summary/", "/admin/claim/new/?kind=paper"):
        page = client_of("hospital_admin").get(url)
        assert page.status == 200
        assert inline_script(page) == []
        assert scripts_without_nonce(page) == []


def test_the_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites(visitor):
    response = visitor.http.get("/login")
    [cookie] = [value for name, value in response.headers if name == "Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


# ---------------------------------------------------------------- errors
def assert_our_error(page, code, title):
    assert page.status == code, page
    assert title in page.words()
    assert CHINESE.search(page.words())
    for word in (
        "Traceback",
        "Exception",
        "Error",
        "werkzeug",
        "SELECT",
        "Not Found",
        "Forbidden",
        "Bad Request",
    ):
        assert word not in page.words(), (word, page)
    assert page.tree.xpath("//main//a[contains(@class, 'btn')]/@href"), "no way out"


def test_an_unknown_address_is_said_in_chinese(client_of):
    for actor in ("visitor", "doctor"):
        assert_our_error(client_of(actor).get("/nothing/here"), 404, "没有找到")


def test_a_closed_grid_is_said_in_chinese(client_of):
    assert_our_error(client_of("doctor").get("/admin/account-review/"), 403, "没有权限")


@pytest.mark.parametrize(
    ("actor", "url", "whom"),
    [
        ("doctor", "/admin/account-review/", "本单位管理员"),
        ("hospital_admin", "/admin/announcement/", "“金水区人社局”"),
        ("jinshui_admin", "/admin/announcement/", "“郑州市人社局”"),
        ("province_admin", "/admin/setting/", "系统管理员"),
    ],
)
def test_who_may_not_is_told_whom_to_ask(client_of, actor, url, whom):
    page = client_of(actor).get(url)
    assert_our_error(page, 403, "没有权限")
    assert f"需要时请联系{whom}。" in page.words()


def test_a_wrong_method_is_said_in_chinese(client_of):
    assert_our_error(client_of("doctor").get("/admin/claim/action/"), 405, "请求有误")


def test_a_form_without_token_is_said_in_chinese(client_of):
    assert_our_error(client_of("doctor").post("/admin/claim/action/", token=False), 400, "请求有误")


@pytest.mark.parametrize(("number", "refused"), [(50_001, False), (60_001, True)])
def test_a_request_larger_than_the_limit_is_said_in_chinese(client_of, number, refused):
    client = client_of("hospital_admin")
    client.token()
    form = {"action": "declare", "rowid": [str(key) for key in range(1, number + 1)]}
    page = client.post("/admin/claim-public/action/", form)
    if refused:
        assert_our_error(page, 413, "内容太大")
    else:
        assert "一次最多办理 50,000 条记录，请先缩小筛选范围" in client.follow(page).messages()


def test_a_failure_of_ours_gives_a_number_and_no_detail(client_of, monkeypatch):
    def broken(*_arguments):
        raise RuntimeError("secret detail")

    client = client_of("doctor")
    monkeypatch.setattr("services.announcement_board.of_the_day", broken)
    page = client.get("/admin/")
    assert_our_error(page, 500, "系统出错了")
    assert "secret" not in page.text
    assert re.search(r"编号：[0-9a-f]{32}", page.words())


# ---------------------------------------------------------------- probes
def test_probes_answer_without_a_session(visitor):
    for url in ("/healthz", "/readyz"):
        page = visitor.get(url)
        assert (page.status, page.json) == (200, {"status": "ok"})
        assert "Set-Cookie" not in page.headers
    page = visitor.get("/metrics")
    assert page.status == 200
    assert "process_" in page.text or "python_" in page.text


def test_readiness_says_when_the_database_is_away(site, visitor, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def away(*_args, **_kwargs):
        raise OperationalError("SELECT 1", {}, Exception("secret host"))

    monkeypatch.setattr("permissions.wall.ScopedSession.execute", away)
    page = visitor.get("/readyz")
    assert page.status == 503
    assert "secret" not in page.text
