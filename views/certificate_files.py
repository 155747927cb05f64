"""Certificates printed while one waits: few, and as one PDF."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, send_file
from flask_admin.base import expose
from flask_admin.helpers import get_redirect_target

from models import Certificate
from models.enums import CertificateForm
from permissions import engine as permissions
from permissions.verbs import Verb
from services import certificate_files, certificate_printing
from services.certificate_pdf import CertificateRenderError
from services.certificate_runs import AT_ONCE
from views.extensions import actor, db, request_id
from views.grid_list import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TOO_MANY = f"这里一次最多打印 {AT_ONCE} 份，请减少勾选，或在“证书打印”中批量打印"
NOTHING = "所选的没有可以打印的有效证书：还没有制发、已被撤销，或由其他单位制发"


def printed_in_place(keys: Sequence[int], back: str) -> Any:
    """Answer with one PDF of the valid certificates among ``keys``; the session is committed.

    Args:
        keys: of certificates.
        back: where to go where nothing can be printed; a message says why.
    """
    session = db.session()
    if len(keys) > AT_ONCE:
        flash(TOO_MANY, "warning")
        return redirect(back)
    try:
        document, numbers = certificate_printing.print_now(session, actor(), keys, request_id=request_id())
    except LookupError:
        session.rollback()
        flash(NOTHING, "warning")
        return redirect(back)
    except CertificateRenderError as error:
        session.rollback()
        flash(str(error), "error")
        return redirect(back)
    session.commit()
    title = certificate_files.TITLE
    name = f"{numbers[0]}.pdf" if len(numbers) == 1 else f"{title} {len(numbers)} 份.pdf"
    answer = send_file(
        io.BytesIO(document), mimetype=certificate_files.MIME[CertificateForm.PDF], download_name=name
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _prints() -> bool:
    """Tell whether the actor prints certificates at all."""
    return permissions.may(actor(), Verb.PRINT, Certificate)


class PrintMixin:
    """A grid whose rows have certificates that are printed by whose they are.

    Attributes:
        print_label: what the action is called.
        nothing_chosen: what is said where no row was ticked.
    """

    print_label = "打印"
    nothing_chosen = "请先勾选要打印的证书"
    if TYPE_CHECKING:
        selection: Callable[[], Any]
        get_url: Callable[..., str]

    def certificates_of(self, keys: Sequence[int]) -> Sequence[int]:
        """Return the keys of the certificates of chosen rows; by default the rows are certificates."""
        return keys

    def list_actions(self) -> list[Action]:
        """Offer printing where the certificates are one's own."""
        return [Action("print", self.print_label)] if _prints() else []

    def row_transitions(self, row: Any) -> list[Any]:
        """Offer printing on the page of a row too, where its certificate may be printed."""
        above: Any = super()
        # Offices only look: what they could never print is not asked for.
        may = _prints() and certificate_printing.any_printable(
            db.session(), actor(), self.certificates_of([row.id])
        )
        return [*above.row_transitions(row), *([Action("print", self.print_label, "primary")] if may else [])]

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Any:
        """Print the certificates of the chosen rows."""
        if request.form.get("action") != "print" or not _prints():
            abort(403)
        chosen = list(self.selection().keys)
        back = get_redirect_target() or self.get_url(".index_view")
        if not chosen:
            flash(self.nothing_chosen, "warning")
            return redirect(back)
        return printed_in_place(self.certificates_of(chosen), back)
