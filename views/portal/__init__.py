"""The portal: what visitors use without an account."""

from views.portal.blueprint import portal
from views.portal.registering import register_employer, register_person
from views.portal.status import registration_status

__all__ = ["portal", "register_employer", "register_person", "registration_status"]
