"""Four administrators of the system's office, three of whom hold a duty: for tests of 三员分立."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from factories import make_account

from models import Account, Organization
from models.enums import Duty
from models.reference import SEPARATE_DUTIES, Setting

if TYPE_CHECKING:
    from world import World

    from permissions.wall import ScopedSession


@dataclass
class DutyDesk:
    """The office.

    Attributes:
        session: sees everything.
        office: key of the system's office.
        chief: key of the administrator who was there before, without a duty.
        keys: key of each account by the duty it holds, and ``spare``, who holds none.
    """

    session: ScopedSession
    office: int
    chief: int
    keys: dict[str, int] = field(default_factory=dict)

    def put(self, name: str, **values: object) -> None:
        """Change an account by plain SQL."""
        table = Account.__table__
        key = self.chief if name == "chief" else self.keys[name]
        self.session.connection().execute(table.update().where(table.c.id == key).values(**values))
        self.session.expire_all()

    def separate(self, value: str = "on") -> None:
        """Write the setting by plain SQL."""
        table = Setting.__table__
        connection = self.session.connection()
        done = connection.execute(table.update().where(table.c.key == SEPARATE_DUTIES).values(value=value))
        if not done.rowcount:
            connection.execute(table.insert().values(key=SEPARATE_DUTIES, value=value))
        self.session.expire_all()


def build_desk(session: ScopedSession, world: World) -> DutyDesk:
    """Put four colleagues beside the system administrator; the first gives three of them a duty each."""
    office = session.get(Organization, world.id(Organization, "system"))
    desk = DutyDesk(session, office.id, world.id(Account, "system_admin"))
    for name in (*Duty, "spare"):
        account = make_account(session, organization=office, real_name=str(name))
        session.flush()
        desk.keys[name] = account.id
    for duty in Duty:
        desk.put(duty, duty=duty, duty_given_by_id=desk.chief)
    return desk
