"""The links in the table of organizations below: each opens exactly the rows that it counted."""

import re
from datetime import date, timedelta
from html import unescape

from carehelp.accounts.models import User
from members.models import Member
from tests import people
from tests.conftest import County, signed_in
from tests.visits.figures import given


class TestABranchWithAGroup:
    def test_counts_itself_and_the_group_apart_and_each_link_opens_its_own(
        self, officer: User, member: Member, county: County, today: date
    ) -> None:
        group = people.organization("第一党小组", "group", county.branch)
        given(member, due=today - timedelta(60))
        for name in ("李桂兰", "赵守田"):
            given(people.member(group, name), due=today - timedelta(60))
        client = signed_in(officer)
        page = client.get(f"/overview/{county.branch.pk}/").content.decode()
        table = page[page.index("ch-children") :]
        links = re.findall(r'<td class="num ch-overdue"><a class="ch-figure-link" href="([^"]+)">(\d+)</a>', table)[:2]
        assert sorted(count for _address, count in links) == ["1", "2"]
        for address, count in links:
            assert len(client.get(unescape(address)).context["shown"].rows) == int(count)
