"""Previews hold pixels and nothing else; fingerprints survive saving and scaling."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from services import images


def scene(turned=0) -> Image.Image:
    """Return a picture with something to see on it."""
    picture = Image.radial_gradient("L").resize((900, 600)).convert("RGB")
    pen = ImageDraw.Draw(picture)
    for number in range(12):
        pen.rectangle(
            [number * 70, number * 37 % 500, number * 70 + 40, number * 37 % 500 + 90],
            fill=(20 * number, 90, 200),
        )
    return picture.rotate(turned)


def saved(picture, kind="JPEG", **options) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def apart(left, right):
    return (((images.fingerprint(left) or 0) ^ (images.fingerprint(right) or 0)) & (2**64 - 1)).bit_count()


def test_a_preview_is_upright_small_and_free_of_what_a_camera_wrote_into_it():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "一部手机"  # turned by a quarter; the maker
    original = saved(scene().resize((3000, 2000)), exif=exif, comment=b"<script>alert(1)</script>")
    assert b"<script>" in original
    shown = images.preview(original)
    with Image.open(io.BytesIO(shown)) as picture:
        assert (picture.format, picture.mode) == ("JPEG", "RGB")
        assert picture.height > picture.width
        assert max(picture.size) == images.LONGEST_SIDE
        assert not picture.getexif()
        assert "comment" not in picture.info
    assert b"<script>" not in shown


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "I;16", "RGB"])
def test_every_kind_of_picture_becomes_one_a_browser_shows(mode):
    picture = Image.new(mode, (40, 30)) if mode == "I;16" else scene().resize((40, 30)).convert(mode)
    with Image.open(io.BytesIO(images.preview(saved(picture, "PNG")))) as shown:
        assert (shown.format, shown.size) == ("JPEG", (40, 30))


def test_what_is_transparent_becomes_white():
    clear = saved(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG")
    with Image.open(io.BytesIO(images.preview(clear))) as shown:
        assert min(shown.getpixel((10, 10))) > 250


@pytest.mark.parametrize(
    "again",
    [
        saved(scene(), quality=30),
        saved(scene().resize((450, 300))),
        saved(scene().point(lambda value: min(255, value + 25)), "PNG"),
    ],
    ids=["worse", "smaller", "brighter"],
)
def test_the_same_picture_saved_again_is_recognised(again):
    assert apart(saved(scene()), again) <= 3


def test_another_picture_is_another_and_a_blank_page_is_none():
    assert apart(saved(scene()), saved(scene(turned=90))) > 10
    assert images.fingerprint(saved(Image.new("RGB", (60, 60), "white"))) is None
    assert -(2**63) <= images.fingerprint(saved(scene())) < 2**63
