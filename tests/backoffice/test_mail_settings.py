"""Where mails go and whom they come from, as the settings say it."""

from __future__ import annotations

import pytest

from backoffice.carriers import Folder, Server, Smtp, sender_of, server_of
from backoffice.config import SettingsError, load
from backoffice.outbox import carrier_of
from models.crypto import generate_setting

FROM = {"BACKOFFICE_MAIL_FROM": "继教通 <noreply@ce.example.com>"}
PRODUCTION = {
    "BACKOFFICE_ENV": "production",
    "BACKOFFICE_DATABASE_URL": "postgresql://app@127.0.0.1/app",
    "BACKOFFICE_SECRET_KEY": "s" * 40,
    "BACKOFFICE_DATA_KEYS": generate_setting(),
    "BACKOFFICE_PUBLIC_URL": "https://ce.example.com",
}


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (
            "smtp://mail.example.com",
            Server("mail.example.com", 25, tls=False, starttls=False, user="", password=""),
        ),
        ("smtp://m?starttls=1", Server("m", 587, tls=False, starttls=True, user="", password="")),
        ("smtp://m:2525/?starttls=0", Server("m", 2525, tls=False, starttls=False, user="", password="")),
        (
            "smtps://a%40b:p%2Fs%3Aw@m",
            Server("m", 465, tls=True, starttls=False, user="a@b", password="p/s:w"),
        ),
        ("smtp://[::1]:25", Server("::1", 25, tls=False, starttls=False, user="", password="")),
    ],
)
def test_an_address_names_a_server(url, server):
    assert server_of(url) == server


@pytest.mark.parametrize(
    "url",
    ["mail.example.com:25", "http://m", "smtp://", "smtp://m:secret", "smtp://u:secret/x@m", "smtp://m/secret",
     "smtp://m?starttls=yes", "smtps://m?starttls=1", "smtp://m?secret=1", "smtp://m#secret"],
)  # fmt: skip
def test_anything_else_is_refused_without_repeating_a_password(url):
    with pytest.raises(ValueError, match="must be smtp://") as refused:
        server_of(url)
    assert "secret" not in str(refused.value)


def test_a_password_is_not_printed():
    assert "geheim" not in repr(Smtp(server_of("smtp://u:geheim@m"), sender_of("a@b.cn")))


@pytest.mark.parametrize("text", ["", "继教通", "a@b.cn\r\nBcc: c@d.cn", "<a b@c.cn>", "王@例子.cn", "a@"])
def test_a_sender_is_an_address(text):
    with pytest.raises(ValueError, match=r".+"):
        sender_of(text)
    assert sender_of("继教通 <a@b.cn>").addr_spec == sender_of("a@b.cn").addr_spec == "a@b.cn"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"BACKOFFICE_MAIL_URL": "smtp://m"}, "MAIL_FROM"),
        ({"BACKOFFICE_MAIL_URL": "imap://m"} | FROM, "MAIL_URL"),
        ({"BACKOFFICE_MAIL_FROM": "nobody"}, "MAIL_FROM"),
        (PRODUCTION | FROM | {"BACKOFFICE_MAIL_URL": "smtp://u:secret@mail.example.com"}, "starttls"),
    ],
)
def test_a_wrong_setting_is_told_at_the_start(tmp_path, given, named):
    with pytest.raises(SettingsError, match=named) as refused:
        load(given | {"BACKOFFICE_VAR": str(tmp_path)})
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["", "smtp://127.0.0.1", "smtp://u:p@127.0.0.1", "smtp://u:p@mail.example.com?starttls=1", "smtps://u:p@mail.example.com"],
)  # fmt: skip
def test_production_sends_its_password_encrypted_or_not_at_all(tmp_path, url):
    settings = load(PRODUCTION | FROM | {"BACKOFFICE_MAIL_URL": url, "BACKOFFICE_VAR": str(tmp_path)})
    carrier = carrier_of(settings)
    assert isinstance(carrier, Smtp if url else Folder)
    assert carrier.sender.display_name == "继教通"


def test_without_a_server_mails_go_into_a_folder_of_the_installation(tmp_path):
    carrier = carrier_of(load({"BACKOFFICE_VAR": str(tmp_path)}))
    assert (carrier.path, carrier.sender.addr_spec) == (tmp_path / "outbox", "noreply@localhost")
