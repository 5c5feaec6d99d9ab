"""What this floor announces.  Sent inside the transaction; a listener that fails takes the transaction with it."""

from django.dispatch import Signal

# members=list[UUID], by=User | None, today=date.  Facts that duties depend on have changed: standing, dates, branch.
members_changed = Signal()

# member=Member, by=User, today=date.  Sent after `died_on` is written.
member_died = Signal()

# member=Member, source=Organization, target=Organization, by=User, today=date.
member_moved = Signal()
