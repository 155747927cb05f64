# ruff: noqa: INP001  a script beside the assets it writes, not a package
"""Fetch the front-end assets named below into ``static/vendor``, and what only tests need into ``tests/vendor``.

Run by ``make vendor``. The assets are committed: a clone needs neither Node nor this script. Run it only to change
a version or to add an icon. Each package comes through the ordinary ``npm pack``; its tarball must have the SHA-256
pinned here. Only the named files are kept, without their source-map comments (the maps are not shipped, and a
browser's developer tools would ask for them in vain). The icon font is cut down to the icons of :data:`ICONS`.
"""

from __future__ import annotations

import hashlib
import io
import logging
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "static" / "vendor"
TESTS = ROOT / "tests" / "vendor"

#: Icons that templates, scripts and menu entries may use; the full font draws six thousand.
ICON_NAMES = """
adjustments alert-circle alert-triangle archive arrow-back-up arrow-left arrow-right arrows-exchange
arrows-sort award bell book book-2 books briefcase building building-bank building-community building-factory
building-skyscraper bulb calendar calculator calendar-event calendar-stats category certificate chalkboard chart-bar
chart-line chart-pie check checklist checkbox chevron-down chevron-left chevron-right chevron-up chevrons-left
chevrons-right circle-check circle-x clipboard-check clipboard-list clipboard-text clock clock-hour-4 coin
copy keyboard dashboard database device-floppy dots download edit eraser exclamation-circle external-link eye eye-off
file file-certificate file-check file-description file-export file-import file-plus file-search file-text file-type-pdf
file-zip files filter filter-off flag folder folders forms gavel hand-stop help help-circle hierarchy hierarchy-2
history home home-2 hourglass id id-badge-2 inbox info-circle key language layout-dashboard list list-check
list-details lock lock-open login logout mail map map-2 map-pin medal menu-2 message-circle microphone
microscope mountain news notebook notes package paperclip password pencil phone photo plus point presentation
printer progress qrcode receipt refresh report report-analytics report-search rosette-discount-check
rotate-clockwise scale school search send server-2 settings shield-check shield-lock sitemap sort-ascending
sort-descending stack-2 star sum switch-horizontal table tag tags target template timeline tool tools transfer-in
transfer-out trash trending-up trophy upload user user-check user-circle user-cog user-edit user-plus
user-search user-shield user-x users users-group volume writing x zoom-check
"""
ICONS = sorted(set(ICON_NAMES.split()))


@dataclass(frozen=True)
class Package:
    """One package of the npm registry.

    Attributes:
        name: its name there.
        version: the pinned version.
        licence: SPDX identifier.
        sha256: of the tarball.
        files: what is taken: path in the tarball → path below ``folder``.
        folder: where it goes.
    """

    name: str
    version: str
    licence: str
    sha256: str
    files: dict[str, str]
    folder: Path = SHIPPED


PACKAGES = (
    # 1.4 and not newer: from 1.5 on every colour needs relative oklch() and light-dark(), which the browsers
    # of many offices do not know yet; 1.4 carries plain rgb() fall-backs.
    Package(
        "@tabler/core",
        "1.4.0",
        "MIT",
        "12ad1d2a4a8bd254fcc2cc9481071d3408006a392ffb0dec5f84da1fa4622b09",
        {
            "dist/css/tabler.min.css": "tabler/tabler.min.css",
            "dist/js/tabler.min.js": "tabler/tabler.min.js",
        },
    ),
    Package(
        "@tabler/icons-webfont",
        "3.49.0",
        "MIT",
        "48c69c65a5f9013d482a17cab8899a09dcaec50750d1ac7324eb63a061fffb82",
        {
            "dist/fonts/tabler-icons.woff2": "icons/tabler-icons.woff2",
            "dist/tabler-icons.min.css": "icons/icons.css",
            "LICENSE": "icons/LICENSE",
        },
    ),
    # The smallest build that draws bars and pies; it loads on pages with a chart only.
    Package(
        "echarts",
        "6.1.0",
        "Apache-2.0",
        "681aff88cc1038c3fa941a3a53d1b177a52250b05335efc607d6105ae13be481",
        {
            "dist/echarts.simple.min.js": "echarts/echarts.simple.min.js",
            "LICENSE": "echarts/LICENSE",
            "NOTICE": "echarts/NOTICE",
        },
    ),
    Package(
        "axe-core",
        "4.14.1",
        "MPL-2.0",
        "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
        {"axe.min.js": "axe.min.js", "LICENSE": "LICENSE-axe.txt"},
        folder=TESTS,
    ),
)

SOURCE_MAP = re.compile(rb"\n?(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)\s*$")
FONT_FACE = """\
/* Tabler Icons {version}, MIT (see LICENSE): the rules of the icons this project uses. Generated. */
@font-face {{
  font-family: "tabler-icons";
  font-style: normal;
  font-weight: 400;
  font-display: block;
  src: url("tabler-icons.woff2") format("woff2");
}}
.ti {{
  font-family: "tabler-icons" !important;
  font-style: normal;
  font-weight: normal;
  font-variant: normal;
  line-height: 1;
  text-transform: none;
  -webkit-font-smoothing: antialiased;
}}
"""


class VendorError(Exception):
    """A tarball is not the pinned one, or lacks a file or icon."""


def pack(package: Package, folder: Path) -> Path:
    """Download the tarball of ``package`` into ``folder`` and check it.

    Raises:
        VendorError: its SHA-256 differs from the pinned one.
    """
    done = subprocess.run(  # noqa: S603  arguments are the constants above
        ["npm", "pack", f"{package.name}@{package.version}", "--silent", "--pack-destination", str(folder)],  # noqa: S607  npm is found where the user installed it
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    tarball = folder / done.stdout.strip().splitlines()[-1]
    found = hashlib.sha256(tarball.read_bytes()).hexdigest()
    if found != package.sha256:
        raise VendorError(f"{package.name} {package.version}: SHA-256 is {found}, pinned is {package.sha256}")
    return tarball


def icon_codes(css: str) -> dict[str, str]:
    """Return the code point (hexadecimal) of each icon of :data:`ICONS`, read from the full style sheet.

    Raises:
        VendorError: an icon of the list is not in ``css``.
    """
    codes = dict(re.findall(r'\.ti-([a-z0-9-]+):before\{content:"\\([0-9a-f]+)"\}', css))
    missing = [name for name in ICONS if name not in codes]
    if missing:
        raise VendorError(f"unknown icons: {', '.join(missing)}")
    return {name: codes[name] for name in ICONS}


def icon_rules(codes: dict[str, str], version: str) -> str:
    """Return the style sheet of the font and these icons."""
    rules = [f'.ti-{name}::before {{ content: "\\{code}"; }}\n' for name, code in codes.items()]
    return FONT_FACE.format(version=version) + "".join(rules)


def icon_font(font: bytes, codes: dict[str, str]) -> bytes:
    """Return the WOFF2 font with the glyphs of these code points only."""
    options = subset.Options(flavor="woff2", layout_features=[], notdef_outline=True)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[int(code, 16) for code in codes.values()])
    packed = io.BytesIO()
    # Without the moment of this run in it: the same version and icons give the same bytes.
    with TTFont(io.BytesIO(font), recalcTimestamp=False) as whole:
        cutter.subset(whole)
        whole.flavor = "woff2"
        whole.save(packed)
    return packed.getvalue()


def unpack(package: Package, tarball: Path) -> None:
    """Copy the named files of ``tarball`` to where they go.

    Raises:
        VendorError: a file is missing.
    """
    with tarfile.open(tarball) as archive:
        known = set(archive.getnames())
        contents = {}
        for source, target in package.files.items():
            if f"package/{source}" not in known:
                raise VendorError(f"{package.name} {package.version}: {source} is missing")
            with archive.extractfile(f"package/{source}") as member:
                contents[target] = SOURCE_MAP.sub(b"", member.read())
    if "icons/icons.css" in contents:
        codes = icon_codes(contents["icons/icons.css"].decode())
        contents["icons/icons.css"] = icon_rules(codes, package.version).encode()
        contents["icons/tabler-icons.woff2"] = icon_font(contents["icons/tabler-icons.woff2"], codes)
    for target, content in contents.items():
        path = package.folder / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def readme(folder: Path) -> str:
    """Return the table of what lies in a folder, where it came from and under which licence."""
    title = {SHIPPED: "Vendored front-end assets", TESTS: "Vendored for tests only, never shipped"}[folder]
    lines = [
        f"# {title}",
        "",
        "Written by `scripts/vendor.py` (`make vendor`). Do not edit by hand.",
        "",
        "| package | version | licence | SHA-256 of the tarball | files |",
        "| --- | --- | --- | --- | --- |",
    ]
    for package in PACKAGES:
        if package.folder != folder:
            continue
        files = ", ".join(f"`{target}`" for target in package.files.values())
        lines.append(
            f"| {package.name} | {package.version} | {package.licence} | `{package.sha256}` | {files} |"
        )
    return "\n".join([*lines, ""])


def main() -> int:
    """Fetch everything; return 0, or 1 after saying on standard error what is wrong."""
    logging.getLogger("fontTools").setLevel(
        logging.ERROR
    )  # the full font's name table ends in two spare bytes
    with tempfile.TemporaryDirectory() as folder:
        for package in PACKAGES:
            try:
                unpack(package, pack(package, Path(folder)))
            except VendorError as error:
                sys.stderr.write(f"{error}\n")
                return 1
    for target in (SHIPPED, TESTS):
        (target / "README.md").write_text(readme(target), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
