"""Vendored files: all of them named in the script that fetches them, none more, none of it asking for more."""

from __future__ import annotations

import importlib.util
import io
import re
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from views.menu import MENUS

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {"shipped": ROOT / "static" / "vendor", "tests": ROOT / "tests" / "vendor"}
NOTICES = {"LICENSE", "NOTICE", "LICENSE-axe.txt", "README.md"}
RULE = re.compile(r'\.ti-([a-z0-9-]+)::before \{ content: "\\([0-9a-f]+)"')
LARGEST_FONT = 40_000  # bytes; the whole one has 500 000


@pytest.fixture(scope="module")
def vendor():
    """The script, loaded from its file: ``scripts`` is no package."""
    spec = importlib.util.spec_from_file_location("vendor", ROOT / "scripts" / "vendor.py")
    module = sys.modules["vendor"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["vendor"]


def files_of(folder):
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", FOLDERS)
def test_every_vendored_file_is_named_in_the_script_and_the_other_way_round(vendor, name):
    folder = FOLDERS[name]
    named = {
        folder / target
        for package in vendor.PACKAGES
        if package.folder == folder
        for target in package.files.values()
    }
    assert named
    assert files_of(folder) == named | {folder / "README.md"}


@pytest.mark.parametrize("name", FOLDERS)
def test_the_readme_lists_packages_versions_licences_and_checksums(vendor, name):
    text = (FOLDERS[name] / "README.md").read_text(encoding="utf-8")
    assert text == vendor.readme(FOLDERS[name])
    for package in vendor.PACKAGES:
        if package.folder == FOLDERS[name]:
            for word in (package.name, package.version, package.licence, package.sha256):
                assert word in text


def test_every_version_is_pinned_by_a_whole_checksum(vendor):
    for package in vendor.PACKAGES:
        assert re.fullmatch(r"\d+\.\d+\.\d+", package.version), package.name
        assert re.fullmatch(r"[0-9a-f]{64}", package.sha256), package.name


def test_a_tarball_that_is_not_the_pinned_one_is_refused(vendor, tmp_path, monkeypatch):
    (tmp_path / "evil-1.0.0.tgz").write_bytes(b"something else")
    (tmp_path / "npm").write_text("#!/bin/sh\necho evil-1.0.0.tgz\n", encoding="utf-8")
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    package = vendor.Package("evil", "1.0.0", "MIT", "0" * 64, {})
    with pytest.raises(vendor.VendorError, match=r"SHA-256 is [0-9a-f]{64}, pinned is 0{64}"):
        vendor.pack(package, tmp_path)


def test_nothing_asks_for_a_source_map():
    for folder in FOLDERS.values():
        for path in files_of(folder):
            assert b"sourceMappingURL" not in path.read_bytes(), path


def test_every_shipped_file_is_used():
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html"))
    css = "".join(path.read_text(encoding="utf-8") for path in FOLDERS["shipped"].rglob("*.css"))
    for path in files_of(FOLDERS["shipped"]):
        if path.name not in NOTICES:
            address = f"vendor/{path.relative_to(FOLDERS['shipped'])}"
            assert address in pages or f'url("{path.name}")' in css, address


# ---------------------------------------------------------------- icons
@pytest.fixture(scope="module")
def icons():
    """Name and code point of every icon of the style sheet."""
    css = (FOLDERS["shipped"] / "icons" / "icons.css").read_text(encoding="utf-8")
    return {name: int(code, 16) for name, code in RULE.findall(css)}


def test_the_style_sheet_names_exactly_the_icons_of_the_script(vendor, icons):
    assert sorted(icons) == vendor.ICONS


def test_the_font_draws_every_icon_and_is_small(icons):
    font = (FOLDERS["shipped"] / "icons" / "tabler-icons.woff2").read_bytes()
    assert len(font) < LARGEST_FONT
    with TTFont(io.BytesIO(font)) as drawn:
        assert set(icons.values()) <= set(drawn.getBestCmap())


def test_every_icon_written_in_a_template_a_script_or_the_menu_is_there(icons):
    sources = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static" / "js").rglob("*.js")]
    used = {entry.icon for menu in MENUS.values() for entry in menu}
    for path in sources:
        used |= set(re.findall(r"\bti ti-([a-z0-9-]+)(?![a-z0-9-]|\{)", path.read_text(encoding="utf-8")))
    assert used
    assert used <= set(icons), sorted(used - set(icons))
