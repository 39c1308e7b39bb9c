"""The forecast is right: what it says of every login is what then happens at the doors of a local org.

The rules and the doors share no code. A disagreement is printed as small as it can be made, with the text of a golden
folder; keep it there, with an intent written by hand. ``scripts/soak`` looks at many more and larger orgs.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.forecast.agreement import disagreements, forecast_lines, look_at_alone
from tests.forecast.orgs.golden import GoldenCase, describe, kept
from tests.forecast.random_orgs import Knobs, RandomCase, cases

PARTS = 6
ORGS_PER_PART = 50
ORGS_ALONE_PER_PART = 30
# no query tells whether SOAP login() is switched on: its rows are only made where somebody was seen to use it
KNOBS = Knobs(soap_login_off=False, most_users=3, most_apps=4)


@pytest.mark.parametrize("part", range(PARTS))
def test_forecast_and_doors_agree_on_every_login_of_random_orgs(part: int) -> None:
    @seed(part)
    @settings(max_examples=ORGS_PER_PART, deadline=None, suppress_health_check=list(HealthCheck))
    @given(cases(KNOBS))
    def agree(case: RandomCase) -> None:
        found = [str(one) for one in disagreements(case)]
        assert not found, describe(case.seed, case.policy_text, more="\n".join(found))

    agree()


@pytest.mark.parametrize("part", range(2))
def test_a_stage_by_itself_is_forecast_right_too(part: int) -> None:
    @seed(100 + part)
    @settings(max_examples=ORGS_ALONE_PER_PART, deadline=None, suppress_health_check=list(HealthCheck))
    @given(cases(KNOBS))
    def agree(case: RandomCase) -> None:
        found = [str(one) for one in look_at_alone(case).disagreements]
        assert not found, describe(case.seed, case.policy_text, more="\n".join(found))

    agree()


@pytest.mark.parametrize("case", kept(), ids=lambda case: case.name)
def test_cases_that_are_kept_are_forecast_as_they_say_and_agree(case: GoldenCase) -> None:
    again = RandomCase(case.seed, case.policy_text)
    assert case.intent.startswith("# ")
    assert [str(one) for one in disagreements(again)] == []
    assert forecast_lines(again) == case.expected.splitlines()
