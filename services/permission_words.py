"""An explanation of the permission table in a sentence: allowed, or not and because of what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.enums import Duty
from permissions.matrix import GRANTS
from permissions.scope_words import words_of
from workflow.undo import WINDOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models import Base
    from models.enums import UserType
    from permissions.explaining import Explanation
    from permissions.verbs import Verb
    from workflow.obstacles import Obstacles


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said first.

    Attributes:
        label: 允许, 不允许, or 暂不能办理 where the table allows it and the record itself does not.
        tone: success, warning or danger.
        sentence: why.
    """

    label: str
    tone: str
    sentence: str


def holders_of(verb: Verb, model: type[Base]) -> tuple[UserType, ...]:
    """Return the user types some line of the table lets do ``verb`` to rows of ``model``, in the table's order."""
    granted = (grant.user_type for grant in GRANTS if grant.model is model and verb in grant.verbs)
    return tuple(dict.fromkeys(user_type for user_type in granted if user_type))


def verdict_of(told: Explanation, user_type: UserType, steps: Sequence[Obstacles], *, seen: bool) -> Verdict:
    """Return the verdict on one verb.

    Args:
        told: what the table says.
        user_type: of the account that was asked about.
        steps: the transitions behind the verb, with what fails.
        seen: whether the asker sees the row; what the row holds is not told where he does not.
    """
    if told.public:
        return Verdict("允许", "success", f"“{told.model.__label__}”是基础数据，人人可以查看。")
    if not told.named:
        return Verdict("不允许", "danger", _nobody_said(told, user_type))
    if told.allowed:
        return _allowed(told, steps, seen=seen)
    return Verdict("不允许", "danger", _why_not(told, seen=seen))


def step_sentence(step: Obstacles) -> str:
    """Return what is said of a transition behind a verb."""
    sources = "、".join(f"“{source.label}”" for source in sorted(step.transition.sources))
    way = f"“{step.transition.label}”：从{sources}办理到“{step.transition.target.label}”"
    if not step.starts_here:
        return f"{way}；现在的状态不能开始。"
    if step.failing:
        return f"{way}；现在不能办理：{'；'.join(guard.sentence for guard in step.failing)}。"
    if step.transition.undoes:
        return f"{way}；只能由办理人在办理后 {WINDOW.seconds // 60} 分钟内，从“批量办理记录”撤回。"
    return f"{way}；条件都符合。" if step.asked else f"{way}；还要看办理时填写的内容。"


def _nobody_said(told: Explanation, user_type: UserType) -> str:
    others = "、".join(holder.label for holder in holders_of(told.verb, told.model))
    way = f"有这项权限的是：{others}。" if others else ""
    return f"“{user_type.label}”没有对“{told.model.__label__}”的“{told.verb.label}”权限。{way}"


def _why_not(told: Explanation, *, seen: bool) -> str:
    verb = told.verb.label
    if not any(line.in_duty for line in told.named):
        duties = "、".join(
            duty.label for duty in Duty if any(duty in line.grant.duties for line in told.named)
        )
        return f"因为三员分立已启用，这由{duties}办理，这个账户不担任。"
    if not any(line.left for line in told.named):
        return f"因为委托的事项不包括对“{told.model.__label__}”的“{verb}”。"
    words = "；".join(dict.fromkeys(words_of(line.grant.rows) for line in told.named))
    if not any(line.in_duty and line.in_scope for line in told.named):
        return f"因为这条记录不在可以“{verb}”的范围内。范围是：{words}。"
    states = "、".join(f"“{state.label}”" for state in told.states_wanted)
    now = f"它现在是“{told.state.label}”" if seen and told.state is not None else "它现在的状态不合要求"
    return f"因为{now}，只有状态为{states}时可以“{verb}”。"


def _allowed(told: Explanation, steps: Sequence[Obstacles], *, seen: bool) -> Verdict:
    line = next((line for line in told.named if line.holds), None)
    words = f"因为它属于：{words_of(line.grant.rows)}。" if line else ""
    here = [step for step in steps if step.starts_here]
    stuck = [step for step in here if step.failing]
    if seen and here and len(stuck) == len(here):
        reasons = "；".join(dict.fromkeys(guard.sentence for step in stuck for guard in step.failing))
        return Verdict("暂不能办理", "warning", f"权限上允许，但这条记录现在还不能办理：{reasons}。")
    if seen and steps and not here:
        labels = "、".join(dict.fromkeys(step.transition.label for step in steps))
        return Verdict("暂不能办理", "warning", f"权限上允许，但它现在的状态不能开始“{labels}”。")
    return Verdict("允许", "success", words)
