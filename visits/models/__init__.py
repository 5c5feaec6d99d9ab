"""Duties, and what people did to fulfil them."""

from visits.models.action import CareAction, Photo
from visits.models.duty import Duty, PlanMark

__all__ = ["CareAction", "Duty", "Photo", "PlanMark"]
