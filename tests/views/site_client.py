"""A browser without a screen: gets pages, reads their forms and sends them back as a person would."""

from __future__ import annotations

import io
import json
from typing import Any

from lxml import html
from PIL import Image

PASSWORD = "Herbst-Wald-2026"  # of every account of the world
ROLES = {
    "visitor": "visitor",
    "person": "doctor",
    "employer": "hospital_admin",
    "institution": "academy_admin",
    "bureau": "jinshui_admin",
    "authority": "health_admin",
    "province": "province_admin",
    "system": "system_admin",
}
OTHERS = tuple(name for role, name in ROLES.items() if role != "system")
"""Who keeps no base data."""
ENTRANCES = ("/login", "/logout", "/recover")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPAQUE = {"application/pdf", "application/zip", "image/png", "image/jpeg", "audio/wav", XLSX}


def picture() -> bytes:
    """Return a small PNG that opens."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "navy").save(stream, "PNG")
    return stream.getvalue()


class Page:
    """An answer, read the way a user sees it."""

    def __init__(self, response: Any, url: str) -> None:
        self.status: int = response.status_code
        self.headers = response.headers
        self.location: str = response.headers.get("Location", "")
        self.data: bytes = response.get_data()
        self.url = url
        self.text = "" if response.mimetype in OPAQUE else self.data.decode()
        response.close()
        self._tree: Any = None

    def __repr__(self) -> str:
        told = self.location or (self.errors() if self.text.lstrip().startswith("<") else self.text[:200])
        return f"<{self.status} {self.url} → {told}>"

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def tree(self) -> Any:
        if self._tree is None:
            self._tree = html.fromstring(self.text)
        return self._tree

    def words(self) -> str:
        """Return the visible text, one blank between words."""
        return " ".join(self.tree.text_content().split()) if self.text.lstrip().startswith("<") else self.text

    def form(self) -> dict[str, list[str]]:
        """Return what the last form of the page's main part would send, without its buttons."""
        form = self.tree.xpath("//main//form")[-1]
        values: dict[str, list[str]] = {}
        areas = set(form.xpath(".//textarea/@name"))
        for name, value in form.form_values():
            # A line break right behind <textarea> is markup (HTML Standard 4.10.11).
            text = value.replace("\r\n", "\n").removeprefix("\n") if name in areas else value
            values.setdefault(name, []).append(text)
        return values

    def enter(self) -> dict[str, str]:
        """Return what Enter sends beside the fields of the last form: the name of its first submit button, if it has one."""
        first = self.tree.xpath("(//main//form)[last()]//button[@type='submit']")[0]
        return {first.get("name"): first.get("value")} if first.get("name") else {}

    def required(self, name: str) -> bool:
        """Tell whether a field carries the star, and the browser asks for it."""
        starred = self.tree.xpath(f"//label[@for='{name}']/*[contains(@class, 'required-star')]")
        return bool(starred and self.tree.xpath(f"//*[@name='{name}'][@required]"))

    def options(self, name: str) -> list[str]:
        """Return the values a select offers, without the empty one."""
        return [value for value in self.tree.xpath(f"//select[@name='{name}']/option/@value") if value]

    def errors(self) -> dict[str, str]:
        """Return the sentence that stands at each field."""
        boxes = self.tree.xpath("//*[contains(@class, 'invalid-feedback')]")
        return {box.get("id").removesuffix("-error"): " ".join(box.text_content().split()) for box in boxes}

    def messages(self) -> str:
        """Return what stands in the boxes on top of the page."""
        return " ".join(
            " ".join(box.text_content().split())
            for box in self.tree.xpath("//main//*[contains(@class, 'alert')][@role]")
        )

    def link(self, text: str) -> str:
        """Return where the first link with this text leads."""
        found = [item.get("href") for item in self.tree.xpath("//a") if text in item.text_content()]
        assert found, f"no link “{text}” on {self.url}"
        return str(found[0])


class Client:
    """One visitor's browser with its cookies. Every POST carries the CSRF token unless told otherwise."""

    def __init__(self, app: Any) -> None:
        self.http = app.test_client()
        self._token: str | None = None

    def get(self, url: str, /, **query: Any) -> Page:
        return Page(self.http.get(url, query_string=query or None), url)

    def token(self) -> str:
        """Return this session's token, read from a page."""
        if self._token is None:
            page = self.get("/registration-status")
            self._token = page.tree.xpath("//input[@name='csrf_token']/@value")[0]
        return self._token

    def post(self, url: str, data: dict[str, Any] | None = None, *, token: bool = True) -> Page:
        data = dict(data or {})
        if token and "csrf_token" not in data:
            data["csrf_token"] = self.token()
        response = self.http.post(url, data=data, content_type="multipart/form-data")
        response.request.environ["wsgi.input"].close()  # the test client keeps large bodies in a file
        if url.startswith(ENTRANCES):
            self._token = None  # a new session has a new token
        return Page(response, url)

    def send(self, page: Page, changes: dict[str, Any] | None = None) -> Page:
        """Send a page's form back to where it came from, with some fields changed; ``None`` leaves a field out."""
        return self.send_to(page.url, page, changes)

    def send_to(self, url: str, page: Page, changes: dict[str, Any] | None = None) -> Page:
        """Send a page's form to another address than its own."""
        values = {**page.form(), **(changes or {})}
        return self.post(url, {name: value for name, value in values.items() if value is not None})

    def follow(self, page: Page) -> Page:
        """Go where a redirect leads."""
        assert page.status in {302, 303}, page
        return self.get(page.location)
