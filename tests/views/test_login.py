"""Login with its three messages, and the captcha in front of it."""

from __future__ import annotations

import datetime as dt

import pytest
from site_client import PASSWORD, ROLES, Client
from sqlalchemy import select

from models import (
    Account,
    CaptchaChallenge,
    Organization,
)
from models.identifiers import make_citizen_id, make_credit_code
from services.certificate_number import make_number

WRONG, PENDING, WRONG_CAPTCHA = "账户或密码错误", "此帐号还未被审核", "验证码错误"
NOT_CONFIRMED_ID = make_citizen_id("410105", dt.date(1991, 4, 12), 33)


# ---------------------------------------------------------------- login
def credentials(site, name, **changes):
    account = site.get(Account, name)
    code = site.get(Organization, account.organization_id).code if account.organization_id else ""
    return {
        "user_type": account.user_type.value,
        "organization_code": code,
        "citizen_id": site.citizens[name],
        "password": PASSWORD,
        **changes,
    }


@pytest.mark.parametrize("role", [role for role in ROLES if role != "visitor"])
def test_each_user_type_logs_in_and_out(site, visitor, role):
    page = visitor.send(visitor.get("/login"), credentials(site, ROLES[role]))
    assert page.location == "/admin/"
    home = visitor.follow(page)
    assert home.status == 200
    for part in site.world.actors[ROLES[role]].label.split(" · "):
        assert part in home.words()
    assert visitor.get("/logout").status == 405
    assert visitor.get("/admin/").status == 200
    assert visitor.post("/logout").status == 302
    assert visitor.get("/admin/").status == 302


def test_the_login_box_of_the_front_page_works_too(site, visitor):
    page = visitor.send_to("/login", visitor.get("/"), credentials(site, "doctor"))
    assert page.location == "/admin/"


def test_after_login_one_comes_to_the_page_asked_for_and_never_to_a_foreign_site(site, visitor):
    asked = visitor.get("/admin/claim/")
    assert asked.status == 302
    page = visitor.send_to(asked.location, visitor.get(asked.location), credentials(site, "doctor"))
    assert page.location.startswith("/admin/claim/")
    visitor.post("/logout")
    page = visitor.send_to(
        "/login?next=https://example.org/", visitor.get("/login"), credentials(site, "doctor")
    )
    assert "example.org" not in page.location


@pytest.mark.parametrize("code_of", [str.lower, lambda code: f"{code[:8]}-{code[8:]}", make_credit_code])
def test_any_way_of_writing_the_organisation_code_is_understood(site, visitor, code_of):
    code = site.get(Organization, "hospital").code
    typed = credentials(site, "hospital_admin", organization_code=code_of(code))
    assert visitor.send(visitor.get("/login"), typed).location == "/admin/"


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "Falsch-2026-x"},
        {"citizen_id": NOT_CONFIRMED_ID},
        {"citizen_id": "abc"},
        {"user_type": "employer"},
        {"user_type": "nobody"},
        {"user_type": "bureau", "organization_code": "x"},
    ],
)
def test_whatever_is_wrong_the_sentence_and_its_field_are_the_same(site, visitor, changes):
    page = visitor.send(visitor.get("/login"), credentials(site, "doctor", **changes))
    assert page.status == 200
    assert page.words().count(WRONG) == 2  # on top and at the field
    assert list(page.errors().values()).count(WRONG) == 1
    kept = page.form()
    assert kept["citizen_id"] == [changes.get("citizen_id", site.citizens["doctor"])]
    assert "password" not in kept or kept["password"] == [""]
    assert visitor.get("/admin/").status == 302


def test_wrong_password_and_unknown_account_look_the_same(site, visitor):
    pages = [
        visitor.send(visitor.get("/login"), credentials(site, "doctor", **changes))
        for changes in ({"password": "Falsch-2026-x"}, {"citizen_id": NOT_CONFIRMED_ID})
    ]
    assert pages[0].errors() == pages[1].errors()


@pytest.mark.parametrize("name", ["applicant", "clinic_admin"])
def test_a_pending_account_is_told_so_only_with_its_password(site, visitor, name):
    page = visitor.send(visitor.get("/login"), credentials(site, name))
    assert PENDING in page.words()
    assert visitor.get("/admin/").status == 302
    page = visitor.send(visitor.get("/login"), credentials(site, name, password="Falsch-2026-x"))
    assert PENDING not in page.words()
    assert WRONG in page.words()


@pytest.mark.parametrize("status", ["disabled", "rejected"])
def test_a_closed_account_is_like_none(site, visitor, status):
    reason = {"reason": "离职"} if status == "rejected" else {}
    site.put(Account, "doctor", status=status, **reason)
    page = visitor.send(visitor.get("/login"), credentials(site, "doctor"))
    assert WRONG in page.words()
    assert visitor.get("/admin/").status == 302


def test_administrators_of_a_disabled_organisation_do_not_work_on(site, visitor):
    site.put(Organization, "hospital", status="disabled")
    visitor.send(visitor.get("/login"), credentials(site, "hospital_admin"))
    assert visitor.get("/admin/").status == 302
    assert visitor.get("/admin/claim/").status == 302


# ---------------------------------------------------------------- a token that holds no longer
STALE = [
    ("/login", {}, "password"),
    ("/recover", {"email": "doctor@example.cn", "password": None}, None),
    ("/registration-status", {}, "password"),
]


@pytest.mark.parametrize(("url", "more", "secret"), STALE)
def test_a_form_with_an_old_token_is_shown_again_and_sent_once_more(site, visitor, url, more, secret):
    typed = credentials(site, "doctor", **more)
    form = visitor.get(url)
    visitor.http.delete_cookie("session")
    before = site.snapshot()
    page = visitor.send(form, typed)
    assert page.status == 400
    assert "请核对后再次提交" in page.messages()
    assert page.form()["citizen_id"] == [site.citizens["doctor"]]
    assert PASSWORD not in page.text
    assert site.snapshot() == before
    again = visitor.send(page, {secret: PASSWORD} if secret else {})
    assert again.status in {200, 302}
    assert "请核对后再次提交" not in again.text


def test_the_front_page_and_a_query_survive_an_old_token_too(site, visitor):
    form = visitor.get("/")
    visitor.http.delete_cookie("session")
    page = visitor.send_to("/login", form, credentials(site, "doctor"))
    assert visitor.send(page, {"password": PASSWORD}).location == "/admin/"
    visitor.http.delete_cookie("session")
    form = visitor.get("/verify/")
    visitor.http.delete_cookie("session")
    page = visitor.send(form, {"number": make_number(2025, "410105", 1), "name": "某人"})
    assert (page.status, page.form()["name"]) == (400, ["某人"])
    assert "查验时间" in visitor.send(page).words()


def test_who_logged_in_in_another_tab_goes_on_to_the_workbench(site, visitor):
    form = visitor.get("/login")
    visitor.send(visitor.get("/login"), credentials(site, "doctor"))
    assert visitor.send(form, credentials(site, "doctor")).location == "/admin/"


# ---------------------------------------------------------------- captcha
@pytest.fixture
def guarded(site):
    """A visitor's browser where the captcha is on."""
    return Client(site.captcha_app)


def answer_for(site, client, form):
    """Look at the picture of a form; return the row of its challenge."""
    [picture] = form.tree.xpath("//button[@data-captcha]/img/@src")
    page = client.get(picture)
    assert page.data.startswith(b"\x89PNG")
    assert "no-store" in page.headers["Cache-Control"]
    [token] = form.form()["captcha_token"]
    [key] = site.all(select(CaptchaChallenge.id).where(CaptchaChallenge.token == token))
    return site.get(CaptchaChallenge, key)


def sound_of(form):
    return form.tree.xpath("//a[@data-captcha-play]/@href")[0]


def test_a_right_captcha_lets_in_once(site, guarded):
    form = guarded.get("/login")
    answer = answer_for(site, guarded, form).answer
    page = guarded.send(form, credentials(site, "doctor", password="Falsch-2026-x", captcha=answer))
    assert WRONG in page.words()
    page = guarded.send(form, credentials(site, "doctor", captcha=answer))  # the same answer again
    assert page.errors()["captcha"] == WRONG_CAPTCHA
    assert guarded.get("/admin/").status == 302
    answer = answer_for(site, guarded, form).answer
    assert guarded.send(form, credentials(site, "doctor", captcha=f" {answer} ")).location == "/admin/"


@pytest.mark.parametrize("typed", ["", "0000", "０２３４"])
def test_a_wrong_captcha_is_said_and_used_up(site, guarded, typed):
    form = guarded.get("/login")
    answer = answer_for(site, guarded, form).answer
    page = guarded.send(form, credentials(site, "doctor", captcha=typed))
    assert page.errors() == {"captcha": WRONG_CAPTCHA}
    assert page.form()["citizen_id"] == [site.citizens["doctor"]]
    page = guarded.send(form, credentials(site, "doctor", captcha=answer))
    assert page.errors() == {"captcha": WRONG_CAPTCHA}


def test_a_captcha_expires(site, guarded):
    form = guarded.get("/login")
    challenge = answer_for(site, guarded, form)
    site.put(CaptchaChallenge, challenge.id, expires_at=challenge.expires_at - dt.timedelta(minutes=6))
    assert guarded.get(sound_of(form)).status == 404
    page = guarded.send(form, credentials(site, "doctor", captcha=challenge.answer))
    assert page.errors() == {"captcha": WRONG_CAPTCHA}


def test_another_picture_ends_the_former_one(site, guarded):
    form = guarded.get("/login")
    former, latter = answer_for(site, guarded, form), answer_for(site, guarded, form)
    assert len(site.all(select(CaptchaChallenge.id).where(CaptchaChallenge.token == former.token))) == 1
    if former.answer != latter.answer:
        page = guarded.send(form, credentials(site, "doctor", captcha=former.answer))
        assert page.errors() == {"captcha": WRONG_CAPTCHA}


def test_a_captcha_of_somebody_else_does_not_count(site, guarded):
    stranger = Client(site.captcha_app)
    other = answer_for(site, stranger, stranger.get("/login"))
    page = guarded.send(guarded.get("/login"), credentials(site, "doctor", captcha=other.answer))
    assert page.errors() == {"captcha": WRONG_CAPTCHA}


def test_each_tab_has_a_captcha_of_its_own(site, guarded):
    first, second = guarded.get("/login"), guarded.get("/recover")
    answer = answer_for(site, guarded, first).answer
    other = answer_for(site, guarded, second).answer
    assert guarded.send(first, credentials(site, "doctor", captcha=answer)).location == "/admin/"
    typed = credentials(site, "doctor", password=None, email="doctor@example.cn", captcha=other)
    guarded.http.delete_cookie("session")
    page = guarded.send(second, typed)  # its token is of before the login; the captcha is not used up by that
    assert page.errors() == {}
    assert guarded.send_to("/recover", guarded.get("/recover"), typed).errors() == {"captcha": WRONG_CAPTCHA}


@pytest.mark.parametrize("token", ["", "x", "a" * 44, "../" * 14 + "a", "验" * 43])
def test_a_picture_is_drawn_only_for_a_form(site, guarded, token):
    assert guarded.get(f"/captcha/{token}.png").status == 404
    assert guarded.send(
        guarded.get("/login"), credentials(site, "doctor", captcha="", captcha_token=token)
    ).errors() == {"captcha": WRONG_CAPTCHA}


def test_the_sound_speaks_the_picture_and_leaves_it_open(site, guarded):
    form = guarded.get("/login")
    assert guarded.get(sound_of(form)).status == 404
    answer = answer_for(site, guarded, form).answer
    sound = guarded.get(sound_of(form))
    assert sound.data[:4] == b"RIFF"
    assert sound.headers["Content-Type"].startswith("audio/")
    assert guarded.send(form, credentials(site, "doctor", captcha=answer)).location == "/admin/"
