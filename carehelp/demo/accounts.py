"""Demo accounts: one for every role, each where there is something for it to see."""

import os
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db.models import Count, Q

from carehelp.accounts.models import User
from members.models import Appointment, Member, Organization
from members.roles import Role
from visits.models import Duty

Kind = Organization.Kind


@dataclass(frozen=True)
class Account:
    """`where` says which organization: a branch with work to do, the branch beside it, or an upper organization."""

    username: str
    name: str
    role: Role
    where: str
    purpose: str


ACCOUNTS = (
    Account("secretary", "李书记", Role.SECRETARY, "branch", "党支部书记：待办、走访登记（请用手机大小的窗口）"),
    Account("neighbour", "王书记", Role.SECRETARY, "neighbour", "相邻党支部书记：只看得到自己的支部"),
    Account("town", "赵干事", Role.OFFICER, "committee", "乡镇党委组织干事：本镇各支部"),
    Account("officer", "张干事", Role.OFFICER, "county", "县委组织部干部：看板、名册导入、审核"),
    Account("fund", "陈会计", Role.FUND_OFFICER, "county", "党费经费管理员"),
    Account("auditor", "孙审计", Role.AUDITOR, "county", "审计人员：只读，导出 PDF 和 Excel，查访问记录"),
    Account("sysadmin", "周管理", Role.SYSTEM_ADMIN, "county", "系统管理员：账号（看不到党员）"),
    Account("secadmin", "吴管理", Role.SECURITY_ADMIN, "county", "安全管理员：任职与权限（看不到党员）"),
    Account("logadmin", "郑管理", Role.AUDIT_ADMIN, "county", "审计管理员：日志（看不到党员）"),
)
ARCHIVE = "archive"  # Whose name the made-up records of the past bear; nobody can sign in with it.


def password() -> str:
    """DEMO_PASSWORD, or one that is made once and kept in the data folder."""
    given = os.environ.get("DEMO_PASSWORD", "")
    kept = Path(settings.CAREHELP_DATA) / "secrets" / "demo_password"
    if given or not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(kept, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as out:
            out.write(given or f"Demo-{secrets.token_hex(4)}")
    return kept.read_text()


def archive() -> User:
    """The account that stands for records taken over from before."""
    return User.objects.get_or_create(
        username=ARCHIVE, defaults={"display_name": "历史记录", "is_active": False, "password": make_password(None)}
    )[0]


def make(today: date) -> None:
    """Create the accounts with their appointments, in force since a year ago."""
    places = _places(today)
    encoded = make_password(password())  # Once: a hash is made to be slow.
    for account in ACCOUNTS:
        user = User.objects.create(username=account.username, display_name=account.name, password=encoded)
        Appointment.objects.create(
            user=user, organization=places[account.where], role=account.role, starts=today - timedelta(days=380)
        )


def renew_password() -> None:
    """Let DEMO_PASSWORD hold for accounts that were made with another one."""
    if not os.environ.get("DEMO_PASSWORD"):
        return
    names = [account.username for account in ACCOUNTS]
    first = User.objects.filter(username__in=names).order_by("pk").first()
    if first and not first.check_password(password()):
        User.objects.filter(username__in=names).update(password=make_password(password()))


def listing() -> list[tuple[Account, str]]:
    """The accounts that exist, each with the name of its organization."""
    held = {
        appointment.user.username: appointment.organization.name
        for appointment in Appointment.objects.select_related("user", "organization").filter(
            user__username__in=[account.username for account in ACCOUNTS]
        )
    }
    return [(account, held[account.username]) for account in ACCOUNTS if account.username in held]


def _places(today: date) -> dict[str, Organization]:
    branch = _busy_branch(today)
    chain = {organization.kind: organization for organization in Organization.objects.above(branch)}
    beside = Organization.objects.filter(kind=Kind.BRANCH, path__startswith=chain[Kind.COMMITTEE].path)
    neighbour = beside.exclude(pk=branch.pk).order_by("path").first()
    return {
        "branch": branch,
        "neighbour": neighbour or branch,
        "committee": chain[Kind.COMMITTEE],
        "county": chain[Kind.COUNTY],
    }


def _busy_branch(today: date) -> Organization:
    """A branch of usual size in the first county that has something due now and something overdue."""
    county = Organization.objects.filter(kind=Kind.COUNTY).order_by("path")[0]
    branches = Organization.objects.under(county).filter(kind=Kind.BRANCH)
    open_now = Q(duties__status=Duty.Status.OPEN, duties__opens__lte=today)
    soon = today + timedelta(days=30)
    counted = branches.annotate(
        overdue=Count("duties", filter=open_now & Q(duties__grace_until__lt=today)),
        short=Count("duties", filter=open_now & Q(duties__due__lte=soon, duties__grace_until__gte=today)),
    )
    people = dict(
        Member.objects.in_place().under(county).values_list("organization").annotate(count=Count("pk")).order_by()
    )
    rows = list(counted.order_by("path").values_list("pk", "overdue", "short"))
    usual = [row for row in rows if 8 <= people.get(row[0], 0) <= 40]
    both = [(pk, overdue, short) for pk, overdue, short in usual if 1 <= overdue <= 6 and short >= 1]
    best = max(both or usual or rows, key=lambda row: (min(row[2], 5), -row[1], row[0]))
    return branches.get(pk=best[0])
