"""A check of one object gives the same answer as the list: for every actor, model, verb and row."""

from __future__ import annotations

import pytest
from world import listed, separated

from models import Claim, ClaimAttachment
from permissions import engine as permissions
from permissions.matrix import PUBLIC
from permissions.verbs import Verb
from permissions.wall import ALL

MODELS = [model for model in permissions.mapped_models() if model not in PUBLIC]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_an_object_is_allowed_exactly_where_the_list_has_it(world, connection, open_session, model):
    session = open_session(ALL)
    rows = session.query(model).all()
    assert rows
    for name, actor in world.actors.items():
        for verb in Verb:
            inside = listed(connection, actor, verb, model)
            if not permissions.may(actor, verb, model):
                assert not inside
                continue
            for row in rows:
                allowed = permissions.allows(session, actor, verb, row)
                assert allowed == (row.id in inside), (name, verb, world.names[model][row.id])


def test_base_data_is_allowed_to_everybody(world, system):
    for model in PUBLIC:
        row = system.query(model).first()
        for actor in world.actors.values():
            assert permissions.allows(system, actor, Verb.VIEW, row)
            kept = permissions.may(actor, Verb.EDIT, model)
            assert permissions.allows(system, actor, Verb.EDIT, row) == kept


def test_the_list_through_the_wall_is_the_list_of_the_table(world, connection, open_session):
    for name, actor in (world.actors | separated(world)).items():
        session = open_session(actor)
        for model in permissions.mapped_models():
            seen = {row.id for row in session.query(model)}
            assert seen == listed(connection, actor, Verb.VIEW, model), (name, model.__name__)
        session.close()


def test_the_answer_holds_for_what_is_about_to_be_stored(world, open_session):
    doctor = world.actors["doctor"]
    session = open_session(doctor)
    claim = session.get(Claim, world.id(Claim, "doctor-draft"))
    attachment = ClaimAttachment(
        claim=claim, uploaded_by_id=doctor.account_id, filename="a.pdf", mime="application/pdf", size=1,
        sha256="1" * 64, media_key="new",
    )  # fmt: skip
    session.add(attachment)
    assert permissions.allows(session, doctor, Verb.EDIT, attachment)
    assert not permissions.allows(session, world.actors["teacher"], Verb.VIEW, attachment)
