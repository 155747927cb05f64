"""Whether a professional is in service (人员状态): left and retired people keep their hours, but file nothing new.

How somebody comes into service is not decided here: his account is approved, or his employer imports him.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import false, select, true

from models import Person
from models.enums import PersonState
from permissions.verbs import Verb
from workflow.core import Firing, Guard, Passage, Transition, Workflow
from workflow.effects import tell_professional
from workflow.marks import mark

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

PENDING, IN_SERVICE, LEFT, RETIRED, VOID = PersonState


def left_on(firing: Firing) -> date | None:
    """Return the day somebody left or retired, as the form gave it (ISO 8601); ``None`` where it is no date."""
    try:
        return date.fromisoformat(str(firing.parameters.get("left_on")))
    except ValueError:
        return None


def _has_left(firing: Firing) -> ColumnElement[bool]:
    day = left_on(firing)
    return true() if day is not None and day <= firing.today else false()


def _departure(firing: Firing) -> dict[str, Any]:
    return {"left_on": left_on(firing)}


def _return(_firing: Firing) -> dict[str, Any]:
    return {"left_on": None}


def count_anew(firing: Firing, chosen: Select[int]) -> None:
    """Let the employers of these people be counted anew."""
    people = Person.__table__.c
    mark(firing.session, select(people.employer_id).where(people.id.in_(chosen)))


HAS_LEFT = Guard("no_date", "离职退休日期须是不晚于今天的日期", _has_left)

PERSON = Workflow(
    "person",
    Person,
    initial=PENDING,
    transitions=(
        Transition("leave", frozenset({IN_SERVICE}), LEFT, "离职", Verb.EMPLOY, "warning", batch=True,
                   parameters=("left_on",), guards=(HAS_LEFT,), sets=_departure,
                   effects=(count_anew, tell_professional("单位已将您登记为离职：学时和记录保留，不能再申报"))),
        Transition("retire", frozenset({IN_SERVICE}), RETIRED, "退休", Verb.EMPLOY, "secondary", batch=True,
                   parameters=("left_on",), guards=(HAS_LEFT,), sets=_departure,
                   effects=(count_anew, tell_professional("单位已将您登记为退休：学时和记录保留，不能再申报"))),
        Transition("reinstate", frozenset({LEFT, RETIRED}), IN_SERVICE, "恢复在职", Verb.EMPLOY, "success", batch=True,
                   reason=True, sets=_return, effects=(count_anew, tell_professional("单位已将您恢复为在职，可以继续申报"))),
    ),
    passages=(
        Passage(PENDING, IN_SERVICE, "账户审核通过"),
        Passage(PENDING, VOID, "账户未通过或撤回"),
        Passage(None, IN_SERVICE, "单位导入"),
        Passage(LEFT, IN_SERVICE, "单位调转通过"),
    ),
)  # fmt: skip
