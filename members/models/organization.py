"""The tree of Party organizations."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from members.access import ScopedQuerySet

STEP = 4  # Characters of one step of a path; base 36 gives 1.6 million children.
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def step(number: int) -> str:
    """The path step of a node's n-th child: fixed width, base 36, sorting as the numbers do."""
    text = ""
    for _position in range(STEP):
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text


class OrganizationQuerySet(ScopedQuerySet["Organization"]):
    path_column = "path"

    def open(self) -> Self:
        return self.filter(closed_on__isnull=True)

    def holding_members(self) -> Self:
        """Organizations on whose roster members can stand: branches and the groups below them."""
        return self.filter(kind__in=[Organization.Kind.BRANCH, Organization.Kind.GROUP])

    def above(self, organization: "Organization") -> Self:
        """The organization's chain of superiors, topmost first."""
        return self.filter(path__in=organization.ancestor_paths()).order_by("path")


class Organization(models.Model):
    """A Party organization.  `path` says where it stands: fixed-width steps from the root; only this table holds it."""

    class Kind(models.TextChoices):
        PROVINCE = "province", _("provincial committee")
        CITY = "city", _("city committee")
        COUNTY = "county", _("county committee")
        COMMITTEE = "committee", _("grassroots committee")
        GENERAL_BRANCH = "general-branch", _("general branch")
        BRANCH = "branch", _("branch")
        GROUP = "group", _("Party group")

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=64, unique=True, db_collation="C", editable=False)
    last_child = models.PositiveIntegerField(default=0, editable=False)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    objects = OrganizationQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["path", "last_child"])

    class Meta:
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(parent__isnull=False) | models.Q(path__regex=rf"^.{{{STEP}}}$"),
                name="only_roots_have_no_parent",
            ),
        ]
        indexes = [
            # A roster names the branch: found by name within a subtree.
            models.Index(fields=["name"], name="organization_by_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.closed_on is None

    def ancestor_paths(self) -> list[str]:
        return [self.path[:end] for end in range(STEP, len(self.path), STEP)]
