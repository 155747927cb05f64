"""Builds the offices nobody registers: ``python tests/browser/offices.py`` in a site's environment."""

from __future__ import annotations

from datetime import date

from flask_security import hash_password

from backoffice.app import create_app
from models.enums import OrganizationKind
from models.identifiers import make_citizen_id, make_organization_code
from services.offices import appoint, create_office
from services.registration import Credentials
from views.extensions import system_session

PASSWORD = "Synthetic-2026"
PROVINCE, BUREAU, AUTHORITY = (make_organization_code(number) for number in (9001, 9002, 9003))
ADMINISTRATORS = {
    PROVINCE: make_citizen_id("410105", date(1970, 1, 1), 1),
    BUREAU: make_citizen_id("410105", date(1971, 2, 2), 3),
    AUTHORITY: make_citizen_id("410105", date(1972, 3, 3), 5),
}


def build() -> None:
    """Create province, a county bureau and an authority with one administrator each."""
    with create_app().app_context(), system_session() as session:
        province = create_office(session, OrganizationKind.PROVINCE, "河南省人力资源和社会保障厅", PROVINCE,
                                 region_code="410000")  # fmt: skip
        bureau = create_office(session, OrganizationKind.BUREAU, "金水区人力资源和社会保障局", BUREAU,
                               region_code="410105", bureau_id=province.id)  # fmt: skip
        authority = create_office(session, OrganizationKind.AUTHORITY, "河南省卫生健康委员会", AUTHORITY,
                                  bureau_id=province.id, industry_code="Q")  # fmt: skip
        for office in (province, bureau, authority):
            appoint(
                session,
                office,
                Credentials(
                    ADMINISTRATORS[office.code], PASSWORD, "管理员", "13800000000", "office@example.com"
                ),
                hash_password,
            )


if __name__ == "__main__":
    build()
