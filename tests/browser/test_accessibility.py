"""Every page of every role for people who see, point or type differently: axe-core and rules of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from page_rules import AXE, DESK, HALF, PHONE, axe, problems
from playwright.sync_api import Error as PlaywrightError

from models.enums import UserType
from views.menu import MENUS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Site
    from playwright.sync_api import Browser, Locator, Page


VIEWS = {"index_view": "", "create_view": "new/"}
PAPER = "/print/"
FILES = (".pdf", ".png", ".wav", ".csv", ".xlsx")
PREVIEWS = [("employer", "account-review"), ("employer", "claim-specialty"), ("bureau", "claim-decision")]
FORMS = ["/login", "/recover", "/registration-status", "/register/person", "/register/employer"]
MOST_STOPS = 400  # of the Tab key on one page

HIDDEN_FOCUS = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect();
  if (at === document.body || at.matches("iframe, [role=region], main")) return "";
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const top = document.elementFromPoint(x, y);
  const own = top && (at.contains(top) || top.contains(at) && top.closest("label, a, li") || top.closest("label") === at.closest("label") && at.closest("label"));
  return own ? "" : `${at.outerHTML.slice(0, 120)} behind ${top ? top.outerHTML.slice(0, 80) : "the edge of the window"}`;
}"""


@pytest.fixture(scope="module")
def tested(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Open pages at desktop width that know axe; one context each."""
    contexts = []

    def new() -> Page:
        context = browser.new_context(viewport=DESK, locale="zh-CN", reduced_motion="reduce")
        context.add_init_script(path=AXE)
        contexts.append(context)
        return context.new_page()

    yield new
    for context in contexts:
        context.close()


def kind_of(url: str, *, every_form: bool) -> str:
    """Return what tells pages apart that are built differently: the path, and which form is asked for.

    Lists on paper are all one: a plain table.
    """
    parts = urlsplit(url)
    if parts.path.endswith(PAPER):
        return PAPER
    form = parse_qs(parts.query).get("kind", [""])[0]
    return f"{parts.path}?kind={form if every_form else ''}" if form else parts.path


touched: set[str] = set()
"""Pages measured at phone width: one role's buttons are as large as the other's."""


def walk(
    page: Page, site: Site, start: list[str], *, inside: bool, every_form: bool = False
) -> dict[str, list[str]]:
    """Visit one page of each kind that links lead to, and return what each of them breaks.

    Args:
        page: the visitor's page.
        site: where.
        start: paths to begin with.
        inside: whether to stay in the workbench, or else outside of it.
        every_form: whether each type of claim has a form of its own to look at.
    """
    waiting, found = [f"{site.url}{path}" for path in start], {}
    while waiting:
        url = waiting.pop(0)
        kind = kind_of(url, every_form=every_form)
        if kind in found:
            continue
        try:
            answer = page.goto(url, wait_until="domcontentloaded")
        except PlaywrightError as error:
            if "Download is starting" not in error.message:
                raise
            found[kind] = []  # a file, not a page
            continue
        assert answer, url
        assert answer.status == 200, url
        if not answer.headers.get("content-type", "").startswith("text/html"):
            found[kind] = []  # a paper, shown by the browser's own viewer
            continue
        for link in page.evaluate("[...document.querySelectorAll('a[href]')].map((link) => link.href)"):
            path = urlsplit(link).path
            here = link.startswith(f"{site.url}/") and path.startswith("/admin/") is inside
            if here and not path.endswith(FILES) and not path.startswith(("/files/", "/captcha")):
                waiting.append(link.partition("#")[0])
        found[kind] = problems(page, thumbs=kind not in touched)
        touched.add(kind)
    return found


def must_be_fine(found: dict[str, list[str]]) -> None:
    """Fail with one line for everything found, by page."""
    lines = [f"{page}: {line}" for page, lines in found.items() for line in lines]
    assert not lines, "\n" + "\n".join(lines)


# ---------------------------------------------------------------- pages
def test_the_portal(demo_site: Site, tested: Any) -> None:
    engine = sa.create_engine(demo_site.database_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        number = connection.scalar(sa.text("SELECT number FROM certificate"))
    engine.dispose()
    found = walk(tested(), demo_site, ["/", f"/verify/{number}", "/verify/0"], inside=False)
    must_be_fine(found)
    assert set(FORMS) <= found.keys()


@pytest.mark.parametrize("role", UserType, ids=lambda role: role.value)
def test_the_workbench(demo_site: Site, tested: Any, log_in: Any, role: UserType) -> None:
    page = tested()
    log_in(role.value, page)
    menu = [f"/admin/{entry.endpoint}/{VIEWS[entry.view]}" for entry in MENUS[role]]
    found = walk(
        page, demo_site, ["/admin/", "/admin/help/", *menu], inside=True, every_form=role is UserType.PERSON
    )
    must_be_fine(found)
    assert {*menu, PAPER, "/admin/login-security/two-step/"} <= found.keys()
    closed = next(path for path in ("/admin/region/", "/admin/claim/") if path not in menu)
    for path, code in (("/admin/nothing/", 404), (closed, 403)):
        answer = page.goto(f"{demo_site.url}{path}")
        assert answer
        assert answer.status == code
        found[path] = problems(page)
    must_be_fine(found)


# ---------------------------------------------------------------- states of a page
@pytest.mark.parametrize(("role", "grid"), PREVIEWS, ids=[f"{role} {grid}" for role, grid in PREVIEWS])
def test_the_preview_of_each_action(demo_site: Site, tested: Any, log_in: Any, role: str, grid: str) -> None:
    page = tested()
    log_in(role, page)
    page.goto(f"{demo_site.url}/admin/{grid}/?view=0")
    for name in page.locator("[data-needs-rows]").evaluate_all("all => all.map((button) => button.value)"):
        page.goto(f"{demo_site.url}/admin/{grid}/?view=0")
        page.locator("[name=rowid]").first.check()
        with page.expect_navigation():
            page.locator(f"[data-needs-rows][value={name}]").click()
        assert page.locator("[name=action]").first.get_attribute("value") == name
        must_be_fine({name: problems(page)})


def test_a_list_with_conditions_with_nothing_and_with_its_panels_open(
    demo_site: Site, tested: Any, log_in: Any
) -> None:
    page = tested()
    log_in("bureau", page)
    for query in ("?status=approved&subject=public&sort=-person.name", "?search=查无此人"):
        page.goto(f"{demo_site.url}/admin/claim/{query}")
        assert page.locator(".chip").count(), query
        must_be_fine({query: problems(page)})
    page.goto(f"{demo_site.url}/admin/claim/?view=0")
    for panel in page.locator("details").all():
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            panel.evaluate("panel => { panel.open = true; panel.id = 'open-panel'; }")
            must_be_fine({"panel": axe(page, include="#open-panel")})
        panel.evaluate("panel => { panel.open = false; panel.removeAttribute('id'); }")
    page.keyboard.press("?")
    must_be_fine({"shortcuts": axe(page, include="#shortcut-map")})


@pytest.mark.parametrize("path", FORMS)
def test_a_portal_form_with_errors(demo_site: Site, tested: Any, path: str) -> None:
    page = tested()
    page.goto(f"{demo_site.url}{path}")
    send(page.locator("main .btn-primary[type=submit]").last)
    assert page.locator("[role=alert]").count()
    must_be_fine({path: problems(page)})


def test_a_claim_form_with_errors(demo_site: Site, tested: Any, log_in: Any) -> None:
    page = tested()
    log_in("person", page)
    page.goto(f"{demo_site.url}/admin/claim/new/?kind=paper")
    send(page.get_by_role("button", name="提交"))
    assert page.locator("[role=alert]").count()
    must_be_fine({"paper": problems(page)})


def send(button: Locator) -> None:
    """Send a form as it is, so that the server finds what is missing."""
    with button.page.expect_navigation():
        button.evaluate("button => { button.form.noValidate = true; button.click(); }")


# ---------------------------------------------------------------- focus
@pytest.mark.parametrize("size", [DESK, HALF, PHONE], ids=lambda size: f"{size['width']} px")
def test_what_has_the_focus_is_seen(demo_site: Site, tested: Any, log_in: Any, size: Any) -> None:
    page = tested()
    log_in("bureau", page)
    page.goto(f"{demo_site.url}/admin/claim-decision/?view=0")
    page.set_viewport_size(size)
    hidden, stops = [], 0
    while stops < MOST_STOPS:
        page.keyboard.press("Tab")
        stops += 1
        if page.evaluate("document.activeElement === document.body"):
            break
        hidden += [line for line in [page.evaluate(HIDDEN_FOCUS)] if line]
    must_be_fine({"focus": hidden})
    assert 30 < stops < MOST_STOPS  # it got to the end of the page
