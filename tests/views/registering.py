"""What the tests of registrations share: the forms of each kind, filled in, and the way through the steps."""

from __future__ import annotations

import datetime as dt
import io

from site_client import PASSWORD, picture

from models import Organization
from models.identifiers import make_citizen_id, make_organization_code

NEW_CODE = make_organization_code(87654)
NOT_CONFIRMED_ID = make_citizen_id("410105", dt.date(1991, 4, 12), 33)
ADMINISTRATOR = {
    "citizen_id": NOT_CONFIRMED_ID,
    "password": PASSWORD,
    "password_confirm": PASSWORD,
    "real_name": "钱经理",
    "mobile": "13900005678",
    "email": "qian@example.com",
}
DECIDED_BY = {
    "employer": "jinshui",
    "institution": "jinshui",
    "bureau": "zhengzhou",
    "authority": "zhengzhou",
}


def scan(name="代码证.png", data=None):
    return (io.BytesIO(picture() if data is None else data), name)


def basic(site, kind="employer"):
    """Return the basic data of a kind as its second step asks for them."""

    def key(name):
        return str(site.world.id(Organization, name))

    own = {
        "employer": {"name": "金水新药房有限公司", "region_code": "410105", "authority_id": key("health")},
        "institution": {"name": "金水医师培训中心", "region_code": "410105", "authority_id": key("health"),
                        "industry_code": "84", "level_code": "municipal"},
        "bureau": {"name": "二七区人力资源和社会保障局", "region_code": "410103"},
        "authority": {"name": "郑州市教育局", "industry_code": "83"},
    }[kind]  # fmt: skip
    return {**own, "bureau_id": key(DECIDED_BY[kind]), "address": "花园路 1 号", "phone": "0371-12345678"}


def step(client, page, **typed):
    """Fill in the step shown and go on; return the answer and the page it leads to."""
    answer = client.send(page, typed)
    return client.follow(answer) if answer.status == 302 else answer


def to_basic(client, kind, code=NEW_CODE):
    """Take the first step; return the second."""
    return step(client, client.get(f"/register/{kind}"), code=code, scan=scan(), next="1")


def to_administrator(site, client, kind, code=NEW_CODE, **changes):
    """Take the first two steps; return the last."""
    return step(client, to_basic(client, kind, code), **{**basic(site, kind), **changes}, next="1")


def register(site, client, kind, code=NEW_CODE, **changes):
    """Take all three steps; return the page they end at."""
    return step(
        client, to_administrator(site, client, kind, code), **{**ADMINISTRATOR, **changes}, finish="1"
    )


def login(kind, code=NEW_CODE):
    """Return what the new administrator types to log in, or to ask how far his registration is."""
    return {
        "user_type": kind,
        "organization_code": code,
        "citizen_id": NOT_CONFIRMED_ID,
        "password": PASSWORD,
    }
