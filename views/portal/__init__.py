"""The portal: what visitors use without an account."""

from views.portal import credentials, register_organization, register_person, status, verify
from views.portal.blueprint import portal

__all__ = ["credentials", "portal", "register_organization", "register_person", "status", "verify"]
