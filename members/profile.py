"""What the page of one person shows, gathered in a handful of queries."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from members import masking, organizations, party_age, timeline
from members.models import Member, Organization

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True)
class SensitiveGroup:
    """Facts that one reason opens, masked."""

    name: str
    title: "str | Promise"
    facts: list[masking.Fact]

    @property
    def on_file(self) -> bool:
        return any(fact.text for fact in self.facts)


@dataclass(frozen=True)
class Profile:
    member: Member
    age: int  # In full years today, or on the day of death.
    party_age: str
    chain: list[Organization]  # From the topmost organization down to the branch.
    state: str
    sensitive: list[SensitiveGroup]
    events: list[timeline.Event]
    changes: list[timeline.Change]


def of(member: Member, *, nameable: "QuerySet[Organization, Any]", today: date) -> Profile:
    """Everything about a person that may be read without a reason; `nameable` are the organizations to be named."""
    changes = timeline.changes(member, nameable)
    return Profile(
        member=member,
        age=member.age_on(member.died_on or today),
        party_age=party_age.sentence(member, today=member.died_on or today),
        chain=[*organizations.chain(member.organization), member.organization],
        state=state(member),
        sensitive=[sensitive(member, name) for name in masking.GROUPS],
        events=timeline.events(member, changes),
        changes=changes,
    )


def sensitive(member: Member, group: str) -> SensitiveGroup:
    return SensitiveGroup(group, masking.GROUP_TITLES[group], masking.masked(member, group))


def state(member: Member) -> str:
    """In place, suspended, gone or dead, in words."""
    if member.died_on:
        return _("deceased")
    if member.left_on:
        return _("no longer on the roster")
    if member.party_status == Member.PartyStatus.SUSPENDED:
        return _("membership suspended")
    return _("on the roster")
