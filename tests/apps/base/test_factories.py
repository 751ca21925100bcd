import pytest

from tests.factories import COUNTY, make_household, make_user


@pytest.mark.django_db
def test_factories_build():
    make_household(category="DIBAO")
    assert make_user("CNTY_REVIEW", COUNTY).pk
