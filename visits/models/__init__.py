"""Duties, and what people did to fulfil them."""

from visits.models.action import CareAction, Photo
from visits.models.duty import Duty, PlanMark
from visits.models.tally import DutyTally, DutyTallyDelta, Headcount, LastAction

__all__ = ["CareAction", "Duty", "DutyTally", "DutyTallyDelta", "Headcount", "LastAction", "Photo", "PlanMark"]
