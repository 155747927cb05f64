"""What every page must keep: axe-core's rules, and what axe cannot know of it, at the widths of a laptop, of half of it and of a phone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Path(__file__).resolve().parent.parent / "vendor" / "axe.min.js"
DESK = {"width": 1366, "height": 800}
HALF = {"width": 683, "height": 400}  # the desk at 200 % zoom
PHONE = {"width": 375, "height": 720}
SCROLL_BAR = 15  # px; window and list have one each on a desk, and a headless browser draws none
LAPTOP = {"width": DESK["width"] - 2 * SCROLL_BAR, "height": DESK["height"]}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = ["serious", "critical"]

RUN_AXE = """async ([options, grave]) => {
  const found = await axe.run(options.include || document, {
    resultTypes: ["violations"], iframes: false, runOnly: options.runOnly, rules: options.rules || {},
  });
  return found.violations.filter((one) => grave.includes(one.impact)).map((one) =>
    `${one.id} (${one.impact}, ${one.nodes.length} ×): ${one.nodes.slice(0, 3).map((node) =>
      `${node.target.join(" ")} – ${node.failureSummary.replace(/\\s+/g, " ")}`).join(" | ")}`);
}"""

# Of rows that are built alike the first one stands for all: 50 of them tell axe nothing new.
DROP_ROWS_ALIKE = """() => document.querySelectorAll("tbody").forEach((body) => {
  const seen = new Set();
  [...body.rows].forEach((row) => {
    const built = [...row.querySelectorAll("*")].map((part) =>
      [part.tagName, part.className, part.getAttributeNames(), !part.textContent.trim()].join()).join(";");
    if (seen.has(built)) row.remove(); else seen.add(built);
  });
})"""

STRUCTURE = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const name = (part) => part.outerHTML.replace(/\\s+/g, " ").slice(0, 90);
  const found = [];
  if (document.documentElement.lang !== "zh-CN") found.push(`lang is ${document.documentElement.lang}`);
  if (!document.title.trim()) found.push("no title");
  if (all("h1").length !== 1) found.push(`${all("h1").length} h1`);
  all("table").forEach((table) => {
    if (!table.caption || !table.caption.textContent.trim()) found.push(`no caption: ${name(table)}`);
    if (!table.querySelector("th")) found.push(`no th: ${name(table)}`);
  });
  all("th").forEach((cell) => { if (!cell.scope) found.push(`no scope: ${name(cell)}`); });
  return found;
}"""

OVERFLOW = """() => {
  const room = document.documentElement.clientWidth;
  const more = document.documentElement.scrollWidth - room;
  if (more <= 0) return "";
  const far = [...document.querySelectorAll("body *")].filter((part) => part.getBoundingClientRect().right > room + 1);
  return `${more} px too wide: ${far.slice(0, 3).map((part) => part.outerHTML.replace(/\\s+/g, " ").slice(0, 90)).join(" | ")}`;
}"""

WIDER_LISTS = """() => [...document.querySelectorAll("table[data-grid]")].map((table) =>
  [table.caption.textContent.trim(), table.parentElement.scrollWidth - table.parentElement.clientWidth]
).filter(([, more]) => more > 0).map(([list, more]) => `${list}: ${more} px wider than its frame`)"""


def axe(page: Page, *, include: str = "", only: list[str] | None = None) -> list[str]:
    """Return what axe-core finds serious or critical.

    Args:
        page: where ``AXE`` was added as an init script.
        include: selector of the only part to look at.
        only: identifiers of rules; without it all rules of ``TAGS`` and ``target-size``.
    """
    options: dict[str, Any] = {"include": include and [include]}
    if only:
        options["runOnly"] = {"type": "rule", "values": only}
    else:
        options |= {
            "runOnly": {"type": "tag", "values": TAGS},
            "rules": {"target-size": {"enabled": True}},
        }
    return list(page.evaluate(RUN_AXE, [options, GRAVE]))


def problems(page: Page, *, thumbs: bool = True) -> list[str]:
    """Return what the page shown breaks; afterwards its tables are cut short.

    Args:
        page: where ``AXE`` was added as an init script.
        thumbs: whether to measure what is touched on a phone, too.
    """
    page.wait_for_load_state("domcontentloaded")
    found = list(page.evaluate(STRUCTURE))
    page.set_viewport_size(LAPTOP)
    found += [f"at {DESK['width']} px {line}" for line in page.evaluate(WIDER_LISTS)]
    for size in (HALF, PHONE):
        page.set_viewport_size(size)
        if overflow := page.evaluate(OVERFLOW):
            found.append(f"at {size['width']} px {overflow}")
    page.evaluate(DROP_ROWS_ALIKE)
    if thumbs:
        found += [f"at {PHONE['width']} px {line}" for line in axe(page, only=["target-size"])]
    page.set_viewport_size(DESK)
    return found + axe(page)
