"""培训计划管理 of an institution, and 管理培训计划 of the offices: all plans they see, and the queue of what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from sqlalchemy.exc import IntegrityError

from models import TrainingPlan
from models.base import today
from models.enums import PlanStatus, UserType
from permissions.verbs import Verb
from services import plans, queues
from services.attachments import MAXIMUM_BYTES, MEGABYTE
from services.errors import InputError
from views import plan_form
from views.claim_grid import file_link, size_label
from views.extensions import actor, db, request_id
from views.plan_grid import PlanGrid
from views.stock_form import show_errors
from workflow import engine
from workflow.training import TRAINING_PLAN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from services.plan_files import KeptFile

BASICS = ("name", "credit_year", "subject", "category_code", "mode_code", "start_date", "end_date")
PEOPLE = ("audience", "planned_people", "leader", "phone")
COURSE = "courses."
NUMBER = "number"


class PlanView(PlanGrid):
    """All plans of one's scope: an institution files them here, offices also decide here."""

    editable = True
    offered_transitions = frozenset({"submit", "withdraw", "close", "approve", "reject"})
    create_label = "新建培训计划"
    nothing_yet = "还没有机构提交培训计划。"

    @property
    def columns(self) -> tuple[str, ...]:  # type: ignore[override]
        """What is shown: to an institution the number it writes on its papers, where offices see the institution."""
        name, *others = PlanGrid.columns
        return (name, NUMBER, *others) if actor().user_type is UserType.INSTITUTION else PlanGrid.columns

    @property
    def more_columns(self) -> tuple[str, ...]:  # type: ignore[override]
        """What can be added to that."""
        return tuple(path for path in PlanGrid.more_columns if path not in self.columns)

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """File a plan, from scratch or from an earlier one."""
        if not self.can_create:
            abort(403)
        source = self.get_one(request.args["copy"]) if request.args.get("copy") else None
        return self._form(plan_form.build(source, copied=True), None, source)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        """Change a plan that is not submitted, or was refused."""
        if not self.can_edit:
            abort(403)
        plan = self.get_one(request.args.get("id"))
        self.must(Verb.EDIT, plan)
        return self._form(plan_form.build(plan), plan, None)

    def delete_model(self, model: Any) -> bool:
        """Delete a plan; the journal keeps what it said."""
        plans.delete(db.session(), actor(), model, request_id=request_id())
        db.session.commit()
        flash("已删除", "success")
        return True

    def _form(self, form: Any, plan: Any, source: Any) -> Any:
        files: list[KeptFile] = []
        if request.method == "POST":
            files = plan_form.uploaded(form)
            command = request.form.get("command", "")
            if (
                not form.courses.rearranged(command)
                and not form.csrf_token.errors
                and not form.attachments.errors
            ):
                answer = self._save(form, plan, files, finished=command == "submit")
                if answer is not None:
                    return answer
        return self._render_form(form, plan, source, files)

    def _save(self, form: Any, plan: Any, files: Sequence[KeptFile], *, finished: bool) -> Any:
        """Save what was typed; return ``None`` to show the form again."""
        session = db.session()
        typed = plan_form.read(form, files)
        try:
            if plan is not None:  # it may have been submitted while its files were looked at
                self.lock(plan)
                self.must(Verb.EDIT, plan)
            saved = plans.save(session, actor(), typed, plan=plan, finished=finished, request_id=request_id())
            self.must(Verb.EDIT, saved)
            if finished:
                self._submit(saved.id)
            key = saved.id
            session.commit()
        except InputError as error:
            session.rollback()
            session.expire_all()
            again = plans.just_saved(session, actor(), typed) if plan is None else None
            if again is not None and (not finished or again.status is not PlanStatus.DRAFT):
                flash("已提交" if finished else "已保存", "success")
                return redirect(self.get_url(".details_view", id=again.id))
            self._show_errors(form, error)
            return None
        except IntegrityError:
            session.rollback()
            flash("保存没有成功，请再点一次", "error")
            return None
        flash(
            "已提交，审批结果会发消息通知" if finished else "已保存为草稿，提交后审批机构才能看到", "success"
        )
        return redirect(self.get_url(".details_view", id=key))

    @staticmethod
    def _submit(key: int) -> None:
        """Submit a plan; what stands in the way becomes a sentence on top of its form."""
        outcome = engine.fire(
            db.session(), actor(), TRAINING_PLAN, "submit", [key], today=today(), request_id=request_id()
        )
        if not outcome.done:
            step = TRAINING_PLAN["submit"]
            raise InputError({"": engine.sentence_of(step, next(iter(outcome.counts)))})

    @staticmethod
    def _show_errors(form: Any, error: InputError) -> None:
        cells = {name: text for name, text in error.errors.items() if name.startswith(COURSE)}
        form.courses.refuse(cells)
        show_errors(
            form, InputError({name: text for name, text in error.errors.items() if name not in cells})
        )

    def _render_form(self, form: Any, plan: Any, source: Any, files: Sequence[KeptFile]) -> str:
        removed = set(request.form.getlist(plan_form.REMOVED))
        kept = [
            file_link(file, "training", "training_preview") | {"removed": str(file.id) in removed}
            for file in (plan.attachments if plan else [])
        ]
        new = [
            {
                "id": f"new-{file.sha256}",
                "name": file.filename,
                "size_label": size_label(file.size),
                "url": "",
            }
            for file in files
        ]
        return self.render(
            "admin/training/plan_form.html",
            form=form,
            title=f"修改培训计划 {plan.number}" if plan else self.create_label,
            source=source,
            basics=[form[name] for name in BASICS],
            people=[form[name] for name in PEOPLE],
            refused=plan.reason if plan and plan.status is PlanStatus.REJECTED else "",
            sums=plan_form.sums(form),
            attachments=[*kept, *new],
            tokens=[plan_form.token_of(file) for file in files],
            attachment_hint=f"jpg、png、pdf、zip，单个不超过 {MAXIMUM_BYTES // MEGABYTE} MB。",
            return_url=self.get_url(".index_view"),
        )


class PlanDecisionView(PlanGrid):
    """The office's queue: plans submitted to it, oldest first."""

    offered_transitions = frozenset({"approve", "reject"})
    columns = tuple(path for path in PlanGrid.columns if path != "status")
    filters = tuple(item for item in PlanGrid.filters if item.name != "status")
    order = (TrainingPlan.id.asc(),)
    nothing_yet = "没有等待审批的培训计划，都办完了。"

    def narrow(self) -> Sequence[ColumnElement[bool]]:
        """Return what waits."""
        return (queues.condition(self.endpoint_name, actor()),)
