"""The demo world on the command line: its logins, the story told in it, and where both are refused."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select, update

from backoffice import demo
from backoffice.story import tell
from models import Account, Claim, Organization, Person
from models.enums import AccountStatus, UserType
from seed.demo_people import HOSPITAL
from seed.demo_stage import DemoError


@pytest.fixture(scope="module")
def logins(demo_world):
    return demo.logins(demo_world.app)


@pytest.fixture
def change(demo_copy):
    """Return a function that runs a statement in the copy."""

    def run(statement):
        with demo_copy.app_context(), demo.system_session() as session:
            return session.execute(statement.execution_options(synchronize_session=False))

    return run


# ---------------------------------------------------------------- logins
def test_every_login_is_unique_and_administrators_come_first(logins):
    keys = [(login["user_type"], login["organization_code"], login["citizen_id"]) for login in logins]
    assert len(set(keys)) == len(keys) == 15 + 77
    kinds = list(dict.fromkeys(login["user_type"] for login in logins))
    assert kinds == ["system", "province", "bureau", "authority", "employer", "institution", "person"]
    for login in logins:
        assert set(login) == {
            "user_type", "organization_code", "citizen_id", "password", "role", "organization_name",
        }  # fmt: skip
        assert (login["organization_code"] == "") == (login["user_type"] == "person")
        assert login["organization_name"]
        assert login["role"] == UserType(login["user_type"]).label


@pytest.mark.parametrize("user_type", list(UserType))
def test_a_login_of_every_user_type_opens_the_workbench(demo_world, logins, user_type):
    login = next(login for login in logins if login["user_type"] == user_type)
    client = demo_world.app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)[1]
    form = {name: login[name] for name in ("user_type", "organization_code", "citizen_id", "password")}
    answer = client.post("/login", data=form | {"csrf_token": token})
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200


def test_logins_that_cannot_log_in_are_left_out(demo_copy, change, logins):
    before = len(demo.logins(demo_copy))
    assert before == len(logins)
    people = select(func.min(Account.id)).where(Account.user_type == "person").scalar_subquery()
    change(update(Account).where(Account.id == people).values(status=AccountStatus.DISABLED))
    with demo_copy.app_context():
        other = demo.hash_password("Another-2026")
    bureau = select(func.min(Account.id)).where(Account.user_type == "bureau").scalar_subquery()
    change(update(Account).where(Account.id == bureau).values(password=other))
    academy = select(func.min(Organization.id)).where(Organization.kind == "institution").scalar_subquery()
    change(update(Organization).where(Organization.id == academy).values(status="disabled"))
    assert len(demo.logins(demo_copy)) == before - 3


# ---------------------------------------------------------------- build_world
def test_build_world_says_that_it_stands_already(demo_world):
    assert demo.build_world(demo_world.app).startswith("演示数据已存在，未作改动：4 个单位、77 名")


def test_build_world_is_refused_in_production(demo_copy):
    demo_copy.settings = replace(demo_copy.settings, env="production")
    with pytest.raises(DemoError, match="密码是公开的"):
        demo.build_world(demo_copy)


# ---------------------------------------------------------------- the story
STEPS = ["个人注册", "单位审核账户", *["个人申报"] * 4, "单位审核", "单位批量申报", "批量审批", "批量审批", "学时台账",
         "年度完成情况", "证书打印", "证书查验", "台账核对", "日志核对"]  # fmt: skip


def test_the_story_can_be_told_again_and_again_with_somebody_new(demo_copy, capsys, tmp_path):
    names = set()
    for turn in (1, 2):
        tell(demo_copy)
        lines = capsys.readouterr().out.splitlines()[1:]
        assert [re.match(r"【(.+?)】", line)[1] for line in lines] == STEPS
        told = dict(zip(STEPS, lines, strict=True))
        assert "公需 30/30，专业 106/60，合计 136/90，已完成" in told["年度完成情况"]
        number = re.search(r"豫继教\d+", told["证书打印"])[0]
        assert f"{number}：真实有效" in told["证书查验"]
        page = PdfReader(tmp_path / "demo" / "certificate.pdf").pages[0].extract_text()
        assert number in page
        assert HOSPITAL.name in page
        names.add(re.search(r"】(.+?)（", told["个人注册"])[1] + number)
        assert len(names) == turn
    with demo_copy.app_context(), demo.system_session() as session:
        assert session.scalar(select(func.count()).where(Person.state == "in_service")) == 79
        assert session.scalar(select(func.count()).select_from(Claim)) == 666 + 2 * 4
    assert len(demo.logins(demo_copy)) == 15 + 79


def test_the_story_says_what_is_in_its_way(demo_copy, change):
    bureau = select(Organization.id).where(Organization.name == HOSPITAL.bureau).scalar_subquery()
    change(update(Account).where(Account.organization_id == bureau).values(status=AccountStatus.DISABLED))
    with pytest.raises(DemoError, match=f"“{HOSPITAL.bureau}”没有可用的演示账户"):
        tell(demo_copy)
