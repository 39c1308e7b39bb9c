"""What the forecast of a package says of every login is what then happens at the doors of a local org.

A disagreement is printed as small as it can be made. ``scripts/soak`` looks at many more.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.forecast.orgs.golden import describe
from tests.forecast.package_agreement import PackageCase, look_at_package, package_cases
from tests.forecast.random_orgs import Knobs

PARTS = 2
ORGS_PER_PART = 8
KNOBS = Knobs(soap_login_off=False, most_users=3, most_apps=4)


@pytest.mark.parametrize("part", range(PARTS))
def test_packages_and_what_undoes_them_are_forecast_right(part: int) -> None:
    compared = 0

    @seed(part)
    @settings(max_examples=ORGS_PER_PART, deadline=None, suppress_health_check=list(HealthCheck))
    @given(package_cases(KNOBS))
    def agree(case: PackageCase) -> None:
        nonlocal compared
        looked = look_at_package(case)
        compared += looked.compared
        found = [str(one) for one in looked.disagreements]
        assert not found, describe(case.seed, "", more="\n".join((str(case.edits), *found)))

    agree()
    assert compared > 0
