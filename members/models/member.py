"""People on a roster."""

from datetime import date
from typing import Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import ExtractDay, ExtractMonth
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from carehelp.lib.fields import SealedTextField
from carehelp.lib.ids import uuid7
from members.access import ScopedQuerySet
from members.models.organization import Organization

IN_PLACE = Q(died_on__isnull=True, left_on__isnull=True)


class Precision(models.TextChoices):
    """How exactly the file names a date: `month` means that the stored day is the 1st for sorting only."""

    DAY = "day", _("day")
    MONTH = "month", _("month")


class MemberQuerySet(ScopedQuerySet["Member"]):
    def alive(self) -> Self:
        return self.filter(died_on__isnull=True)

    def in_place(self) -> Self:
        """On the roster now: neither dead nor gone."""
        return self.filter(IN_PLACE)

    def active(self) -> Self:
        """On the roster with full standing: membership not suspended."""
        return self.in_place().filter(party_status=Member.PartyStatus.NORMAL)


class Member(models.Model):
    """A Party member.  Sealed fields open only through `carehelp.lib.fields.reveal`."""

    class Sex(models.TextChoices):
        MALE = "male", _("male")
        FEMALE = "female", _("female")

    class Category(models.TextChoices):
        FULL = "full", _("full member")
        PROBATIONARY = "probationary", _("probationary member")

    class PartyStatus(models.TextChoices):
        NORMAL = "normal", _("normal")
        SUSPENDED = "suspended", _("membership suspended")

    class AgeBasis(models.TextChoices):
        """From which date party age counts (domain: article 6, Party constitutions of 1969 and 1977)."""

        FULL_MEMBERSHIP = "full", _("from becoming a full member")
        NO_PROBATION = "no-probation", _("from joining: no probation existed between 14 April 1969 and 18 August 1977")
        UNKNOWN = "unknown", _("cannot be reckoned: the date of becoming a full member is missing")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="members", verbose_name=_("branch")
    )
    name = models.CharField(_("name"), max_length=60)
    sort_name = models.CharField(max_length=120, db_collation="C", editable=False, default="")
    search = SearchVectorField(null=True, editable=False)
    sex = models.CharField(_("sex"), max_length=6, choices=Sex)
    ethnicity = models.CharField(_("ethnicity"), max_length=20, blank=True)
    birth_on = models.DateField(_("date of birth"))
    education = models.CharField(_("education"), max_length=40, blank=True)
    occupation = models.CharField(_("occupation"), max_length=60, blank=True)

    id_number = SealedTextField(_("ID number"))
    id_hash = models.BinaryField(max_length=32, null=True, editable=False)
    phone = SealedTextField(_("mobile number"))
    landline = SealedTextField(_("landline"))
    address = SealedTextField(_("home address"))

    category = models.CharField(_("category"), max_length=12, choices=Category, default=Category.FULL)
    party_status = models.CharField(_("party status"), max_length=10, choices=PartyStatus, default=PartyStatus.NORMAL)
    joined_on = models.DateField(_("date of joining"))
    joined_precision = models.CharField(max_length=5, choices=Precision, default=Precision.DAY)
    full_on = models.DateField(_("date of becoming a full member"), null=True, blank=True)
    full_precision = models.CharField(max_length=5, choices=Precision, default=Precision.DAY)
    suspended_days = models.PositiveIntegerField(_("days of suspended membership"), default=0)
    # First day of a suspension that still lasts; empty where the file only says that membership is suspended.
    suspended_on = models.DateField(_("membership suspended since"), null=True, blank=True)
    # Kept by `members.party_age.apply`: the date from which full years count, suspension added.
    party_age_from = models.DateField(null=True, editable=False)
    party_age_basis = models.CharField(max_length=12, choices=AgeBasis, default=AgeBasis.UNKNOWN, editable=False)
    medal_on = models.DateField(_("50-year medal awarded on"), null=True, blank=True)

    lost_contact = models.BooleanField(_("out of contact"), default=False)
    lost_since = models.DateField(_("out of contact since"), null=True, blank=True)
    floating = models.BooleanField(_("works elsewhere"), default=False)
    floating_to = models.CharField(_("where to"), max_length=100, blank=True)

    died_on = models.DateField(_("died on"), null=True, blank=True)
    left_on = models.DateField(_("left the roster on"), null=True, blank=True)
    left_reason = models.CharField(_("reason for leaving"), max_length=100, blank=True)

    # 701 for 1 July, 700 for "July, day unknown": what an anniversary is looked up by.
    joined_key = models.GeneratedField(
        expression=Case(
            When(joined_precision="month", then=ExtractMonth("joined_on") * Value(100)),
            default=ExtractMonth("joined_on") * Value(100) + ExtractDay("joined_on"),
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )
    # When somebody last did something for this person; written with each care action.
    last_care_on = models.DateField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = MemberQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["search", "joined_key", "last_care_on", "created_at", "updated_at"])

    class Meta:
        ordering = ["sort_name", "id"]
        constraints = [
            # One person, one row: a second branch is a transfer, not a second person.
            models.UniqueConstraint(fields=["id_hash"], name="one_member_per_id_number"),
            # A month without its day is stored as the 1st, which may lie before the exact day of joining.
            models.CheckConstraint(
                condition=Q(full_on__isnull=True) | Q(full_precision="month") | Q(full_on__gte=F("joined_on")),
                name="full_after_joined",
            ),
            models.CheckConstraint(condition=Q(joined_on__gt=F("birth_on")), name="joined_after_birth"),
            models.CheckConstraint(
                condition=Q(died_on__isnull=True) | Q(died_on__gte=F("birth_on")), name="died_after_birth"
            ),
        ]
        indexes = [
            # The roster of a branch, by name.
            models.Index(fields=["organization", "sort_name", "id"], condition=IN_PLACE, name="member_roster"),
            # The first page of a large scope, by name.  This index and those of the list's other orders carry the
            # branch, so that whoever lies outside the scope is passed over without reading the row.
            models.Index(
                fields=["sort_name", "id"], include=["organization"], condition=IN_PLACE, name="member_by_name"
            ),
            # The planner's anniversaries.
            models.Index(fields=["joined_key"], condition=IN_PLACE, name="member_anniversary"),
            # The planner's medal list and everything sorted by party age.
            models.Index(
                fields=["party_age_from", "id"],
                include=["organization"],
                condition=IN_PLACE,
                name="member_by_party_age",
            ),
            # The list of people to look after, longest without care first.
            models.Index(
                F("last_care_on").asc(nulls_first=True),
                "id",
                include=["organization"],
                condition=IN_PLACE,
                name="member_by_last_care",
            ),
            # Filters that few people in a large scope pass.
            *(
                models.Index(fields=["sort_name", "id"], include=["organization"], condition=condition, name=name)
                for name, condition in (
                    ("member_lost", IN_PLACE & Q(lost_contact=True)),
                    ("member_floating", IN_PLACE & Q(floating=True)),
                    ("member_suspended", IN_PLACE & Q(party_status="suspended")),
                    ("member_probationary", IN_PLACE & Q(category="probationary")),
                    ("member_dead", Q(died_on__isnull=False)),
                    ("member_gone", Q(left_on__isnull=False)),
                )
            ),
            # Records to complete: whose party age cannot be reckoned.
            models.Index(
                fields=["organization"], condition=IN_PLACE & Q(party_age_basis="unknown"), name="member_incomplete"
            ),
            # Audiences by age.
            models.Index(
                fields=["birth_on", "id"], include=["organization"], condition=IN_PLACE, name="member_by_birth"
            ),
            # Search by name, pinyin and initials (prefixes of lexemes).
            GinIndex(fields=["search"], name="member_search"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_in_place(self) -> bool:
        return self.died_on is None and self.left_on is None

    def age_on(self, day: date) -> int:
        """Full years of life on a civil day."""
        return day.year - self.birth_on.year - ((day.month, day.day) < (self.birth_on.month, self.birth_on.day))


class MemberChange(models.Model):
    """Members whose facts changed and which upper floors have not looked at yet: a table that a later run sweeps.

    Filled by a database trigger, so that no way of writing (form, import, `COPY`, a repair by hand) can forget it.
    """

    member_id = models.UUIDField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.member_id)
