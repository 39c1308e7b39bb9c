"""The demo's story, step by step. A step runs real commands and fails where what it claims is not so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from sfmeta.cli.demo_stage import Stage

OPENING = """\
Acme has never restricted API access. Dataloader.io is installed; an admin and one super user load data with it.
Everybody has Salesforce for Android on the telephone. A developer logs in with SoapUI and a password. A rogue
exporter that nobody approved still has a token. Billing Sync, Acme's own app, logs in by JWT; Partner Portal is an
external client app. Acme wants to tick the box "API Access Control" without stopping anybody it needs.

Everything below runs on this machine, offline. A local org shows how sfmeta works; it is no proof about Salesforce."""

CLOSING = """\
What it made, in {root}:
  project/           policy.yml, force-app/ and the git history; the ledger is in refs/sfmeta/orgs/*
                     (cd {root}/project && git log --all --oneline --graph)
  sandbox/           the sandbox org, one SQLite file; production/ likewise
  home/              the settings of the demo's user (use them with: export SFMETA_HOME={root}/home)
Start the sandbox again, in another terminal, with:
  sfmeta localorg start --data {root}/sandbox --port {port}"""

_BILLING_USER = "billing.integration@acme.example"
_ROGUE_USER = "former.tool.user@acme.example"
_SOAP_USER = "soapui.dev@acme.example"
_SOAP_PASSWORD = "acme-demo-1"  # noqa: S105 (the seed's, made up)
_APPS = (
    "ConnectedApp:Billing_Sync",
    "ExternalClientApplication",
    "ExtlClntAppConfigurablePolicies",
    "ExtlClntAppGlobalOauthSettings",
    "ExtlClntAppOauthConfigurablePolicies",
    "ExtlClntAppOauthSettings",
)
_FAR_AWAY = "2036-12-20T18:00Z"
_RELAXED = "refresh_token: {expire_if_unused_for: 30 days}"
_TIGHT = "refresh_token: {expire_after: 7 days}"


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        title: what happens.
        proves: what that shows.
        run: does it.
    """

    title: str
    proves: str
    run: Callable[[Stage], None]


def _seed(stage: Stage) -> None:
    stage.start_org("sandbox", production=False)
    stage.start_org("production", production=True)
    stage.sfmeta("init", "project", shown=1)
    for alias in ("sandbox", "production"):
        admin, url = stage.org(alias)["admin"], stage.org(alias)["url"]
        key = Path(admin["private_key_file"])
        words = ["--client-id", admin["client_id"], "-u", admin["username"], "-f", str(key), "--login-url", url]
        stage.sfmeta("org", "add", alias, *words)
    listed = stage.read_json("org", "list")["orgs"]
    stage.facts["org_ids"] = {org["alias"]: org["org_id"] for org in listed}
    stage.expect(truth=len(set(stage.facts["org_ids"].values())) == 2, claim="two orgs with ids of their own")


def _generate(stage: Stage) -> None:
    stage.git("init", "--quiet", "--initial-branch", "main")
    policy = files("sfmeta.cli").joinpath("acme.policy.yml").read_text(encoding="utf-8")
    soon = datetime.now(UTC) + timedelta(days=30)
    stage.write("policy.yml", policy.replace(_FAR_AWAY, f"{soon:%Y-%m-%dT18:00Z}"))
    stage.sfmeta("policy", "check", shown=1)
    stage.sfmeta("retrieve", "-o", "sandbox", *(word for name in _APPS for word in ("-m", name)))
    # consumer keys belong to one org; the same files go to production
    for file in sorted((stage.project / "force-app").rglob("*-meta.xml")):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(line for line in lines if "<consumerKey>" not in line), encoding="utf-8")
    stage.sfmeta("generate", shown=30)
    stage.sfmeta("generate", "--check", shown=1)
    stage.git("add", "--all")
    stage.git("commit", "--quiet", "--message", "Policy: restrict Billing Sync and Partner Portal")


def _validate(stage: Stage) -> None:
    stage.sfmeta("validate")


def _check_only(stage: Stage) -> None:
    stage.sfmeta("deploy", "-o", "sandbox", "--check-only", shown=4)
    stage.sfmeta("verify", "-o", "sandbox", code=3, shown=4)


def _prepare(stage: Stage) -> None:
    stage.sfmeta("plan", "-o", "sandbox", "--stage", "prepare", "-f", "../prepare.plan", shown=14, progress=False)
    stage.sfmeta("apply", "../prepare.plan", shown=4, progress=False)
    stage.sfmeta("grant", "list", "-o", "sandbox", shown=8, progress=False)


def _restrict(stage: Stage) -> None:
    stage.sfmeta("plan", "-o", "sandbox", "--stage", "restrict", "-f", "../restrict.plan", shown=30, progress=False)
    stage.sfmeta("apply", "../restrict.plan", "--accept-loss", code=4, shown=2, progress=False)
    _visit(stage, "sandbox")
    stage.sfmeta("apply", "../restrict.plan", "--accept-loss", "--done", "1", shown=6, progress=False)
    stage.sfmeta("verify", "-o", "sandbox", shown=1, progress=False)


def _visit(stage: Stage, alias: str) -> None:
    """What the plan asks a person to do in Setup, for the app that another company made."""
    words = ("--permitted-users", "admin_approved", "--permission-set", "Allow_Dataloader_io")
    more = ("--profile", "System Administrator", "--refresh-token", "specific_lifetime:7:DAYS")
    ready = ("--ready-file", str(stage.root / f"{alias}.json"))
    stage.sfmeta("localorg", "app", "policy", "Dataloader.io", *words, *more, *ready, shown=1)


def _promote(stage: Stage) -> None:
    stage.sfmeta("plan", "-o", "production", "--stage", "prepare", "-f", "../production.plan", shown=3, progress=False)
    stage.sfmeta("apply", "../production.plan", code=4, shown=1, progress=False)
    stage.sfmeta("apply", "../production.plan", "--yes", shown=4, progress=False)
    _visit(stage, "production")
    stage.sfmeta("plan", "-o", "production", "--stage", "restrict", "-f", "../production.plan", shown=3, progress=False)
    agreed = ("--accept-loss", "--done", "1", "--yes")
    stage.sfmeta("apply", "../production.plan", *agreed, shown=6, progress=False)
    digests = {
        alias: [one["package_digest"] for one in stage.read_json("history", "-o", alias)["deployments"]]
        for alias in ("sandbox", "production")
    }
    for number, digest in enumerate(reversed(digests["sandbox"]), 1):
        stage.say(f"   package {number}: {digest[:16]}... in both orgs")
    stage.facts["digests"] = digests
    stage.expect(truth=digests["sandbox"] == digests["production"], claim="the same packages in both orgs")


def _change(stage: Stage) -> None:
    policy = stage.read("policy.yml")
    stage.expect(truth=_RELAXED in policy, claim="the policy holds the line that the story changes")
    stage.write("policy.yml", policy.replace(_RELAXED, _TIGHT))
    stage.sfmeta("generate", shown=1)
    stage.sfmeta("diff", "--from", "HEAD", code=3)
    stage.git("commit", "--quiet", "--all", "--message", "Policy: Billing Sync's refresh tokens end after 7 days")
    stage.sfmeta("deploy", "-o", "sandbox", "--accept-loss", shown=6)


def _rollback(stage: Stage) -> None:
    stage.sfmeta("rollback", "-o", "sandbox", "--to", "HEAD~1", "--yes", code=4, shown=24)
    stage.sfmeta("rollback", "-o", "sandbox", "--to", "HEAD~1", "--yes", "--accept-loss", shown=5, progress=False)
    stage.sfmeta("verify", "-o", "sandbox", "--rev", "HEAD~1")
    stage.git("revert", "--no-edit", "HEAD~1..HEAD")
    stage.sfmeta("verify", "-o", "sandbox")
    history = stage.read_json("history", "-o", "sandbox")["deployments"]
    stage.facts["history"] = [(entry["kind"], entry["success"]) for entry in history]
    stage.sfmeta("history", "-o", "sandbox")


def _look_ahead(stage: Stage) -> None:
    stage.sfmeta("forecast", "-o", "sandbox", code=3, shown=26, progress=False)
    rows = stage.read_json("forecast", "-o", "sandbox")["rows"]
    stage.facts["named"] = sorted({row["user"]["username"] for row in rows if row["harm"] != "none"})
    stage.expect(
        truth={_ROGUE_USER, _SOAP_USER} <= set(stage.facts["named"]),
        claim="the forecast names the user who is refused later, and the one whose exception nobody has tried",
    )
    stage.expect(truth=_BILLING_USER not in stage.facts["named"], claim="and not the one who gets in")


def _before(stage: Stage) -> None:
    _log_in(stage, "billing", code=0)
    _log_in(stage, "rogue", code=0)
    _log_in(stage, "soapui", code=0)


def _tick(stage: Stage) -> None:
    ready = str(stage.root / "sandbox.json")
    stage.sfmeta("enforce", "on", "-o", "sandbox", "--yes", code=4, shown=20, progress=False)
    stage.sfmeta("localorg", "setup", "access", "--internal", "on", "--ready-file", ready)


def _after(stage: Stage) -> None:
    _log_in(stage, "billing", code=0)
    stage.facts["rogue"] = _log_in(stage, "rogue", code=6)
    stage.facts["soapui"] = _log_in(stage, "soapui", code=0)
    stage.sfmeta("verify", "-o", "sandbox")


def _log_in(stage: Stage, who: str, *, code: int) -> str:
    """Log in through one of the doors, with sfmeta's own client."""
    org = stage.org("sandbox")
    keys = Path(org["admin"]["private_key_file"]).parent
    doors = {
        "billing": (
            ["--client-id", "localorg.billing.sync", "-u", _BILLING_USER],
            ["-f", str(keys / "Billing_Sync.pem")],
            {},
        ),
        "rogue": (
            ["--client-id", "localorg.rogue.exporter", "--refresh-token-env", "TOKEN"],
            ["--client-secret-env", "SECRET"],
            {"TOKEN": "refresh-rogue-former", "SECRET": "made-up-secret-of-rogue"},
        ),
        "soapui": (["-u", _SOAP_USER], ["--password-env", "PASSWORD"], {"PASSWORD": _SOAP_PASSWORD}),
    }
    words, secret, variables = doors[who]
    done = stage.sfmeta(
        "org", "add", who, *words, *secret, "--login-url", org["url"], code=code, secrets=variables, shown=2
    )
    return done.text.strip()


STEPS = (
    Step("Two orgs with Acme's story, and a project", "sfmeta logs in by JWT and knows the orgs apart", _seed),
    Step(
        "The policy becomes metadata",
        "what people wrote into the app's file stays; running it again changes nothing",
        _generate,
    ),
    Step("The files are checked offline", "an org would take them as they are", _validate),
    Step("A check-only deployment to the sandbox", "the org says yes, and nothing was saved", _check_only),
    Step(
        "Stage 1, prepare: permission sets, then who gets them",
        "nobody loses anything, and nobody is left out",
        _prepare,
    ),
    Step(
        "Stage 2, restrict: app by app, its policy and its grants together",
        "it refuses until a person has been to Setup; each grant was read back from the org's records; nothing differs",
        _restrict,
    ),
    Step(
        "The same packages to production",
        "without consent it refuses; every digest is the same in both orgs",
        _promote,
    ),
    Step("A change of the policy", "the difference is one value, shown before it is deployed", _change),
    Step(
        "And back again",
        "who might stop is told first; then the sandbox holds what that commit says, and the branch agrees",
        _rollback,
    ),
    Step(
        "Who will stop once the box is ticked",
        "the forecast names who will be refused below, before anything changes; what nobody knows about Salesforce, "
        "as whether Use Any API Client carries SoapUI over, it calls unknown",
        _look_ahead,
    ),
    Step("Who gets in today", "before the box is ticked, everybody does", _before),
    Step(
        "An admin ticks the box in Setup, though sfmeta enforce on says why not yet",
        "every reason was told at once, and nothing was touched; the gate is closed now",
        _tick,
    ),
    Step(
        "Who gets in now",
        "the owned app's users do, and SoapUI by its exception for a while; the rogue exporter is refused, with the "
        "words that real orgs are reported to use (their sources: sfmeta localorg rules)",
        _after,
    ),
)
