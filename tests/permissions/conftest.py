"""The target of an attack on the wall, as two actors."""

from __future__ import annotations

import pytest
from sqlalchemy import (
    insert,
)
from targets import make_target
from world import listed

from models import (
    Claim,
    Department,
)
from permissions.verbs import Verb


@pytest.fixture(params=["nurse", "company_admin"])
def target(request, world, connection):
    target = make_target(world, request.param)
    # A child the actor does not see, below a parent he does see.
    connection.execute(
        insert(Department.__table__).values(organization_id=target.office, name="机关", position=0)
    )
    target.seen = frozenset(listed(connection, target.actor, Verb.VIEW, Claim))
    assert target.own in target.seen
    assert target.hidden not in target.seen
    return target


@pytest.fixture
def session(target, open_session):
    return open_session(target.actor)
