"""The forecast is right: what it says of every login is what then happens at the doors of a local org.

The rules and the doors share no code. A disagreement is printed as small as it can be made, with the text of a golden
folder; keep it there, with an intent written by hand. ``scripts/soak`` looks at many more and larger orgs.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.forecast.agreement import disagreements
from tests.forecast.orgs.golden import GoldenCase, describe, kept
from tests.forecast.random_orgs import Knobs, RandomCase, cases

PARTS = 6
ORGS_PER_PART = 50
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


@pytest.mark.parametrize("case", kept(), ids=lambda case: case.name)
def test_a_disagreement_that_was_found_once_does_not_come_back(case: GoldenCase) -> None:
    assert case.intent.strip()
    assert [str(one) for one in disagreements(RandomCase(case.seed, case.policy_text))] == []
