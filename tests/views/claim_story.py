"""What tests of claims share: filled-in forms of three kinds, a proof, and the steps of the story."""

from __future__ import annotations

import io
import itertools

from pypdf import PdfWriter
from sqlalchemy import select

from models import Claim

NEW = "/admin/claim/new/?kind={}"
EXCHANGE = {
    "title": "全省护理学术年会",
    "credit_year": "2026",
    "subject": "public",
    "start_date": "2026-05-09",
    "end_date": "2026-05-11",
    "item_level": "national",
    "item_organizer": "中华护理学会",
    "item_place": "郑州",
    "item_reads_paper": "y",
    "item_paper_title": "夜班交接的一种做法",
    "item_paper_length": "2600",
    "content": "第一行\r\n第二行",
}
PROJECT = {
    "title": "县域分级诊疗研究",
    "credit_year": "2026",
    "subject": "specialty",
    "start_date": "2026-01-05",
    "end_date": "2026-10-30",
    "item_project_number": "2026-HN-017",
    "item_level": "provincial",
    "item_project_type": "main",
    "item_rank": "2",
}
PAPER = {
    "title": "一例罕见病的护理",
    "credit_year": "2026",
    "subject": "specialty",
    "start_date": "2026-02-01",
    "end_date": "2026-02-01",
    "item_journal": "护理学杂志",
    "item_issn_cn": "1001-4152",
    "item_level": "national",
    "item_published_on": "2026-02-01",
    "item_characters": "4200",
    "item_rank": "1",
    "item_author_count": "3",
}
BOOK = {
    "title": "夜班护理手册",
    "credit_year": "2026",
    "subject": "specialty",
    "start_date": "2026-03-01",
    "end_date": "2026-03-01",
    "item_work_type": "monograph",
    "item_publisher": "中原出版社",
    "item_isbn": "978-7-302-51161-8",
    "item_published_on": "2026-03-01",
    "item_characters": "100000",
    "item_author_role": "author",
    "item_rank": "1",
}
FILED = {"academic_exchange": (EXCHANGE, "20"), "research_project": (PROJECT, "48"), "paper": (PAPER, "40"),
         "book": (BOOK, "50")}  # fmt: skip


SERIAL = itertools.count(1)


def pdf() -> bytes:
    """Return a PDF like no other: one file proves one claim."""
    stream = io.BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(72, 72)
    writer.add_metadata({"/Title": f"{next(SERIAL)}"})
    writer.write(stream)
    return stream.getvalue()


def proof(name="证明.pdf", data=None):
    return (io.BytesIO(pdf() if data is None else data), name)


def file(client, kind="academic_exchange", command="submit", *, attachment=True, **changes):
    """Fill in a kind's form as a person does and send it."""
    page = client.get(NEW.format(kind))
    assert page.status == 200
    typed = {**FILED[kind][0], **changes, "command": command}
    if attachment:
        typed["attachments"] = attachment if isinstance(attachment, tuple) else proof()
    return client.send(page, typed)


def key_of(page):
    assert page.status == 302, page
    return int(page.location.rsplit("id=", maxsplit=1)[1])


def claims_of(site, person="doctor"):
    from models import Person

    return site.all(select(Claim.id).where(Claim.person_id == site.world.id(Person, person)))


def fire(client, grid, name, *keys, **form):
    """Choose rows of a grid and an action, and confirm its preview."""
    preview = client.post(f"/admin/{grid}/action/", {"action": name, "rowid": [str(key) for key in keys]})
    assert preview.status == 200, preview
    sent = {**preview.form(), **form, "confirmed": "1"}
    return preview, client.post(f"/admin/{grid}/action/", sent)
