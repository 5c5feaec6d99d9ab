"""What duties do about what happens to members, inside the transaction in which it happens."""

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from members.models import Member
from members.signals import member_moved, members_changed
from visits import planner, tasks
from visits.models import PlanMark

if TYPE_CHECKING:
    from carehelp.accounts.models import User

# More people at once (a county's roster) would keep the import's transaction open for long.
MOST_AT_ONCE = 2000


def replan(*, members: list[UUID], by: "User | None", today: date, **_rest: Any) -> None:
    """Duties without ground end, duties that are due now come.  Before the first planning there is nothing to do.

    A large import is seen to by a planning run right after its commit; the database has noted whom it changed, so
    that if the nudge is lost the hourly run finds them.
    """
    if not members or not PlanMark.objects.exists():
        return
    if len(members) > MOST_AT_ONCE:
        transaction.on_commit(tasks.plan_today.delay, robust=True)
        return
    planner.replan_members(members, on=today, by=by)


def follow(*, member: Member, by: "User", **_rest: Any) -> None:
    """Open duties go along to the new branch."""
    planner.follow_members([member.pk], by=by)


def listen() -> None:
    """Connect to the floor below (called once when the apps are ready)."""
    members_changed.connect(replan, dispatch_uid="visits.replan")
    member_moved.connect(follow, dispatch_uid="visits.follow")
