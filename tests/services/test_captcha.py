"""The captcha: a picture to look at and a sound to hear, of an answer nobody can guess."""

from __future__ import annotations

import io
import wave

from PIL import Image

from services import captcha


def test_answers_have_four_digits_of_the_alphabet_and_differ():
    answers = {captcha.new_answer() for _ in range(200)}
    assert all(len(answer) == 4 and set(answer) <= set(captcha.ALPHABET) for answer in answers)
    assert len(answers) > 100
    assert captcha.ALPHABET.isdigit()


def test_the_picture_is_a_png_with_dark_ink_on_light_paper():
    for answer in ("0000", "9999", captcha.new_answer()):
        with Image.open(io.BytesIO(captcha.picture(answer)), formats=["PNG"]) as image:
            assert image.size == captcha.PICTURE_SIZE == (130, 48)
            darkest, lightest = image.convert("L").getextrema()
        assert darkest < 90
        assert lightest > 230


def test_two_pictures_of_one_answer_differ():
    assert captcha.picture("2345") != captcha.picture("2345")


def test_the_sound_is_a_wav_of_some_seconds_for_every_digit():
    for answer in (captcha.ALPHABET[:4], captcha.ALPHABET[4:]):
        with wave.open(io.BytesIO(captcha.audio(answer))) as sound:
            assert sound.getnchannels() == 1
            assert 4 < sound.getnframes() / sound.getframerate() < 30


def test_two_sounds_of_one_answer_differ():
    assert captcha.audio("2345") != captcha.audio("2345")
