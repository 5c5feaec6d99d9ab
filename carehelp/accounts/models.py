"""Accounts: who can sign in, how they like to read, and when they signed in."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class User(AbstractUser):
    """Somebody who can sign in.  What they may do comes from appointments (`members.Appointment`) alone."""

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

    history = HistoricalRecords(excluded_fields=["password", "last_login"])

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.display_name or self.username

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
