"""The system administrator changes what a kind asks for: a new version for new claims, the old one for those filed before."""

from __future__ import annotations

import pytest
from claim_story import EXCHANGE, NEW, file, fire, key_of
from rule_desk import ADMIN, begun, draft, kind_versions, published, url
from sqlalchemy import select

from models import Claim, ClaimItem, ClaimKind, JournalEntry, RuleDraft
from models.enums import ClaimStatus
from seed.base import seed_base
from services import claims, kind_editing, publishing
from services.errors import InputError

KIND = "academic_exchange"
FRESH = {"label": "主题", "type": "text", "required": "y", "help": "会议的主题"}


def step(client, key, code, way):
    page = client.get(url("edit/", id=key))
    sent = {"id": key, "revision": page.form()["revision"], "code": code, "way": way}
    return client.post(url("step/"), sent)


def changed(client, site):
    """Publish a version with another label, a new required item, and without the place; return the page that follows."""
    key = begun(client, "kind", KIND)
    page = client.get(url("item/", id=key, code="organizer"))
    assert client.send(page, {"label": "举办单位"}).status == 303
    assert client.send(client.get(url("item/", id=key)), FRESH).status == 303
    assert step(client, key, "place", "retire").status == 303
    return key, published(client, key)


def labels(page):
    return [
        " ".join(label.split()).rstrip("*")
        for label in page.tree.xpath("//main//label[@for]/text()")
        if label.strip()
    ]


def test_a_kind_is_changed_previewed_and_published(site, client_of):
    client = client_of(ADMIN)
    assert "修改" in client.get("/admin/claim-kind/details/", id=kind_id(site)).words()
    key = begun(client, "kind", KIND)
    assert begun(client, "kind", KIND) == key  # going on, not beginning twice
    client.send(client.get(url("item/", id=key, code="organizer")), {"label": "举办单位"})
    client.send(client.get(url("item/", id=key)), FRESH)
    step(client, key, "place", "retire")
    step(client, key, "item_1", "up")
    client.send(client.get(url("edit/", id=key)), {"proof": "会议通知"})
    preview = client.get(url("preview/", id=key))
    assert {"举办单位", "主题"} <= set(labels(preview))
    assert "地点" not in labels(preview)
    told = client.get(url("details/", id=key)).words()
    for word in ("主办单位，文本", "举办单位，文本", "会议的主题", "会议通知"):
        assert word in told
    assert kind_versions(site, KIND)[-1][0] == 1  # until it is published nothing has changed
    assert "已发布为第 2 版" in published(client, key).words()
    number, names = kind_versions(site, KIND)[-1]
    assert number == 2
    assert names[-2:] == ["主题", "论文字数"]
    assert set(names) >= {"举办单位", "主题"}
    assert client.get(url("edit/", id=key)).status == 403  # what is published is a record
    row = draft(site, key)
    assert (row.published_version, row.published_by_id) == (2, row.account_id)
    actions = (
        select(JournalEntry.action)
        .where(JournalEntry.object_type == "rule_draft", JournalEntry.object_id == key)
        .order_by(JournalEntry.id)
    )
    assert site.all(actions)[0] == "create"
    assert site.all(actions)[-1] == "publish"


def kind_id(site):
    return site.all(select(ClaimKind.id).where(ClaimKind.code == KIND))[0]


def test_a_returned_claim_keeps_its_version_and_a_new_one_asks_anew(site, client_of):
    doctor = client_of("doctor")
    old = key_of(file(doctor, KIND))
    changed(client_of(ADMIN), site)
    fire(client_of("hospital_admin"), "claim-public", "return", old, reason="请补充地点")
    assert site.get(Claim, old).status is ClaimStatus.RETURNED
    shown = doctor.get("/admin/claim/details/", id=old).words()
    assert "地点 郑州" in shown
    assert "主题" not in shown
    page = doctor.get(f"/admin/claim/edit/?id={old}")
    assert "item_place" in page.form()
    assert "item_item_1" not in page.form()
    [preview] = page.tree.xpath("//form/@data-preview-url")
    assert doctor.send_to(preview, page, {"attachments": None}).json["hours"] == "20"
    assert doctor.send(page, {"item_place": "洛阳", "command": "submit"}).status == 302
    row = site.get(Claim, old)
    assert (row.status, row.items["place"]) == (ClaimStatus.SUBMITTED, "洛阳")
    with site.session() as session:
        assert session.get(Claim, old).kind_version.number == 1
    form = doctor.get(NEW.format(KIND))
    assert "item_place" not in form.form()
    refused = file(doctor, KIND, title="另一次年会")
    assert refused.errors()["item_item_1"] == "请填写“主题”"
    again = key_of(file(doctor, KIND, title="另一次年会", item_item_1="分级护理"))
    assert site.get(Claim, again).items["item_1"] == "分级护理"


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"label": ""}, "label", "请填写“名称”"),
        ({"label": "长" * 201}, "label", "最多 200 个字"),
        ({"label": "级别"}, "label", "已有同名的项目"),
        ({"type": ""}, "type", "请选择“填写方式”"),
        ({"type": "choice"}, "dictionary", "要选择“字典”"),
        ({"type": "choice", "dictionary": "nothing"}, "dictionary", "要选择“字典”"),
        ({"type": "integer", "evidence": "y"}, "evidence", "只有文本项目"),
        ({"type": "integer", "minimum": "5", "maximum": "1"}, "maximum", "不能小于"),
        ({"type": "decimal", "minimum": "很多"}, "minimum", "应是数字"),
        ({"maximum_length": "0"}, "maximum_length", "1 到 1000"),
    ],
)
def test_a_bad_item_is_told_at_its_field_and_nothing_typed_is_lost(site, client_of, typed, field, sentence):
    client = client_of(ADMIN)
    key = begun(client, "kind", KIND)
    page = client.send(client.get(url("item/", id=key)), {**FRESH, **typed})
    assert page.status == 200
    assert sentence in page.errors()[field]
    assert page.form()["help"] == ["会议的主题"]
    assert draft(site, key).revision == 1


def test_an_item_that_a_rule_needs_can_not_be_retired(site, client_of):
    client = client_of(ADMIN)
    key = begun(client, "kind", KIND)
    step(client, key, "level", "retire")
    page = client.get(url("details/", id=key))
    assert "规则“国家部委级学术交流”用到的项目（level）" in page.words()
    assert page.tree.xpath("//button[text()='发布']/@disabled")
    assert "没有发布" in published(client, key).messages()
    assert kind_versions(site, KIND)[-1][0] == 1
    step(client, key, "level", "restore")
    assert "级别" in [item["label"] for item in draft(site, key).content["items"]]


def test_a_published_item_keeps_what_it_is_filled_in_by(site, client_of):
    client = client_of(ADMIN)
    key = begun(client, "kind", KIND)
    before = kind_editing.item_of(draft(site, key).content, "level")
    page = client.get(url("item/", id=key, code="level"))
    assert "type" not in page.form()
    client.send(page, {"label": "会议级别", "type": "text", "dictionary": "ethnicity"})
    item = kind_editing.item_of(draft(site, key).content, "level")
    assert (item["label"], item["type"], item["dictionary"]) == ("会议级别", "choice", before["dictionary"])


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(site, client_of):
    client = client_of(ADMIN)
    key = begun(client, "kind", KIND)
    first, second = client.get(url("edit/", id=key)), client.get(url("edit/", id=key))
    client.send(first, {"help": "先保存的"})
    late = client.send(second, {"help": "后保存的"})
    assert "刚被修改过" in late.messages()
    assert "后保存的" in late.text
    assert draft(site, key).content["help"] == "先保存的"
    stale = client.post(url("publish/"), {"id": key, "revision": 1})
    assert "没有发布" in client.follow(stale).messages()


def test_a_draft_given_up_changes_nothing(site, client_of):
    client = client_of(ADMIN)
    key = begun(client, "kind", KIND)
    assert "没有可发布的修改" in client.get(url("details/", id=key)).words()
    client.post(url("delete/"), {"id": key})
    assert site.all(select(RuleDraft.id).where(RuleDraft.id == key)) == []
    assert kind_versions(site, KIND)[-1][0] == 1


def test_base_data_put_in_again_leaves_an_administrators_version_alone(site, client_of):
    changed(client_of(ADMIN), site)
    with site.session() as session:
        before = kind_versions(site, KIND)
        assert {line.code for line in seed_base(session) if line.inserted} == set()
    with site.session() as session:  # nor does a file that says something new
        content = kind_editing.stored(session, KIND)
        [file_says] = [{**content, "proof": "文件里的新说法", "name": "学术交流"}]
        assert publishing.publish_kinds(session, [file_says]) == 0
    assert kind_versions(site, KIND) == before


def test_a_version_written_as_content_is_read_back_as_it_was(site):
    with site.session() as session:
        for code in session.scalars(select(ClaimKind.code).where(ClaimKind.code != "paper")).all():
            version = claims.current_version(session, code)
            content = publishing.kind_content(version)
            again = kind_editing.version_of(content)
            for item, same in zip(version.items, again.items, strict=True):
                assert all(getattr(item, name) == getattr(same, name) for name in publishing.ITEM_FIELDS), (
                    item.code
                )
            assert not session.new
        with pytest.raises(InputError, match="填写方式"):
            kind_editing.read_item(session, content, None, {"label": "x"})
        assert session.scalars(select(ClaimItem.id).where(ClaimItem.code == "item_1")).all() == []


# ---------------------------------------------------------------- adding and retiring
HEAD = {"title_label": "志愿服务项目", "subjects": ["specialty"], "proof": "服务证明"}


def added(client, code="volunteer", name="志愿服务"):
    return client.send(client.get(url("kind/")), {"code": code, "name": name})


def offered(client):
    return client.get(NEW).words()


def test_a_kind_is_added_by_a_draft_and_claimed_once_it_is_published(site, client_of):
    client, doctor = client_of(ADMIN), client_of("doctor")
    assert client.get("/admin/claim-kind/").link("新增类型") == url("kind/")
    page = added(client)
    assert page.status == 303
    key = int(page.location.split("id=")[1])
    told = client.get(url("details/", id=key)).words()
    for words in ("请填写“名称项的标签”", "请填写“科目类型”", "请填写“证明材料”"):
        assert words in told, words
    assert "没有发布" in published(client, key).messages()
    assert client.send(client.get(url("edit/", id=key)), HEAD).status == 303
    assert client.send(client.get(url("item/", id=key)), FRESH).status == 303
    assert "主题" in labels(client.get(url("preview/", id=key)))
    assert "志愿服务" not in offered(doctor)
    told = published(client, key).messages()
    assert "已发布为第 1 版" in told
    assert "还没有学时规则" in told
    [kind] = site.all(select(ClaimKind).where(ClaimKind.code == "volunteer"))
    assert kind.position == max(site.all(select(ClaimKind.position)))
    assert "志愿服务" in offered(doctor)
    assert "主题" in labels(doctor.get(NEW.format("volunteer")))
    rule = client.post(url("new/"), {"kind": "volunteer"})
    assert "volunteer_1" in draft(site, int(rule.location.split("id=")[1])).target_key
    with site.session() as session:
        assert not [line for line in seed_base(session) if line.inserted or line.updated]


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"code": ""}, "code", "请填写“代码”"),
        ({"code": "志愿"}, "code", "字母或数字开头"),
        ({"code": KIND.upper()}, "code", "已有（学术交流），请换一个"),
        ({"name": " "}, "name", "请填写“名称”"),
        ({"name": "长" * 201}, "name", "最多 200 个字"),
        ({"name": "学术交流"}, "name", "已有同名的类型"),
    ],
)
def test_a_kind_that_cannot_be_is_refused_at_its_field(site, client_of, typed, field, sentence):
    page = added(client_of(ADMIN), **typed)
    assert sentence in page.errors()[field]
    assert not site.all(select(RuleDraft.id).where(RuleDraft.target_key == "volunteer"))


def test_a_kind_is_not_drafted_twice(client_of):
    assert added(client_of(ADMIN)).status == 303
    assert "已在起草" in added(client_of(ADMIN), name="另一名称").errors()["code"]


def last_day(client, day):
    key = begun(client, "kind", KIND)
    assert client.send(client.get(url("edit/", id=key)), {"valid_to": day}).status == 303
    return published(client, key)


def test_a_retired_kind_stays_on_old_claims_and_is_chosen_for_no_new_one(site, client_of):
    client, doctor = client_of(ADMIN), client_of("doctor")
    claim = key_of(file(doctor, command="draft"))
    last_day(client, "2026-11-24")  # the last day belongs to it
    assert "学术交流" in offered(doctor)
    last_day(client, "2026-11-23")
    assert "2026-11-23" in client.get("/admin/claim-kind/").words()
    assert "学术交流" not in offered(doctor)
    before = site.all(select(Claim.id).order_by(Claim.id))
    refused = doctor.post(NEW.format(KIND), {**EXCHANGE, "command": "draft"})
    assert "学术交流" not in refused.words()  # but all the others
    assert site.all(select(Claim.id).order_by(Claim.id)) == before
    assert "学术交流" in doctor.get("/admin/claim/details/", id=claim).words()
    assert "主办单位" in labels(doctor.get("/admin/claim/edit/", id=claim))
    with site.session() as session:
        assert not [line for line in seed_base(session) if line.inserted or line.updated]
    last_day(client, "")
    assert "学术交流" in offered(doctor)


def test_a_last_day_that_is_none_is_refused_at_its_field(client_of):
    client = client_of(ADMIN)
    key = begun(client, "kind", KIND)
    page = client.send(client.get(url("edit/", id=key)), {"valid_to": "年底"})
    assert "请按 2026-12-31" in page.errors()["valid_to"]


@pytest.mark.parametrize("name", ["doctor", "hospital_admin", "jinshui_admin", "province_admin"])
def test_nobody_else_adds_a_kind(client_of, name):
    assert client_of(name).post(url("kind/"), {"code": "volunteer", "name": "志愿服务"}).status == 403
