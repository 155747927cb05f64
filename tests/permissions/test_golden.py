"""The golden table: who may do what to which rows of the named world, as text to be read and reviewed.

After a change of the permission table that is meant, write it anew and read the difference::

    BACKOFFICE_WRITE_GOLDEN=1 pytest tests/permissions/test_golden.py
"""

from __future__ import annotations

import os
from pathlib import Path

from world import listed, separated

from permissions import engine as permissions
from permissions.matrix import PUBLIC
from permissions.verbs import Verb

GOLDEN = Path(__file__).parent / "golden.txt"


def table(world, connection):
    for name, actor in (world.actors | separated(world)).items():
        yield f"# {name} ({actor.user_type.label if actor.user_type else '访客'})"
        for model in permissions.mapped_models():
            for verb in Verb:
                if verb is Verb.VIEW and model in PUBLIC:
                    continue
                rows = listed(connection, actor, verb, model)
                if permissions.may(actor, verb, model) or rows:
                    names = sorted(world.names[model][key] for key in rows)
                    yield f"{verb} {model.__name__}: {', '.join(names) or '-'}"
        yield ""
    yield "# everybody"
    yield from (f"view {model.__name__}: *" for model in permissions.mapped_models() if model in PUBLIC)


def test_the_table_is_the_golden_one(world, connection):
    text = "\n".join(table(world, connection)) + "\n"
    if os.environ.get("BACKOFFICE_WRITE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text.splitlines() == GOLDEN.read_text(encoding="utf-8").splitlines()


def test_every_role_stands_in_the_golden_table(world):
    roles = {actor.user_type for actor in world.actors.values()}
    assert len(roles) == 8  # the seven user types and the visitor
