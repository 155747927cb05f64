"""证书模板: uploaded, looked at, published; certificates keep the one they were issued with."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from test_verify_page import issued

from models import Certificate, CertificateTemplate, JournalEntry
from services.certificate_archive import packed, starter, unpacked

URL = "/admin/certificate-template"
OTHERS = ("doctor", "hospital_admin", "province_admin")


def changed(title):
    """Return the system's own template with another title."""
    files = unpacked(starter())
    html = (
        files["template.html"]
        .decode()
        .replace("<h1>河南省专业技术人员继续教育证书</h1>", f"<h1>{title}</h1>")
    )
    return packed({**files, "template.html": html.encode()})


def uploaded(client, data, name="模板.zip", note=""):
    return client.post(f"{URL}/new/", {"file": (io.BytesIO(data), name), "note": note})


def drafted(client, title, note=""):
    """Upload a template and return its key."""
    page = uploaded(client, changed(title), note=note)
    assert page.status == 303, page.words()
    return int(re.search(r"id=(\d+)", page.location).group(1))


def published(client, key):
    return client.follow(client.send_to(f"{URL}/publish/", client.get(f"{URL}/details/", id=key)))


def text(page):
    return "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.data)).pages)


def test_a_version_is_uploaded_looked_at_and_published_and_certificates_keep_theirs(site, client_of):
    before = issued(site, client_of)
    assert before.template_id is None
    client = client_of("system_admin")
    assert "系统自带" in client.get(f"{URL}/").words() or "system_admin.zip" in client.get(f"{URL}/").words()

    first = drafted(client, "第一版证书", "换了标题")
    draft = site.get(CertificateTemplate, first)
    assert (draft.version, draft.note, draft.published_at) == (None, "换了标题", None)
    preview = client.get(f"{URL}/preview/", id=first)
    assert preview.headers["Content-Type"] == "application/pdf"
    assert preview.headers["Content-Disposition"].startswith("inline")
    assert ("第一版证书" in text(preview), len(PdfReader(io.BytesIO(preview.data)).pages)) == (True, 2)
    file = client.get(f"{URL}/file/", id=first)
    assert "第一版证书" in zipfile.ZipFile(io.BytesIO(file.data)).read("template.html").decode()

    assert "已发布为第 1 版" in published(client, first).messages()
    second = drafted(client, "第二版证书")
    with site.session() as session:
        session.get(Certificate, before.id).template_id = first
    assert "已发布为第 2 版" in published(client, second).messages()
    versions = {row.id: row for row in site.all(select(CertificateTemplate))}
    assert (versions[first].retired_at is None, versions[second].retired_at is None) == (False, True)

    # What was issued under the first is reprinted with it.
    holder = client_of("doctor")
    reprint = holder.post("/admin/certificate/action/", {"action": "print", "rowid": [str(before.id)]})
    assert ("第一版证书" in text(reprint), "第二版证书" in text(reprint)) == (True, False)
    done = site.all(
        select(JournalEntry)
        .where(JournalEntry.object_type == "certificate_template")
        .order_by(JournalEntry.id)
    )
    assert [row.action for row in done] == ["create", "publish", "create", "publish"]
    printed = site.all(
        select(JournalEntry).where(JournalEntry.object_type == "certificate", JournalEntry.action == "print")
    )
    assert len(printed[-1].details["sha256"]) == 64


def test_new_certificates_get_the_version_in_force(site, client_of):
    client = client_of("system_admin")
    key = drafted(client, "现行版证书")
    published(client, key)
    assert issued(site, client_of).template_id == key


def test_a_published_version_is_neither_published_again_nor_deleted_and_a_draft_can_be(site, client_of):
    client = client_of("system_admin")
    kept, given_up = drafted(client, "甲"), drafted(client, "乙")
    published(client, kept)
    assert client.post(f"{URL}/publish/", {"id": kept}).status == 403
    assert client.post(f"{URL}/delete/", {"id": kept}).status == 403
    assert client.post(f"{URL}/delete/", {"id": given_up}).status in {302, 303}
    keys = {row.id for row in site.all(select(CertificateTemplate))}
    assert (kept in keys, given_up in keys) == (True, False)


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"nothing", "a.zip", "不是 ZIP"),
        (
            packed({**unpacked(starter()), "template.html": b"<p>{{ pages[0].number }}</p>"}),
            "a.zip",
            "排不出来.*font-family",
        ),
        (packed({"template.html": b"{{ open('/etc/passwd') }}"}), "a.zip", "排不出来"),
        (packed({"template.html": b'{{ "x"|center(300000000) }}'}), "a.zip", "内存超过 400 MB 或时间超过"),
        (packed({"template.html": b'{{ "%900000000s" % "x" }}'}), "a.zip", "内存超过 400 MB 或时间超过"),
        (packed({"template.html": b"{{ [1, 2]|random }}"}), "a.zip", "排不出来"),
    ],
)
def test_what_cannot_be_printed_is_refused_at_the_field_and_what_was_typed_is_kept(
    site, client_of, data, name, sentence, caplog
):
    client, before = client_of("system_admin"), len(site.all(select(CertificateTemplate)))
    page = uploaded(client, data, name, note="我写的说明")
    assert re.search(sentence, page.errors()["file"]), page.errors()
    assert "我写的说明" in page.text
    assert "Traceback" not in page.text
    assert len(site.all(select(CertificateTemplate))) == before


def test_a_note_that_is_too_long_and_no_file_are_named(site, client_of):
    client = client_of("system_admin")
    assert "500" in uploaded(client, starter(), note="长" * 501).errors()["note"]
    assert "请选择" in client.post(f"{URL}/new/", {"note": ""}).errors()["file"]


def test_nobody_else_sees_or_changes_templates(site, client_of):
    for who in OTHERS:
        client = client_of(who)
        assert client.get(f"{URL}/").status == 403
        assert uploaded(client, starter()).status == 403
        assert client.get(f"{URL}/starter/").status == 403
