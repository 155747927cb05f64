"""证书打印, where an employer issues and prints, and the certificates that were issued."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, current_app, flash, redirect, request, url_for
from flask_admin.base import expose
from flask_admin.helpers import get_redirect_target
from flask_wtf import FlaskForm
from sqlalchemy.orm import joinedload
from wtforms import RadioField
from wtforms.fields import SelectChoice

from models import Certificate, YearSummary
from models.enums import CertificateForm, CertificateOrder, CertificateStatus, YearState
from permissions import engine as permissions
from permissions.verbs import Verb
from services import certificate_issuing, certificate_runs, certificate_work, certificate_years
from services.certificate_issuing import PASSING, Verdict
from services.listing import of_people_matching
from views import filters
from views.base import GridView
from views.certificate_files import PrintMixin
from views.extensions import actor, db, request_id, system_session
from views.firing import EXAMPLES, batch_key_of
from views.grid_list import Action
from views.years import YearSummaryView
from workflow.engine import MAXIMUM_ROWS, new_batch_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from services.certificate_issuing import Judged
    from views.selection import Selection


class PrintForm(FlaskForm):
    """How printed certificates are handed over."""

    form = RadioField(
        "文件形式",
        choices=[SelectChoice(form.value, form.label) for form in CertificateForm],
        default=CertificateForm.PDF.value,
        description="一个 PDF 便于整批打印，每份一页；ZIP 包里的文件名为“编号-姓名.pdf”，便于分发",
    )


class CertificatePrintingView(YearSummaryView):
    """证书打印: choose person-years, issue what is complete, print what was issued."""

    columns = ("person.name", "person.department.name", "credit_year", "public_hours", "specialty_hours", "total",
               "state", "number", "prints")  # fmt: skip
    details = ("person.name", "person.department.name", "employer.name", "credit_year", "public_hours",
               "specialty_hours", "total", "required_public", "required_specialty", "required_total", "state",
               "missing", "number", "prints", "revoked_reason", "updated_at")  # fmt: skip
    more_columns = ("missing", "required_public", "required_specialty", "required_total", "updated_at")
    nothing_yet = (
        "本单位还没有在职人员，或没有开放申报的年度。在职人员的年度自动出现在这里，还没有学时的也在内。"
    )
    filters = (
        filters.GridFilter(
            "state",
            "状态",
            lambda: [(state.value, state.label) for state in YearState],
            lambda value: certificate_years.condition(YearState.of(value)),
        ),
        *(item for item in YearSummaryView.filters if item.name in {"credit_year", "department"}),
    )

    def is_accessible(self) -> bool:
        """Tell whether the actor may issue certificates at all."""
        return super().is_accessible() and permissions.may(actor(), Verb.ISSUE, YearSummary)

    def list_actions(self) -> list[Action]:
        """Offer issuing, printing, and both."""
        return [
            Action(order.value, order.label, order.colour if order is CertificateOrder.BOTH else "")
            for order in (CertificateOrder.BOTH, CertificateOrder.ISSUE, CertificateOrder.PRINT)
        ]

    def row_transitions(self, row: Any) -> list[Action]:
        """Offer on the page of a person-year what can be ordered for it alone."""
        state = self.value_of(row, "state")
        if state is YearState.READY:
            return [Action(CertificateOrder.BOTH.value, CertificateOrder.BOTH.label, "primary")]
        mine = state is YearState.ISSUED and self.value_of(row, "number")
        return [Action(CertificateOrder.PRINT.value, CertificateOrder.PRINT.label, "primary")] if mine else []

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Any:
        """Show what an order would do for the chosen person-years, and carry it out once it is confirmed."""
        name = request.form.get("action", "")
        if name not in list(CertificateOrder):
            abort(403)
        order = CertificateOrder.of(name)
        chosen = self.selection()
        back = get_redirect_target() or self.get_url(".index_view")
        if not chosen.keys:
            flash("请先勾选人员年度", "warning")
            return redirect(back)
        if len(chosen.keys) > MAXIMUM_ROWS:
            flash(f"一次最多办理 {MAXIMUM_ROWS:,} 条记录，请先缩小筛选范围", "warning")
            return redirect(back)
        form = FlaskForm() if order is CertificateOrder.ISSUE else PrintForm()
        if request.form.get("confirmed") and form.validate() and not chosen.changed:
            return self._order(order, form, chosen, back)
        return self._preview(order, form, chosen, back)

    def _preview(self, order: CertificateOrder, form: FlaskForm, chosen: Selection, back: str) -> Any:
        judged = certificate_issuing.judge(db.session(), actor(), chosen.keys, order)
        if not judged:
            abort(404)
        passing = [one for one in judged if not one.reason]
        return self.render(
            "admin/preview.html",
            title=f"{order.label}证书：请核对后确认",
            transition={"label": order.label, "name": order.value, "colour": order.colour},
            changed=chosen.changed,
            outcome_groups=self._groups(judged, order),
            hidden_fields=[
                ("action", order.value),
                ("url", back),
                ("batch_key", new_batch_key()),
                *chosen.hidden_fields,
            ],
            form=form,
            confirm_count=len(passing),
            in_background=len(judged) > certificate_runs.AT_ONCE,
            confirm_url=self.get_url(".action_view"),
            cancel_url=back,
        )

    def _groups(self, judged: Sequence[Judged], order: CertificateOrder) -> list[dict[str, Any]]:
        """Return the person-years by what can be done for them, with examples that say why not."""
        groups = []
        for verdict in Verdict:
            some = [one for one in judged if one.verdict is verdict]
            if not some:
                continue
            passes = verdict in PASSING[order]
            label = verdict.label if passes else f"不能{order.label}：{verdict.label}"
            examples = [
                {
                    "label": f"{one.label}：{one.reason}" if one.reason else one.label,
                    "url": self.get_url(".details_view", id=one.row.summary_id),
                    "file": None,
                }
                for one in some[:EXAMPLES]
            ]
            tone = "success" if passes else "warning"
            groups.append({"label": label, "tone": tone, "count": len(some), "examples": examples})
        return groups

    def _order(self, order: CertificateOrder, form: FlaskForm, chosen: Selection, back: str) -> Any:
        session = db.session()
        wanted = CertificateForm.of(form.form.data) if "form" in form else None
        try:
            run = certificate_runs.start(
                session, actor(), chosen.keys, order, wanted,
                key=batch_key_of(request.form.get("batch_key")) or new_batch_key(), request_id=request_id(),
            )  # fmt: skip
        except LookupError:
            session.rollback()
            abort(404)
        key, waits = run.id, not certificate_runs.in_background(run)
        session.commit()
        if waits:
            settings = current_app.settings
            certificate_work.carry_out(system_session, current_app.media, key, settings.public_url)
        return redirect(self.get_url("certificate-run.details_view", id=key, url=back), code=303)


class CertificateView(PrintMixin, GridView):
    """Certificates that were issued in one's scope; printed by the person and the employer that issued them."""

    columns = ("number", "person.name", "employer.name", "credit_year", "status", "issued_at", "print_count")
    details = (*columns, "revoked_at", "revoked_reason")
    more_columns = ("revoked_at", "revoked_reason")
    details_template = "admin/certificate/details.html"
    labels = {"person.name": "姓名", "employer.name": "单位"}
    person_key = "person_id"
    sortable = ("number", "credit_year", "issued_at", "status", "print_count")
    options = (joinedload(Certificate.person), joinedload(Certificate.employer))
    hint = "姓名或姓名首字母"
    nothing_yet = "还没有制发的证书。年度学时齐全后，由所在单位制发。"
    filters = (
        filters.of_year("年度", Certificate.credit_year),
        filters.of_enum("status", "证书状态", Certificate.status, CertificateStatus),
        filters.TextFilter(
            "number", "证书编号", lambda text: Certificate.number.contains(text.upper(), autoescape=True)
        ),
        filters.of_employer(Certificate.employer_id),
        filters.of_region(Certificate.region_code),
        filters.of_moments("issued", "发证时间", Certificate.issued_at),
    )

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by person."""
        return of_people_matching(db.session(), Certificate.person_id, term)

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return where anybody verifies the certificate, and where its holder gets it as a credential."""
        valid = row.status is CertificateStatus.VALID
        may = valid and permissions.allows(db.session(), actor(), Verb.CARRY, row)
        return {
            "verify_url": url_for("portal.verify", number=row.number),
            "credential_url": url_for("portal.credential", number=row.number) if may else None,
        }
