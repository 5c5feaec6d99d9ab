from datetime import date

import pytest

from members.models import Member
from tests.visits import duties
from visits.models import Duty


@pytest.fixture
def duty(member: Member) -> Duty:
    """The member's political birthday on 26 November 2026: open since the 19th, in time until 3 December."""
    return duties.duty(member, due=date(2026, 11, 26))
