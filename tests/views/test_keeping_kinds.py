"""Published kinds are renamed, put in order and merged; what was filed stays, and reference files leave it alone."""

from __future__ import annotations

import datetime as dt

import pytest
from claim_story import NEW, file, fire, key_of
from factories import make_claim
from rule_desk import ADMIN, begun, draft, published, url
from site_client import OTHERS
from sqlalchemy import select

from models import Claim, ClaimKind, JournalEntry, Person, RuleDraft
from models.enums import ClaimStatus, Subject
from seed.base import seed_base
from services import claims, kind_editing, kind_keeping, remembered, reuse
from services.errors import InputError

KINDS, MOVE = "/admin/claim-kind/", "/admin/claim-kind/move/"
OLD, NAME = "academic_exchange", "学术交流"
INTO, TARGET = "course_study", "课程进修"
ENDED, TO_COME = "2026-11-23", "2026-12-31"


@pytest.fixture(autouse=True)
def _nothing_remembered():
    remembered.forget()
    yield
    remembered.forget()


def kind(site, code=OLD):
    return site.all(select(ClaimKind).where(ClaimKind.code == code))[0]


def changed(client, typed, code=OLD):
    """Draft a kind with other texts, and publish it."""
    key = begun(client, "kind", code)
    page = client.send(client.get(url("edit/", id=key)), typed)
    assert page.status == 303, page.errors()
    return published(client, key)


def merged(client, day=ENDED, into=INTO, code=OLD):
    return changed(client, {"valid_to": day, "merged_into": into}, code)


def order(site):
    return site.all(select(ClaimKind.code).order_by(ClaimKind.position))


def cards(client):
    return client.get("/admin/claim/new/").words()


def offered(client, path="/admin/claim/"):
    """Return what the kinds are called in the filter of a list."""
    return [text.strip() for text in client.get(path).tree.xpath("//select[@name='kind']/option/text()")]


def seeded(site):
    """Put the base data in again; return what that changed."""
    with site.session() as session:
        return [line.code for line in seed_base(session) if line.inserted or line.updated]


# ---------------------------------------------------------------- another name
def test_a_renamed_kind_is_called_so_on_old_claims_and_new_ones(site, client_of):
    client, doctor = client_of(ADMIN), client_of("doctor")
    claim = key_of(file(doctor, command="draft"))
    filed = site.all(select(JournalEntry.details).where(JournalEntry.object_id == claim))
    key = begun(client, "kind", OLD)
    assert client.send(client.get(url("edit/", id=key)), {"name": " 学术会议  "}).status == 303
    assert draft(site, key).title == "学术会议"
    shown = client.get(url("details/", id=key)).words()
    assert NAME in shown
    assert "学术会议" in shown
    assert NAME in cards(doctor)  # until it is published nothing has changed
    published(client, key)
    for page in (cards(doctor), doctor.get("/admin/claim/").words()):
        assert "学术会议" in page
        assert NAME not in page
    assert "学术会议" in doctor.get("/admin/claim/details/", id=claim).words()
    assert site.all(select(JournalEntry.details).where(JournalEntry.object_id == claim)) == filed
    [told] = site.all(
        select(JournalEntry).where(JournalEntry.action == "publish", JournalEntry.object_id == key)
    )
    assert ["名称", NAME, "学术会议"] in told.details["changes"]
    history = client.get(f"{KINDS}details/", id=kind(site).id).words()
    assert f"名称：{NAME} → 学术会议" in history
    assert seeded(site) == []
    assert kind(site).name == "学术会议"


def test_a_kind_nobody_renamed_takes_the_name_of_its_file(site):
    with site.session() as session:
        session.scalars(select(ClaimKind).where(ClaimKind.code == OLD)).one().name = "旧名称"
        session.commit()
    assert seeded(site) == ["claim_kinds"]
    assert kind(site).name == NAME


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"name": " "}, "name", "请填写“名称”"),
        ({"name": "长" * 201}, "name", "最多 200 个字"),
        ({"name": TARGET}, "name", "已有同名的类型"),
        ({"merged_into": INTO}, "valid_to", "并入其他类型的，请填写“有效期至”"),
        ({"merged_into": OLD, "valid_to": ENDED}, "merged_into", "请选择另一个在用"),
        ({"merged_into": "nothing", "valid_to": ENDED}, "merged_into", "请选择另一个在用"),
        ({"merged_into": INTO, "valid_to": "年底"}, "valid_to", "请按 2026-12-31"),
    ],
)
def test_what_a_kind_cannot_be_is_told_at_its_field_and_nothing_typed_is_lost(
    site, client_of, typed, field, sentence
):
    client = client_of(ADMIN)
    key = begun(client, "kind", OLD)
    page = client.send(client.get(url("edit/", id=key)), {**typed, "help": "刚填的说明"})
    assert page.status == 200
    assert sentence in page.errors()[field]
    assert page.form()["help"] == ["刚填的说明"]
    assert draft(site, key).revision == 1


def test_a_name_taken_since_stands_in_the_way_of_publishing(site, client_of):
    client = client_of(ADMIN)
    keys = [begun(client, "kind", code) for code in (OLD, INTO)]
    for key in keys:
        assert client.send(client.get(url("edit/", id=key)), {"name": "交流进修"}).status == 303
    published(client, keys[0])
    late = client.get(url("details/", id=keys[1]))
    assert "已有同名的类型" in late.words()
    assert "没有发布" in published(client, keys[1]).messages()
    assert kind(site, INTO).name == TARGET
    with (
        site.session() as session,
        pytest.raises(InputError, match="同名"),
    ):  # even where nobody looked before
        kind_editing.publish(session, draft(site, keys[1]).content)


def test_a_draft_begun_before_kinds_had_a_last_day_is_published_as_it_is(site, client_of):
    client = client_of(ADMIN)
    key = begun(client, "kind", OLD)
    with site.session() as session:
        row = session.get(RuleDraft, key)
        assert "merged_into" not in row.content
        row.content = {name: value for name, value in row.content.items() if name != "valid_to"} | {
            "help": "旧草稿"
        }
        session.commit()
    assert "旧草稿" in client.get(url("details/", id=key)).words()
    assert "已发布为第 2 版" in published(client, key).messages()
    assert (kind(site).name, kind(site).merged_into_id, kind(site).edited_at) == (NAME, None, None)


def test_why_the_code_stays_is_said(site, client_of):
    client = client_of(ADMIN)
    assert "代码不能修改：申报、学时规则" in client.get(f"{KINDS}details/", id=kind(site).id).words()
    page = client.get(url("edit/", id=begun(client, "kind", OLD)))
    assert f"代码 {OLD}，不能修改" in page.words()
    assert "code" not in page.form()
    new = client.send(client.get(url("kind/")), {"code": "volunteer", "name": "志愿服务"})
    assert "放弃草稿后重新新增" in client.follow(new).words()


# ---------------------------------------------------------------- order
def test_a_kind_is_moved_past_the_next_one_that_can_be_claimed(site, client_of):
    client, doctor = client_of(ADMIN), client_of("doctor")
    before = order(site)
    place = before.index(OLD)
    page = client.get(KINDS)
    assert page.tree.xpath(f"//tr[@id='row-{kind(site).id}']//button[@name='up']/@aria-label")[0].startswith(
        "上移"
    )
    moved = client.post(MOVE, {"up": str(kind(site).id), "url": KINDS})
    assert (moved.status, moved.location) == (303, f"{KINDS}#row-{kind(site).id}")
    after = order(site)
    assert after[place - 1 : place + 1] == [OLD, before[place - 1]]
    assert sorted(after) == sorted(before)
    assert cards(doctor).index(NAME) < cards(doctor).index(TARGET)
    assert offered(doctor).index(NAME) < offered(doctor).index(TARGET)
    changed(client, {"valid_to": ENDED}, after[place])  # what cannot be claimed is passed over
    client.post(MOVE, {"down": str(kind(site).id)})
    assert order(site)[place - 1 : place + 2] == [after[place], after[place + 1], OLD]
    [first, last] = site.all(
        select(JournalEntry).where(JournalEntry.object_type == "claim_kind").order_by(JournalEntry.id)
    )
    assert (first.action, first.details["label"]) == ("move", NAME)
    assert first.details["changes"] == {"顺序": [str(place + 1), str(place)]}
    assert first.actor_id == last.actor_id == site.world.actors[ADMIN].account_id
    assert "移动" in client.get(f"{KINDS}details/", id=kind(site).id).words()
    assert seeded(site) == []
    assert order(site).index(OLD) == place + 1


def test_nothing_is_moved_beyond_the_ends_and_a_wrong_step_is_none(site, client_of):
    client, before = client_of(ADMIN), order(site)
    for way, code, word in (("up", before[0], "最前"), ("down", before[-1], "最后")):
        assert word in client.follow(client.post(MOVE, {way: str(kind(site, code).id)})).messages()
    assert client.post(MOVE, {"left": str(kind(site).id)}).status == 400
    assert client.post(MOVE, {"up": "0"}).status == 404
    assert order(site) == before
    assert site.all(select(ClaimKind.id).where(ClaimKind.edited_at.is_not(None))) == []
    assert not client.get(KINDS, search=NAME).tree.xpath(
        "//button[@name='up']"
    )  # what a search left out has a place, too


@pytest.mark.parametrize("name", OTHERS)
def test_nobody_else_moves_a_kind(site, client_of, name):
    before = order(site)
    page = client_of(name).post(MOVE, {"up": str(kind(site).id)})
    assert page.status == (302 if name == "visitor" else 403)
    assert order(site) == before


# ---------------------------------------------------------------- merging
def test_a_merged_kind_is_chosen_on_no_new_claim_and_found_with_the_one_that_stands_for_it(site, client_of):
    client, doctor = client_of(ADMIN), client_of("doctor")
    claim = key_of(file(doctor))
    version, hours = site.get(Claim, claim).kind_version_id, site.get(Claim, claim).computed_hours
    begun_before = key_of(file(doctor, command="draft", title="另一次年会"))
    assert NAME in cards(doctor)
    merged(client)
    assert kind(site).merged_into_id == kind(site, INTO).id
    assert NAME not in cards(doctor)
    assert "请选择" in doctor.get(NEW.format(OLD)).words() or TARGET in doctor.get(NEW.format(OLD)).words()
    label = f"{NAME}（已并入“{TARGET}”）"
    assert label in offered(doctor)
    assert label in doctor.get("/admin/claim/details/", id=claim).words()
    assert label in doctor.get("/admin/claim/").words()
    assert f"已并入“{TARGET}”" in client.get(KINDS).words()
    for code, titles in (
        (INTO, {"全省护理学术年会", "另一次年会"}),
        (OLD, {"全省护理学术年会", "另一次年会"}),
        ("patent", set()),
    ):
        found = doctor.get("/admin/claim/", kind=kind(site, code).id).words()
        assert {title for title in ("全省护理学术年会", "另一次年会") if title in found} == titles, code
    page = doctor.get(f"/admin/claim/edit/?id={begun_before}")  # goes on, and counts by its own rules
    assert (
        doctor.send(page, {"command": "submit", "start_date": "2026-06-01", "end_date": "2026-06-03"}).status
        == 302
    )
    row = site.get(Claim, begun_before)
    assert (row.status, row.kind_version_id, row.computed_hours) == (ClaimStatus.SUBMITTED, version, hours)
    assert seeded(site) == []
    assert kind(site).merged_into_id == kind(site, INTO).id
    changed(client, {"valid_to": "", "merged_into": ""})
    assert kind(site).merged_into_id is None
    assert NAME in cards(doctor)
    assert label not in offered(doctor)
    assert "另一次年会" not in doctor.get("/admin/claim/", kind=kind(site, INTO).id).words()


def test_a_kind_that_will_be_merged_is_chosen_until_its_last_day(site, client_of):
    client, doctor = client_of(ADMIN), client_of("doctor")
    merged(client, TO_COME)
    assert f"{NAME}（将并入“{TARGET}”）" in offered(doctor)
    assert NAME in cards(doctor)
    assert f"将并入“{TARGET}”" in client.get(KINDS).words()


def test_there_are_no_chains(site, client_of):
    client = client_of(ADMIN)
    merged(client)
    key = begun(client, "kind", INTO)
    page = client.get(url("edit/", id=key))
    assert OLD not in page.tree.xpath("//select[@name='merged_into']/option/@value")
    refused = client.send(page, {"merged_into": "paper", "valid_to": ENDED})
    assert f"“{NAME}”已并入本类型" in refused.errors()["merged_into"]
    third = begun(client, "kind", "paper")
    refused = client.send(client.get(url("edit/", id=third)), {"merged_into": OLD, "valid_to": ENDED})
    assert "没有并入其他类型" in refused.errors()["merged_into"]
    merged(client, into="patent")  # the way out
    page = client.get(url("edit/", id=key))
    assert client.send(page, {"merged_into": "paper", "valid_to": ENDED}).status == 303
    assert "已发布" in published(client, key).messages()


def test_a_target_lost_since_stands_in_the_way_but_not_of_what_was_merged_before(site, client_of):
    client = client_of(ADMIN)
    key = begun(client, "kind", OLD)
    client.send(client.get(url("edit/", id=key)), {"merged_into": INTO, "valid_to": ENDED})
    changed(client, {"valid_to": ENDED}, INTO)
    assert "请选择另一个在用" in client.get(url("details/", id=key)).words()
    assert "没有发布" in published(client, key).messages()
    changed(client, {"valid_to": ""}, INTO)
    assert "已发布" in published(client, key).messages()
    changed(client, {"valid_to": ENDED}, INTO)
    assert "已发布" in changed(client, {"help": "新的说明"}).messages()
    assert kind(site).merged_into_id == kind(site, INTO).id


@pytest.mark.parametrize(("old", "into"), [(OLD, INTO), (INTO, OLD)])
def test_what_one_kind_was_claimed_for_is_not_claimed_under_the_other(site, client_of, old, into):
    client, doctor = client_of(ADMIN), client_of("doctor")
    with site.session() as session:  # a claim of course_study, which the story has no form for
        version = claims.current_version(session, INTO)
        person = session.get(Person, site.world.id(Person, "doctor"))
        row = make_claim(
            session, person, status="submitted", title="全省 护理学术年会", items={"host": "某", "courses": 1},
            start_date=dt.date(2026, 5, 9), end_date=dt.date(2026, 5, 11), activity_key=reuse.activity_key("全省护理学术年会"),
        )  # fmt: skip
        row.kind_id, row.kind_version_id = version.kind_id, version.id
        session.commit()
    mine = key_of(file(doctor, command="draft"))
    merged(client, TO_COME, into, old)
    page = doctor.send(doctor.get(f"/admin/claim/edit/?id={mine}"), {"command": "submit"})
    assert "同一项不能重复申报" in page.errors()["title"]
    preview, _ = fire(doctor, "claim", "submit", mine)  # nor past the form
    assert site.get(Claim, mine).status is ClaimStatus.DRAFT, preview.words()
    changed(client, {"valid_to": "", "merged_into": ""}, old)
    assert doctor.send(doctor.get(f"/admin/claim/edit/?id={mine}"), {"command": "submit"}).status == 302


NUMBER = {"certificate_number": "豫外 2026-0107"}


@pytest.mark.parametrize(
    ("first", "then"), [("language_exam", "computer_exam"), ("computer_exam", "language_exam")]
)
@pytest.mark.parametrize(("number", "same"), [("豫外2026－0107", True), ("豫外2026-0108", False)])
def test_a_number_is_the_same_under_both(site, client_of, first, then, number, same):
    merged(client_of(ADMIN), code="language_exam", into="computer_exam")
    with site.session() as session:
        person = session.get(Person, site.world.id(Person, "doctor"))
        row = make_claim(session, person, status="approved", title="外语考试", items=NUMBER)
        version = claims.current_version(session, first)
        row.kind_id, row.kind_version_id = version.kind_id, version.id
        session.flush()
        typed = claims.ClaimInput(
            then, "计算机考试", 2026, Subject.SPECIALTY, dt.date(2026, 6, 1), dt.date(2026, 6, 1)
        )
        version = claims.current_version(session, then)
        found = reuse.errors(session, person.id, None, version, typed, {"certificate_number": number})
        assert set(found) == ({"certificate_number"} if same else set())


def test_hours_of_both_fill_one_yearly_cap(site, client_of):
    with site.session() as session:
        person = session.get(Person, site.world.id(Person, "doctor"))
        doctor = person.id
        ids = [claims.current_version(session, code).kind_id for code in (OLD, INTO)]
        before = [claims.hours_of_kind(session, doctor, key, 2026) for key in ids]
        row = make_claim(session, person, status="approved", awarded_hours=7)
        row.kind_id, row.kind_version_id = ids[0], claims.current_version(session, OLD).id
        session.commit()
    merged(client_of(ADMIN))
    with site.session() as session:
        after = [claims.hours_of_kind(session, doctor, key, 2026) for key in ids]
    assert after == [sum(before) + 7] * 2


def test_a_kind_is_held_while_others_are_compared_with_it(site):
    with site.session() as session:
        known = session.scalars(select(ClaimKind).where(ClaimKind.code == INTO)).one()
        session.connection().execute(ClaimKind.__table__.update().values(name=ClaimKind.__table__.c.code))
        assert known.name == TARGET
        kind_keeping.hold(session)
        assert known.name == INTO, "what somebody else changed before is read again"
        session.rollback()
