"""The choice of an employer: city → county → employer → department, as at registration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wtforms import Form, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from services import picking, reading
from views.extensions import db
from views.picking import CHOOSE, offer
from views.values import as_key

if TYPE_CHECKING:
    from collections.abc import Sequence


def _select(label: str, description: str = "", *, required: bool = True) -> SelectField:
    validators = [InputRequired(f"请选择“{label}”")] if required else []
    return SelectField(label, validators, choices=[CHOOSE], validate_choice=False, description=description)


class WorkplaceFields(Form):
    """Four selects that follow each other; ``views.picking`` answers the dialog that fills them together."""

    region_city = _select("接收单位所属市")
    region_county = _select("接收单位所属区县")
    employer = _select("接收单位", "由该单位的管理员审核；找不到单位时，请接收单位先注册")
    department = _select("接收部门", "不清楚的可不选，由接收单位安排", required=False)

    def fill(self) -> None:
        """Offer what follows from what was chosen above, so that the form works without script."""
        session = db.session()
        city, county, employer = (
            as_key(field.data) for field in (self.region_city, self.region_county, self.employer)
        )
        self.region_city.choices = _choices(reading.cities(session))
        self.region_county.choices = _choices(reading.counties(session, str(city)) if city else [])
        self.employer.choices = _choices(reading.employers_in(session, str(county)) if county else [])
        offer(self.department, picking.departments(session, employer) if employer else [], own="本部门")


def _choices(found: Sequence[tuple[str, str]]) -> list[SelectChoice]:
    return [CHOOSE, *(SelectChoice(value, label) for value, label in found)]
