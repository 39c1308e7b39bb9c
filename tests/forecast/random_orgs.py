"""Random orgs, and random policies about them: small, of every kind there is, and shrinking to what matters.

``cases()`` draws a seed, a policy text that could be its org's, and a stage. What shrinks, shrinks towards an org
in which nobody is restricted: an internal user with API Enabled, an installed app for everyone, both boxes off.

::

    orgs/seeds.py      seeds(knobs)
    orgs/policies.py   policies(seed)
    orgs/memory.py     MemoryOrg.build(seed): the org in memory; .client(): the real client, logged in
    orgs/stager.py     Stager(org, policy).reach(stage, wave): makes a stage true
    orgs/tries.py      Tries(org).attempt(client), .all(): logins for real, taken back
    orgs/golden.py     describe(...); cases as folders
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from sfmeta.config.policy import read_policy
from sfmeta.localorg.seed.format import Seed
from sfmeta.model.forecast import Stage
from sfmeta.model.policy import Policy
from tests.forecast.orgs.policies import policies
from tests.forecast.orgs.seeds import Knobs, seeds

__all__ = ["Knobs", "RandomCase", "cases", "policies", "seeds"]


@dataclass(frozen=True, slots=True)
class RandomCase:
    """An org and a policy about it.

    Attributes:
        seed: the org.
        policy_text: ``policy.yml``.
        stage: which stage is looked at.
        wave: up to which wave; None for all.
    """

    seed: Seed
    policy_text: str
    stage: Stage = Stage.ENFORCE
    wave: int | None = None

    @property
    def policy(self) -> Policy:
        """The policy as sfmeta reads it."""
        return read_policy(self.policy_text)


@st.composite
def cases(draw: st.DrawFn, knobs: Knobs = Knobs()) -> RandomCase:
    """An org, a policy about it, and a stage."""
    seed = draw(seeds(knobs))
    text = draw(policies(seed))
    stage = draw(st.sampled_from([Stage.ENFORCE, Stage.BLOCK, Stage.RESTRICT, Stage.PREPARE]))
    wave = draw(st.sampled_from([None, 1, 2])) if stage is Stage.RESTRICT else None
    return RandomCase(seed, text, stage, wave)
