# ruff: noqa: INP001  a script beside the documents it illustrates, not a package
"""Take the screenshots of ``docs/guide``: a demo world of its own, a server, a browser. Run by ``make docs-screens``.

Pictures are called ``docs/guide/images/<role>-<page>.png`` at desktop width and ``…-phone.png`` at that of a phone. Kept are
those a guide shows, the others are removed. A page is opened once: the phone's picture shows the same page in a smaller window.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from playwright.sync_api import Page

logger = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parent.parent
GUIDES = ROOT / "docs" / "guide"
IMAGES = GUIDES / "images"
SHOWN = {
    name
    for path in GUIDES.glob("*.md")
    for name in re.findall(r"images/([\w-]+\.png)", path.read_text("utf-8"))
}
"""Pictures the guides show."""
DESK_WIDTH, DESK_HEIGHT = 1366, 800  # pixels
PHONE = {"width": 375, "height": 760}
PHONE_LONGEST = 1300  # pixels of a page kept
COLOURS = 40
ACCENTS = "d63939 b42525 c92a2a a82222 f7b955 e8890c f0b35a 855400 1f7a37 1b6e32 2f9e44 9a5600 1b4f8f 6ea8dc 8a2ba1 ae3ec9"
"""Few pixels each, so that counting would drop them."""
START_SECONDS = 60
REHEARSED = "2025"
CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


def nothing(_page: Page) -> None:
    """Take the page as it opens."""


def first_row(page: Page) -> None:
    """Open the details of the first row."""
    page.locator("tbody th[scope=row] a").first.click()


def first_class(page: Page) -> None:
    """Open the page to type the grades of the first class."""
    page.locator("tbody a").first.click()


def last_row(page: Page) -> None:
    """Open the details of the last row."""
    page.locator("tbody th[scope=row] a").last.click()


def some_rows(page: Page) -> None:
    """Tick three rows."""
    for place in range(3):
        page.locator("[name=rowid]").nth(place).check()


def all_rows(page: Page) -> None:
    """Tick the whole page of rows."""
    page.locator("thead [data-select-all]").check()


def pressed(name: str) -> Callable[[Page], None]:
    """Return what presses a button or opens a panel of this name."""

    def act(page: Page) -> None:
        page.locator("main").locator("button, summary, a.btn").filter(has_text=name).first.click()

    return act


def preview_of(name: str) -> Callable[[Page], None]:
    """Return what ticks every row and presses the button of an action."""

    def act(page: Page) -> None:
        all_rows(page)
        pressed(name)(page)

    return act


def confirmed(page: Page) -> None:
    """Go on from the preview of an action to its result."""
    page.locator("[name=confirmed]").click()


def active(page: Page) -> None:
    """Open the details of somebody in service."""
    page.locator("tbody tr").filter(has_text="在职").first.locator("th a").click()


def dates(page: Page) -> None:
    """Fill in the year and every date."""
    page.select_option("[name=credit_year]", index=1)
    for field in page.locator("main input[type=date]").all():
        field.fill("2026-06-12")


def paper(page: Page) -> None:
    """Begin to fill in the claim of a paper."""
    dates(page)
    page.fill("[name=title]", "基层医院抗菌药物合理使用分析")
    page.fill("[name=item_journal]", "河南专业技术")
    page.select_option("[name=item_level]", index=1)
    page.fill("[name=item_rank]", "1")


def why(page: Page) -> None:
    """Open a row, and from there what one may do to it and why."""
    first_row(page)
    page.get_by_role("link", name="为什么不能办理？").click()


def verified(page: Page) -> None:
    """Look a certificate up whose page is open, as whoever scans its code does."""
    page.get_by_role("link", name="查验", exact=True).click()


def printed(page: Page) -> None:
    """Print what the list shows, and stay on the result."""
    all_rows(page)
    page.locator("[name=action][value=print]").click()
    confirmed(page)


def taken_along(page: Page) -> None:
    """Take the list along with full citizen ids, so that everybody in it finds that among who saw his data."""
    page.check("[name=identifiers][value=full]")
    page.fill("[name=reason]", "社保局核对参保人员")
    with page.expect_download():
        page.locator("main form button[type=submit]").click()


def read_one(page: Page) -> None:
    """Read the first announcement, and come back."""
    board = page.url
    page.locator("main form button[name=id]").first.click()
    settle(page)
    page.goto(board)


def rehearsed(page: Page) -> None:
    """Draft higher requirements for a year, rehearse them on it, and stay on the result."""
    page.locator("tbody tr").filter(has_text=REHEARSED).first.locator("th a").click()
    pressed("修改")(page)
    page.fill("[name=total_hours]", "100")
    pressed("保存")(page)
    page.get_by_role("link", name="试算", exact=True).click()
    page.select_option("[name=year]", REHEARSED)
    pressed("开始试算")(page)


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: what is opened, and what is done there before it is taken.

    Attributes:
        page: second part of the picture's name.
        path: address; empty to stay where the shot before ended.
        act: what is done there.
        height: pixels of the desktop's window.
        whole: whether the phone's picture shows the page below the window too.
    """

    page: str
    path: str = ""
    act: Callable[[Page], None] = nothing
    height: int = DESK_HEIGHT
    whole: bool = True


SHOTS: Mapping[str, tuple[Shot, ...]] = {
    "visitor": (
        Shot("home", "/"),
        Shot("register-person", "/register/person"),
        Shot("register-employer", "/register/employer"),
        Shot("register-institution", "/register/institution"),
        Shot("status", "/registration-status"),
        Shot("verify", "/verify/"),
    ),
    "person": (
        Shot("home", "/admin/"),
        Shot("claims", "/admin/claim/"),
        Shot("kinds", "/admin/claim/new/"),
        Shot("form", "/admin/claim/new/?kind=paper", paper, height=1100),
        Shot("details", "/admin/claim/?status=approved", first_row),
        Shot("years", "/admin/year-summary/"),
        Shot("certificate", "/admin/certificate/", first_row),
        Shot("valid", act=verified),
        Shot("training", "/admin/enrollment/"),
        Shot("profile", "/admin/profile/"),
        Shot("correction", "/admin/correction/new/"),
        Shot("news", "/admin/news/", read_one),
    ),
    "employer": (
        Shot("home", "/admin/"),
        Shot("accounts", "/admin/account-review/"),
        Shot("people", "/admin/person/"),
        Shot("person", "/admin/person/", active),
        Shot("import", "/admin/person/import/"),
        Shot("queue", "/admin/claim-specialty/", some_rows),
        Shot("cockpit", "/admin/claim-specialty/cockpit/", whole=False),
        Shot("register", "/admin/claim/new/?kind=course_study", dates, height=1100),
        Shot("printing", "/admin/certificate-printing/"),
        Shot("printed", "/admin/certificate-printing/?state=issued", printed, height=900),
        Shot("certificates", "/admin/certificate/"),
        Shot("organization", "/admin/own-organization/"),
        Shot("administrators", "/admin/administrator/"),
        Shot("departments", "/admin/department/"),
        Shot("transfer", "/admin/transfer/", first_row),
        Shot("statistics", "/admin/statistics/?year=2025", height=1000),
        Shot("delegation", "/admin/delegation/new/"),
        Shot("export", "/admin/person/export/", taken_along),
        Shot("preview", "/admin/claim-specialty/", preview_of("申报")),
        Shot("result", act=confirmed),
    ),
    "institution": (
        Shot("home", "/admin/"),
        Shot("plans", "/admin/training-plan/"),
        Shot("plan", "/admin/training-plan/?status=approved", last_row, height=1200),
        Shot("plan-form", act=pressed("复制"), height=1500),
        Shot("classes", "/admin/training-class/"),
        Shot("class", "/admin/training-class/?status=running", first_row),
        Shot("students", "/admin/enrollment/"),
        Shot("grades", "/admin/grade/classes/", first_class, height=900),
        Shot("sheet", "/admin/grade-sheet/?status=approved", first_row, height=1100),
        Shot("statistics", "/admin/training-statistics/", height=1200),
        Shot("organization", "/admin/own-organization/"),
    ),
    "bureau": (
        Shot("home", "/admin/"),
        Shot("accounts", "/admin/account-review/"),
        Shot("change", "/admin/organization-change/", first_row),
        Shot("plans", "/admin/training-plan-decision/", all_rows),
        Shot("organizations", "/admin/organization/"),
        Shot("organization", "/admin/organization/?kind=employer", first_row),
        Shot("logins", "/admin/account/"),
        Shot("records", "/admin/claim/?status=approved&subject=specialty"),
        Shot("queue", "/admin/claim-decision/", some_rows),
        Shot("cockpit", "/admin/claim-decision/cockpit/", whole=False),
        Shot("details", "/admin/claim-decision/", first_row),
        Shot("sheet", "/admin/grade-sheet/", first_row, height=1000),
        Shot("statistics", "/admin/statistics/?year=2025", height=1300),
        Shot("waiting", "/admin/statistics/waiting/", height=1000),
        Shot("delegation", "/admin/delegation/new/"),
        Shot("why", "/admin/claim-decision/", why, height=1000),
        Shot("review", "/admin/access-review/"),
        Shot("sessions", "/admin/online-session/"),
        Shot("preview", "/admin/claim-decision/", preview_of("通过")),
        Shot("result", act=confirmed),
    ),
    "authority": (
        Shot("home", "/admin/"),
        Shot("queue", "/admin/claim-decision/", some_rows),
        Shot("people", "/admin/person/"),
        Shot("statistics", "/admin/statistics/?year=2025", height=1000),
        Shot("delegation", "/admin/delegation/new/"),
    ),
    "province": (
        Shot("home", "/admin/"),
        Shot("organizations", "/admin/organization/"),
        Shot("statistics", "/admin/statistics/?year=2025", height=1000),
        Shot("rights", "/admin/permission-view/table/"),
        Shot("readers", "/admin/announcement-read/"),
    ),
    "system": (
        Shot("home", "/admin/"),
        Shot("items", "/admin/dictionary-item/"),
        Shot("rules", "/admin/hour-rule/"),
        Shot("kind", "/admin/claim-kind/", first_row),
        Shot("rule", "/admin/hour-rule/", first_row),
        Shot("dictionary", "/admin/dictionary/", first_row),
        Shot("year", "/admin/credit-year/", first_row, height=1000),
        Shot("calendar", "/admin/calendar-day/"),
        Shot("announcement", "/admin/announcement/new/", height=950),
        Shot("readers", "/admin/announcement-read/"),
        Shot("regions", "/admin/region/?level=city"),
        Shot("templates", "/admin/certificate-template/new/"),
        Shot("rehearsal", "/admin/requirement/", rehearsed, height=1000),
        Shot("settings", "/admin/setting/", height=1000),
        Shot("duties", "/admin/duties/"),
        Shot("journal", "/admin/journal/"),
        Shot("logins", "/admin/login-journal/"),
    ),
}
"""What is taken of each role, in this order; the names of pages are used in ``docs/guide``."""

COMMON = (
    Shot("columns", "/admin/claim/?view=0", pressed("显示设置")),
    Shot("views", "/admin/claim/?view=0&status=declared", pressed("视图")),
    Shot("print", "/admin/claim/print/?status=declared", height=640),
    Shot("mail", "/admin/notice/mail/"),
    Shot("security", "/admin/login-security/"),
    Shot("help", "/admin/help/"),
)
"""What is the same for everybody, seen by a bureau."""

AFTERWARDS = (Shot("lookups", "/admin/lookup/"), Shot("logins", "/admin/login-journal/"))
"""What a professional finds after his employer took the list of its people along."""


def main() -> None:
    """Take every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as (url, logins),
        sync_playwright() as web,
    ):
        path = os.environ.get("BACKOFFICE_TEST_CHROMIUM") or shutil.which("chromium")
        browser = web.chromium.launch(
            executable_path=path or None, args=list(CHROMIUM), env=os.environ | {"LANGUAGE": "zh_CN"}
        )
        taken: set[str] = set()
        for name, shots, role in (
            *((role, shots, role) for role, shots in SHOTS.items()),
            ("common", COMMON, "bureau"),
            ("person", AFTERWARDS, "person"),
        ):
            context = browser.new_context(
                locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce"
            )
            page = context.new_page()
            if role in logins:
                log_in(page, url, logins[role])
            for shot in shots:
                taken |= take(page, url, f"{name}-{shot.page}", shot)
            context.close()
        browser.close()
    for old in IMAGES.glob("*.png"):
        if old.name not in taken:
            old.unlink()
    size = sum(old.stat().st_size for old in IMAGES.iterdir()) // 1024
    sys.stdout.write(f"{len(taken)} pictures, {size} KB\n")


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple[str, dict[str, dict[str, str]]]]:
    """Run a demo world and give its address and the first login of each user type."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("BACKOFFICE_")}
    environment |= {"BACKOFFICE_VAR": str(folder), "BACKOFFICE_CAPTCHA": "off", "BACKOFFICE_PUBLIC_URL": url}
    program = (sys.executable, "-m", "backoffice")

    def command(*words: str) -> str:
        done = subprocess.run(  # noqa: S603  our own program
            [*program, *words], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout

    for words in (("db", "upgrade"), ("seed", "base"), ("seed", "demo")):
        command(*words)
    logins: dict[str, dict[str, str]] = {}
    for login in json.loads(command("accounts", "demo", "--json")):
        logins.setdefault(login["user_type"], login)
    server = [*program, "run", "--port", str(port), "--workers", "1"]
    with subprocess.Popen(server, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            wait_for(f"{url}/readyz")
            yield url, logins
        finally:
            process.terminate()


def wait_for(url: str) -> None:
    """Wait until the server answers.

    Raises:
        TimeoutError: it does not.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url):  # noqa: S310
            return
        time.sleep(0.2)
    raise TimeoutError(url)


def log_in(page: Page, url: str, login: Mapping[str, str]) -> None:
    """Log a role of the demo world in."""
    page.goto(f"{url}/login")
    page.select_option("[name=user_type]", login["user_type"])
    for name in ("organization_code", "citizen_id", "password"):
        if login[name]:
            page.fill(f"[name={name}]", login[name])
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/admin/**")


def take(page: Page, url: str, name: str, shot: Shot) -> set[str]:
    """Take a page at both widths and return the names of its pictures."""
    page.set_viewport_size({"width": DESK_WIDTH, "height": shot.height})
    if shot.path:
        page.goto(f"{url}{shot.path}")
    shot.act(page)
    settle(page)
    pictures = {f"{name}.png": page.screenshot()}
    if f"{name}-phone.png" in SHOWN:
        page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        settle(page)
        pictures[f"{name}-phone.png"] = page.screenshot(full_page=shot.whole)
    shown = SHOWN & pictures.keys()
    for file in shown:
        keep(IMAGES / file, pictures[file])
    return shown


def settle(page: Page) -> None:
    """Wait until everything is loaded and drawn, a PDF in the page included."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(1500 if page.locator("iframe, object").count() else 300)


def keep(path: Path, data: bytes) -> None:
    """Write a picture with few colours; a long one is cut."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    if image.width == PHONE["width"] and image.height > PHONE_LONGEST:
        image = image.crop((0, 0, image.width, PHONE_LONGEST))
    counted = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette(counted[: 3 * COLOURS] + list(bytes.fromhex(ACCENTS)))
    few = image.quantize(palette=palette, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
