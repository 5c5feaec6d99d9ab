"""What duties do about what happens to members, inside the transaction in which it happens."""

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from members.models import Member
from members.signals import member_moved, members_changed
from visits import planner
from visits.models import PlanMark

if TYPE_CHECKING:
    from carehelp.accounts.models import User


def replan(*, members: list[UUID], by: "User | None", today: date, **_rest: Any) -> None:
    """Duties without ground end, duties that are due now come.  Before the first planning there is nothing to do."""
    if members and PlanMark.objects.exists():
        planner.replan_members(members, on=today, by=by)


def follow(*, member: Member, by: "User", **_rest: Any) -> None:
    """Open duties go along to the new branch."""
    planner.follow_members([member.pk], by=by)


def listen() -> None:
    """Connect to the floor below (called once when the apps are ready)."""
    members_changed.connect(replan, dispatch_uid="visits.replan")
    member_moved.connect(follow, dispatch_uid="visits.follow")
