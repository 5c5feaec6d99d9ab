"""Data that people read as history has a history, and the tables are what the models say."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command

from carehelp.lib.fields import SealedTextField

# Without a history of their own, and why.
WITHOUT_HISTORY = {
    "accounts.SignIn": "is a record itself and never changed",
    "audit.AuditEvent": "is the evidence itself",
    "audit.AuditHead": "is the end of the evidence",
    "jobs.Job": "is work, not a fact about anybody",
    "members.MemberChange": "is a note that a sweep removes",
    "members.RosterImport": "is work; what it changes has history in the member",
    "members.RosterRow": "is work; what it changes has history in the member",
    "visits.Headcount": "is counted by a trigger",
    "visits.LastAction": "is counted by a trigger",
    "visits.Photo": "is never changed",
    "visits.PlanMark": "is a watermark",
}
COUNTERS = "tally"  # Kept by triggers, and can be made anew from the duties at any time.


def test_every_model_has_a_history_or_a_reason() -> None:
    without = {
        model._meta.label
        for label in ("accounts", "audit", "jobs", "members", "visits")
        for model in apps.get_app_config(label).get_models()
        if not hasattr(model, "history") and not hasattr(model, "instance_type")
    }
    unexplained = {name for name in without - set(WITHOUT_HISTORY) if COUNTERS not in name.lower()}
    assert unexplained == set()


def test_the_history_keeps_sealed_values_sealed() -> None:
    for model in apps.get_models():
        history = getattr(model, "history", None)
        if history is None:
            continue
        for field in model._meta.get_fields():
            if isinstance(field, SealedTextField):
                assert isinstance(history.model._meta.get_field(field.name), SealedTextField), field


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out, stderr=out)
    assert "No changes detected" in out.getvalue()
