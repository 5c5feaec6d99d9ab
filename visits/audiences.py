"""Whom a rule is about: named conditions, as SQL over a member `m` and an occurrence `o`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from members.models import Member
from visits.calendar import Occurrence, years_before
from visits.rules.vocabulary import Audience

# The values are our own constants; the conditions are written so that the indexes of members' dates serve them.
IN_PLACE = "m.died_on IS NULL AND m.left_on IS NULL"
ACTIVE = f"{IN_PLACE} AND m.party_status = '{Member.PartyStatus.NORMAL.value}'"


@dataclass(frozen=True)
class Condition:
    """`fits`: whom an occurrence concerns, and as long as this holds a duty keeps its ground.  `o.cutoff` is the
    latest date with which somebody has `years` full years on the occurrence's day.

    `once`: such a duty is given anew only while no earlier one of the rule is open or done.
    """

    fits: str
    years: int = 0
    once: bool = False

    def cutoff(self, occurrence: Occurrence) -> date:
        return years_before(occurrence.dates.due, self.years)


AUDIENCES: Mapping[Audience, Condition] = MappingProxyType(
    {
        "members.in-place": Condition(IN_PLACE),
        "members.active": Condition(ACTIVE),
        "members.aged-80": Condition(f"{ACTIVE} AND m.birth_on <= o.cutoff", years=80),
        # Somebody whose party age cannot be reckoned has no `party_age_from` and so no medal duty.
        "members.fifty-years": Condition(
            f"{ACTIVE} AND m.party_age_from <= o.cutoff AND m.medal_on IS NULL", years=50, once=True
        ),
    }
)
