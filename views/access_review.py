"""权限审查: the quarterly list of who holds which rights, with what has to be looked into."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_admin import expose

from models import Account
from models.base import now, today
from permissions import engine as permissions
from permissions.verbs import Verb
from services import access_review, exporting
from views.exporting import sent_workbook
from views.extensions import actor, db, request_id
from views.own_account import RolePage
from views.values import shown_text


class AccessReviewView(RolePage):
    """权限审查."""

    def is_accessible(self) -> bool:
        """Tell whether the menu leads here and the actor answers for any login."""
        return super().is_accessible() and permissions.may(actor(), Verb.OVERSEE, Account)

    @expose("/")
    def index_view(self) -> str:
        """Show when the last review was, when the next is due, and what it would have to look into."""
        return self.render(
            "admin/access_review.html",
            reviews=access_review.reviews_of(db.session(), actor(), today()),
            figures=access_review.figures(db.session(), actor(), now()),
            idle=access_review.IDLE.days,
            shown_text=shown_text,
            export_url=url_for(".export_view"),
        )

    @expose("/export/", methods=("POST",))
    def export_view(self) -> Any:
        """Send the review as a workbook, and journal it."""
        session, moment = db.session(), now()
        keys = access_review.keys(session, actor())
        if len(keys) > exporting.MAXIMUM_ROWS:
            flash(
                f"超过 {exporting.MAXIMUM_ROWS:,} 个账户，一个文件放不下，请由下级人社部门分别审查", "warning"
            )
            return redirect(url_for(".index_view"))
        found = list(access_review.reviewed(session, keys, moment))
        access_review.record(session, actor(), found, request_id=request_id())
        about = {
            "内容": f"{self.name}：管理员账户",
            "截至": str(shown_text(moment)),
            "需要核实": f"{sum(bool(one.flags) for one in found):,}",
            "身份证号": "隐去中间 10 位",
            "导出人": actor().label,
        }
        rights = access_review.rights({one.account.user_type for one in found})
        answer = sent_workbook(
            str(self.name), access_review.HEADER, access_review.lines(found), about, [rights]
        )
        session.commit()
        return answer
