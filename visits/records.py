"""Whose records must be completed before a rule can be applied to them (article 6.1)."""

from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from members.models import Member
from members.models.member import MemberQuerySet
from visits.calendar import years_before

# One year of probation, and at most one more (Party constitution, article 7).
LONGEST_PROBATION = 2


def to_complete(members: MemberQuerySet, *, today: date) -> MemberQuerySet:
    """Of these members, those on the roster whose party age cannot be reckoned although it should be.

    Somebody on probation has no date of becoming a full member yet, unless probation should have ended long ago.
    """
    overlong = Q(joined_on__lte=years_before(today, LONGEST_PROBATION))
    return (
        members.in_place()
        .filter(Q(category=Member.Category.FULL) | overlong, party_age_basis=Member.AgeBasis.UNKNOWN)
        .order_by("organization__path", "sort_name", "id")
    )


def what_is_missing(member: Member) -> str:
    """What the file must say, in the active language."""
    if member.category == Member.Category.PROBATIONARY:
        return _("Probation has lasted over two years: enter the day of becoming a full member, or check the file.")
    return _("The day of becoming a full member is missing, so party age and the 50-year medal cannot be reckoned.")
