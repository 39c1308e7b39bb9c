"""Orgs in which nothing but profiles, permission sets and the policies of apps decides who gets in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import yaml
from hypothesis import strategies as st

from sfmeta.config.policy import read_policy
from sfmeta.localorg.doors.attempt import EXTERNAL_BOX, INTERNAL_BOX
from sfmeta.localorg.seed import format as form
from sfmeta.model.policy import Policy
from tests.forecast.orgs.policies import policies
from tests.forecast.orgs.seeds import Knobs, seeds

KNOBS = Knobs(hidden=False, soap_login_off=False, assumptions=False, networks=False, most_users=4, most_apps=5)


@dataclass(frozen=True, slots=True)
class PlanCase:
    """An org and a policy about it.

    Attributes:
        seed: the org.
        policy_text: ``policy.yml``.
    """

    seed: form.Seed
    policy_text: str

    @property
    def policy(self) -> Policy:
        """As sfmeta reads it."""
        return read_policy(self.policy_text)


@st.composite
def plan_cases(draw: st.DrawFn) -> PlanCase:
    """An org, and a policy that says whom its apps let in."""
    seed = plain(draw(seeds(KNOBS)))
    return PlanCase(seed, _plain_policy(draw(policies(seed)), seed))


def plain(seed: form.Seed) -> form.Seed:
    """Without what decides logins besides: people who are gone, the boxes, groups, sets for a session, assurance."""
    boxes = (INTERNAL_BOX, EXTERNAL_BOX)
    settings = {name: on for name, on in seed.org.settings.items() if name not in boxes}
    return replace(
        seed,
        org=replace(seed.org, settings=settings),
        permission_sets=tuple(replace(one, session_based=False) for one in seed.permission_sets),
        permission_set_groups=(),
        users=tuple(replace(one, active=True, frozen=False, permission_set_groups=()) for one in seed.users),
        apps=tuple(replace(one, raise_session_level=False) for one in seed.apps),
    )


def _plain_policy(text: str, seed: form.Seed) -> str:
    """Without profiles whose file is not named as they are; the policy names a profile as its file is named."""
    content = yaml.safe_load(text)
    named_otherwise = {one.name for one in seed.profiles if one.full_name}
    profiles = {name: said for name, said in content.pop("profiles", {}).items() if name not in named_otherwise}
    if profiles:
        content["profiles"] = profiles
    return yaml.safe_dump(content, sort_keys=False, width=200)
