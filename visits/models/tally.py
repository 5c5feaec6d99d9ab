"""Counts of duties, kept beside them by the database so that a province need not count two million rows.

Two tables that add up.  Every statement that writes duties appends its differences to `DutyTallyDelta` (a trigger
does it, so that no way of writing can forget it; nothing is updated, so two people who end duties of one branch do
not wait for each other).  `visits.tallies.fold` moves differences into `DutyTally`, where each organization's row
holds the sum of its whole subtree.  A reader adds both up in one statement and is exact within its transaction.
`visits.compliance` alone reads them.

`Headcount` and `LastAction` answer two more questions of the same pages, organization by organization.
"""

from django.db import models

from members.models import Organization


class Counts(models.Model):
    """What the two tables have in common: the key of a count, and how many duties stand where."""

    # Neither checked nor indexed by itself: millions of rows are written at once, and organizations are never deleted.
    organization = models.ForeignKey(
        Organization, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    rule_code = models.CharField(max_length=40, db_collation="C")
    article = models.CharField(max_length=10, db_collation="C")
    due_month = models.DateField()  # First day of the month in which the duties fall due.
    grace_month = models.DateField()  # First day of the month in which their last day of grace lies.
    done_in_time = models.IntegerField()
    done_late = models.IntegerField()
    waived = models.IntegerField()
    void = models.IntegerField()
    open = models.IntegerField()

    class Meta:
        abstract = True
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.organization_id} {self.rule_code} {self.due_month}"


class DutyTally(Counts):
    """Sums over an organization's subtree."""

    class Meta(Counts.Meta):
        constraints = [
            # Led by the organization: a page reads a few nodes and a range of months.
            models.UniqueConstraint(
                fields=["organization", "due_month", "grace_month", "rule_code", "article"], name="one_tally_per_key"
            ),
        ]


class DutyTallyDelta(Counts):
    """A difference that one statement made to the duties of one organization, not yet folded in."""


class Headcount(models.Model):
    """Members on the roster of one organization: a sum of rows, appended by a trigger and compacted by `fold`."""

    organization = models.ForeignKey(Organization, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    members = models.IntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.organization_id} {self.members}"


class LastAction(models.Model):
    """The day of the latest care action of one organization that was not cancelled; kept by a trigger."""

    organization = models.OneToOneField(
        Organization, on_delete=models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False
    )
    on = models.DateField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.organization_id} {self.on}"
