"""Organizations, people, power."""

from members.models.appointment import Appointment
from members.models.member import Member, MemberChange
from members.models.organization import Organization
from members.models.roster import RosterImport, RosterRow

__all__ = ["Appointment", "Member", "MemberChange", "Organization", "RosterImport", "RosterRow"]
