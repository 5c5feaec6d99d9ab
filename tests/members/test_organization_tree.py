from members import organizations
from members.models import Organization
from tests.conftest import County


class TestMovingASubtree:
    def test_everything_below_goes_along(self, county: County) -> None:
        organizations.move(county.town, under=county.other_county)
        county.branch.refresh_from_db()
        county.other_county.refresh_from_db()
        assert county.branch.path.startswith(county.other_county.path)
        assert set(Organization.objects.under(county.county)) == {county.county, county.other_town, county.far_branch}
