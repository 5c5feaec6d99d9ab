from typing import Any

import pytest

from carehelp.accounts.models import User
from tests.access.world import World, build
from tests.conftest import County


@pytest.fixture
def world(
    county: County,
    secretary: User,
    neighbour: User,
    officer: User,
    other_officer: User,
    auditor: User,
    fund_officer: User,
    system_admin: User,
    security_admin: User,
    audit_admin: User,
    stranger: User,
    settings: Any,
    tmp_path: Any,
) -> World:
    settings.MEDIA_ROOT = tmp_path
    actors = {
        "secretary": secretary,
        "neighbour": neighbour,
        "officer": officer,
        "other_officer": other_officer,
        "auditor": auditor,
        "fund_officer": fund_officer,
        "system_admin": system_admin,
        "security_admin": security_admin,
        "audit_admin": audit_admin,
        "stranger": stranger,
    }
    return build(county, actors)
