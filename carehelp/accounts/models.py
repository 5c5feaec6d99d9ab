"""Accounts: who can sign in, how they like to read, and when they signed in."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from carehelp.accounts.names import folded

VARIANT = r"[A-Z\s\u3000\uff01-\uff5e]"


class Users(UserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        """The account of a user name, however it was typed."""
        return super().get_by_natural_key(folded(username or ""))


class User(AbstractUser):
    """Somebody who can sign in.  What they may do comes from appointments (`members.Appointment`) alone.

    The user name is stored in its folded form only (`names.folded`), so `unique` refuses every variant of it.
    """

    class TextSize(models.TextChoices):
        NORMAL = "normal", _("Normal type")
        LARGE = "large", _("Large type")

    class Look(models.TextChoices):
        SYSTEM = "system", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    display_name = models.CharField(_("name"), max_length=50, blank=True)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    text_size = models.CharField(_("type size"), max_length=10, choices=TextSize, default=TextSize.NORMAL)
    look = models.CharField(_("look"), max_length=10, choices=Look, default=Look.SYSTEM)
    must_change_password = models.BooleanField(_("must change the password"), default=False)

    # The system administrator who made the account and looks after it until it has its first appointment.
    created_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, editable=False, related_name="+")

    objects: ClassVar[Users] = Users()
    history = HistoricalRecords(excluded_fields=["password", "last_login"])

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            # Two spellings of one name (capitals, spaces, full width) can never be two accounts.
            models.CheckConstraint(condition=~models.Q(username__regex=VARIANT), name="user_name_folded"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    @classmethod
    def normalize_username(cls, username: str) -> str:
        return folded(username)

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class SignInQuerySet(models.QuerySet["SignIn"]):
    def visible_to(self, user: User) -> "SignInQuerySet":
        """Everybody sees their own sign-ins and nobody else's."""
        return self.filter(user=user)


class SignIn(models.Model):
    """One sign-in, or one attempt that failed for a known account."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    at = models.DateTimeField(auto_now_add=True)
    succeeded = models.BooleanField()
    ip_address = models.GenericIPAddressField(null=True)
    device = models.CharField(max_length=200, blank=True)

    objects = SignInQuerySet.as_manager()

    class Meta:
        # "My account" lists the newest first.
        indexes = [models.Index(fields=["user", "-at"], name="sign_in_newest")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d %H:%M}"
