"""The login captcha as a picture and as sound, made by the ``captcha`` package."""

from __future__ import annotations

import secrets
from functools import cache

from captcha.audio import AudioCaptcha
from captcha.image import ImageCaptcha

LENGTH = 4
ALPHABET = (
    "02345689"  # digits, because the voices speak only digits; without 1 and 7, which look alike when slanted
)
PICTURE_SIZE = (130, 48)  # pixels, width and height
FONT_SIZES = (36, 40, 44)  # pixels
INK = (30, 60, 120, 255)
PAPER = (255, 255, 255)


class _Painter(ImageCaptcha):
    """Slants and bends less than the package does, which spoiled about one picture in ten at this size."""

    lookup_table = [min(255, int(level * 4.5)) for level in range(256)]  # INK has luminance 57: cover fully
    character_rotate = (-18, 18)
    character_warp_dx = (0.1, 0.2)
    character_warp_dy = (0.1, 0.2)
    word_space_probability = 1.0  # never an extra space: the digits would shrink
    word_offset_dx = 0.12


def new_answer() -> str:
    """Return a random answer; the caller keeps it, shows it once and lets it expire."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def picture(answer: str) -> bytes:
    """Draw the answer as a PNG of :data:`PICTURE_SIZE`, dark on light."""
    image: bytes = _painter().generate(answer, "png", PAPER, INK).getvalue()
    return image


def audio(answer: str) -> bytes:
    """Speak the answer over noise, as a mono WAV with 8000 samples a second."""
    return bytes(_speaker().generate(answer))


@cache
def _painter() -> _Painter:
    return _Painter(*PICTURE_SIZE, font_sizes=FONT_SIZES)


@cache
def _speaker() -> AudioCaptcha:
    speaker = AudioCaptcha()
    speaker.load()
    return speaker
