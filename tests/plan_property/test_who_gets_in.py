"""After prepare and restrict whoever the policy allows gets in, and nobody else. More: scripts/soak --plans N."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, seed, settings

from sfmeta.codec.schema import Schema
from tests.forecast.orgs.golden import describe
from tests.plan_property.cases import PlanCase, plan_cases
from tests.plan_property.logins import wrong_logins

PARTS = 4
ORGS_PER_PART = 10


@pytest.mark.parametrize("part", range(PARTS))
def test_whoever_is_allowed_gets_in_and_nobody_else(part: int, schema: Schema) -> None:
    @seed(part)
    @settings(max_examples=ORGS_PER_PART, deadline=None, suppress_health_check=list(HealthCheck))
    @given(plan_cases())
    def agree(case: PlanCase) -> None:
        wrong = wrong_logins(case, schema)
        assert not wrong, describe(case.seed, case.policy_text, more="\n".join(wrong))

    agree()
