"""The story of a company, as its people run it: sfmeta's commands, and visits to Setup."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sfmeta.localorg.running.server import LocalOrg
from tests.cli.conftest import Shop
from tests.companies.company import Company

TYPES = (
    "ConnectedApp",
    "ExternalClientApplication",
    "ExtlClntAppConfigurablePolicies",
    "ExtlClntAppGlobalOauthSettings",
    "ExtlClntAppOauthConfigurablePolicies",
    "ExtlClntAppOauthSettings",
)


class Story:
    """One company.

    Attributes:
        spent_s: how long each chapter took, by its name.
        plans: what ``plan`` said, by the name of its file.

    Args:
        shop: one user in one project.
        company: whose.
    """

    def __init__(self, shop: Shop, company: Company) -> None:
        self.shop, self.company = shop, company
        self.spent_s: dict[str, float] = {}
        self.plans: dict[str, dict[str, Any]] = {}
        ready = shop.root.parent / "ready.json"
        ready.write_text(json.dumps(shop.org.ready()))
        self._at = ("--ready-file", str(ready))

    @contextmanager
    def chapter(self, name: str) -> Iterator[None]:
        """Takes the time."""
        start = time.monotonic()
        yield
        self.spent_s[name] = time.monotonic() - start

    def begin(self) -> None:
        """From nothing to files under git that hold what the policy asks for."""
        with self.chapter("begin"):
            self.shop.ok("init")
            self.shop.add_org("sandbox", self.shop.org)
            self.shop.ok("org", "use", "sandbox")
            self.shop.ok("retrieve", *(word for name in TYPES for word in ("-m", name)))
            for file in (self.shop.root / "force-app").rglob("*-meta.xml"):
                lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
                file.write_text("".join(line for line in lines if "<consumerKey>" not in line), encoding="utf-8")
            self.shop.write("policy.yml", self.company.policy_text())
            self.shop.ok("policy", "check")
            self.shop.ok("generate")
            self.shop.ok("validate")
            self.shop.folder.commit("policy")

    def carry_out(self, stage: str, wave: int | None = None) -> dict[str, Any]:
        """Plans a stage, does its visits, applies it; afterwards nothing of it is left."""
        name = stage if wave is None else f"{stage}-{wave}"
        words = ("--stage", stage, *(() if wave is None else ("--wave", str(wave))))
        with self.chapter(f"plan {name}"):
            made = self.shop.result("plan", *words, "-f", f"../{name}.plan")
        self.plans[name] = made
        visits = [step for step in made["steps"] if step["kind"] == "manual"]
        with self.chapter(f"visits {name}"):
            for step in visits:
                self.visit(step["app"])
        done = [word for step in visits for word in ("--done", str(step["number"]))]
        with self.chapter(f"apply {name}"):
            came = self.shop.result("apply", f"../{name}.plan", "--accept-loss", "--yes", *done)
        assert all(step["done"] for step in came["steps"])
        left = self.shop.result("plan", *words)["steps"]
        assert [step["title"] for step in left if step["kind"] != "manual"] == []
        return made

    def visit(self, key: str) -> None:
        """What a person does in Setup for an app that another org made."""
        says = self.company.policy[key]
        label = says["match"]["label"]
        if says["decision"] == "block":
            self.shop.ok("localorg", "app", "block", label, *self._at)
            return
        if self.company.apps[label]["ownership"] == "uninstalled":
            self.shop.ok("localorg", "app", "install", label, *self._at)
        words = ["--permitted-users", says["permitted_users"]]
        if says["permitted_users"] == "admin_approved":
            words += ["--permission-set", re.sub(r"\W", "_", f"Allow {label}")]
        for profile in says.get("grants", {}).get("profiles", ()):
            words += ["--profile", profile]
        self.shop.ok("localorg", "app", "policy", label, *words, *self._at)

    def undo(self, name: str) -> None:
        """Takes back what a plan did."""
        with self.chapter(f"undo {name}"):
            self.shop.ok("apply", f"../{name}.plan", "--undo", "--accept-loss", "--yes")

    def gets_in(self, username: str, label: str, *words: str) -> bool:
        """Whether a login works. It is one like any other: whoever is let in counts as somebody who uses the app."""
        ran = self.shop.run("localorg", "login", "as", username, "with", *label.split(), *words, *self._at, "--json")
        assert ran.code in (0, 1), ran
        assert ran.document["result"] is not None, ran
        return ran.code == 0

    def who_gets_in(self) -> set[tuple[str, str]]:
        """Of those who use an app, all who get in with it."""
        with self.chapter("logins"):
            return {(user, app) for app, user in self.company.tokens if self.gets_in(user, app)}


def org_of(company: Company, shop_folder: Any) -> LocalOrg:
    """A running org with a company's seed."""
    file = shop_folder / "company.yml"
    file.write_text(company.seed_text(), encoding="utf-8")
    return LocalOrg.start(str(file))
