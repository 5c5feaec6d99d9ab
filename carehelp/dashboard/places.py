"""Where somebody's powers lie, and so which page is theirs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from members import roles
from members.access import powers_of
from members.models import Organization
from members.roles import Role

if TYPE_CHECKING:
    from carehelp.accounts.models import User

Page = Literal["branch", "organization", "several", "roster", "administrator", "stranger"]
# Held by everybody who answers for care or checks it; the fund officer, who lacks it, sees rosters counted only.
CARE = roles.EXPORT
NEAR_PEOPLE = {Organization.Kind.GENERAL_BRANCH, Organization.Kind.BRANCH, Organization.Kind.GROUP}


@dataclass(frozen=True)
class Home:
    """The page of a person, and the topmost organizations in which they hold what it shows."""

    page: Page
    organizations: list[Organization]


def home_of(user: "User") -> Home:
    """Chosen by powers, from the widest to none: care, rosters, administration, nothing."""
    answering = topmost(user, CARE)
    if answering:
        near = all(place.kind in NEAR_PEOPLE for place in answering) and bool(topmost(user, roles.LOG_CARE))
        page: Page = "branch" if near else "organization" if len(answering) == 1 else "several"
        return Home(page, answering)
    rosters = topmost(user, roles.VIEW_PEOPLE)
    if rosters:
        return Home("roster" if len(rosters) == 1 else "several", rosters)
    offices = topmost(user, roles.VIEW_ORGANIZATIONS)
    return Home("administrator" if offices else "stranger", offices)


def topmost(user: "User", perm: str) -> list[Organization]:
    """The uppermost organizations in which `perm` is held, in the order of the tree."""
    paths = powers_of(user).paths(perm)
    return list(Organization.objects.visible_to(user, perm).filter(path__in=paths)) if paths else []


def chain(user: "User", organization: Organization, perm: str) -> list[Organization]:
    """The superiors that the person may see, topmost first, for the way back up."""
    return list(Organization.objects.visible_to(user, perm).above(organization))


def offices_of(user: "User") -> list[str]:
    """The names of the roles that somebody holds today, in the order of the list of roles."""
    held = {role for role, _path in powers_of(user).held}
    return [str(role.label) for role in Role if role in held]
