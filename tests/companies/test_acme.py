"""The seed story in stages: the sandbox of Acme from the audit to the last wave, the block, and back."""

from __future__ import annotations

from typing import Any

import yaml

from sfmeta.localorg.seed.reader import load_seed
from tests.cli.conftest import Shop, acme_policy
from tests.companies.company import Company
from tests.companies.story import Story


def acme() -> Company:
    """The story's own policy and seed, with the parts of them that a visit to Setup asks for."""
    policy: dict[str, Any] = yaml.safe_load(acme_policy())
    made = Company("Acme", policy=policy["apps"])
    seed = load_seed("acme")
    made.apps = {app.label: {"ownership": app.ownership} for app in seed.apps}
    made.tokens = [(token.app, token.user) for token in seed.tokens]
    return made


def test_acme_in_stages(generated: Shop) -> None:
    story = Story(generated, acme())
    everybody = story.who_gets_in()
    rogue = ("former.tool.user@acme.example", "Rogue Exporter")
    assert rogue in everybody
    story.carry_out("prepare")
    assert story.who_gets_in() == everybody
    story.carry_out("restrict", 1)
    assert story.who_gets_in() == everybody
    assert not story.gets_in("super.user@acme.example", "Billing Sync")
    story.carry_out("restrict", 2)
    assert story.who_gets_in() == everybody
    story.carry_out("block")
    assert story.who_gets_in() == everybody - {rogue}
    story.undo("restrict-2")
    assert story.who_gets_in() == everybody - {rogue}
    assert generated.ok("verify", "-m", "PermissionSet").code == 0
