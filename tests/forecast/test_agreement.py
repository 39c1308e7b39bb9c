"""The forecast is right: what it says of every login is what then happens at the doors of a local org."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from tests.forecast.agreement import disagreements
from tests.forecast.random_orgs import Knobs, RandomCase, cases

# no query tells whether SOAP login() is switched on, so such rows are only made where somebody was seen to use it
KNOBS = Knobs(soap_login_off=False)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(KNOBS))
def test_forecast_and_doors_agree_on_every_login(case: RandomCase) -> None:
    assert [str(one) for one in disagreements(case)] == []
