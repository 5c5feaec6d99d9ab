"""The named reports: what each is about and whom it is about."""

from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class About(Enum):
    ORGANIZATION = "organization"
    PERSON = "person"


class UnknownReport(LookupError):
    """There is no report of this name."""


@dataclass(frozen=True)
class Report:
    """One entry of the catalogue; `name` is what commands, addresses and the evidence chain call it."""

    name: str
    title: Promise
    tells: Promise
    about: About
    icon: str

    @property
    def is_about_person(self) -> bool:
        return self.about == About.PERSON


DUTY_LEDGER = Report(
    name="duty-ledger",
    title=_("Duty ledger"),
    tells=_("Every duty due in a period with its outcome, and the figures by article."),
    about=About.ORGANIZATION,
    icon="journal-check",
)
CARE_RECORD = Report(
    name="care-record",
    title=_("Care record for the file"),
    tells=_("One person: facts, duties and what was done, to be signed and put on file."),
    about=About.PERSON,
    icon="person-vcard",
)
REPORTS = (DUTY_LEDGER, CARE_RECORD)
FORMATS = {"pdf": "PDF", "xlsx": "Excel"}


def report(name: str) -> Report:
    """The report of this name; raises `UnknownReport`."""
    for entry in REPORTS:
        if entry.name == name:
            return entry
    raise UnknownReport(name)
