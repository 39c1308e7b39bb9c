"""An audit of a large org, from the command to the file."""

from __future__ import annotations

import json
import statistics
from math import ceil
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench, local_org
from benchmarks.measure import Result, run

AUDIT_TARGET_S = 60.0
BUDGET_TARGET = 1.5
_USERS, _APPS = 20_000, 10
_TOKENS = _USERS * _APPS
_RUNS = 3


def audit(bench: Bench) -> list[Result]:
    """``sfmeta audit -f`` of an org with 200,000 authorisations: the time, and the calls that they took."""
    folder = bench.folder("audit")
    seed = folder / "seed.json"
    seed.write_text(json.dumps(_seed()))
    env = {**bench.sfmeta.env, "BENCH_TOKEN": ""}
    with local_org(bench, folder, seed) as org:
        env["BENCH_TOKEN"] = org.token
        command = bench.sfmeta.command
        run([command, "org", "add", "bench", "--access-token-env", "BENCH_TOKEN", "-r", org.url], cwd=folder, env=env)
        audited = [
            run([command, "audit", "-o", "bench", "-f", "inventory.json", "--quiet"], cwd=folder, env=env)
            for _ in range(min(bench.runs, _RUNS))
        ]
    proof = _proof(folder / "inventory.json")
    reason = "" if proof["read"] == proof["counted"] >= _TOKENS else f"{proof['read']} rows instead of {_TOKENS}"
    used = proof["queries"] / ceil(proof["read"] / 500)
    seconds = [one.seconds for one in audited]
    details = {
        "wall_s": seconds,
        "cpu_s": [one.cpu_seconds for one in audited],
        "peak_mb": [one.peak_bytes / 2**20 for one in audited],
        "proof": proof,
    }
    what = f"sfmeta audit -f of a local org with {_TOKENS:,} OauthToken rows of {_USERS:,} users"
    calls = "calls for pages of OauthToken by those that 500 rows a page make needful"
    return [
        Result("audit", what, statistics.median(seconds), AUDIT_TARGET_S, "s", reason, details),
        Result("audit-calls", calls, used, BUDGET_TARGET, "x", reason),
    ]


def _seed() -> dict[str, Any]:
    permissions = ["ApiEnabled", "CustomizeApplication", "ManageUsers", "ModifyAllData", "ModifyMetadata", "ViewSetup"]
    admin = {"name": "System Administrator", "full_name": "Admin", "permissions": permissions}
    users = [f"user{number}@bench.example" for number in range(_USERS)]
    apps = [f"App {number}" for number in range(_APPS)]
    return {
        "org": {"name": "Bench"},
        "admin": "admin@bench.example",
        "profiles": [admin, {"name": "Worker", "permissions": ["ApiEnabled"]}],
        "users": [{"username": "admin@bench.example", "profile": admin["name"]}]
        + [{"username": name, "profile": "Worker"} for name in users],
        "apps": [{"label": label, "ownership": "uninstalled", "consumer_key": label} for label in apps],
        "tokens": [{"user": user, "app": app, "uses": 3} for user in users for app in apps],
    }


def _proof(path: Path) -> dict[str, Any]:
    proofs = json.loads(path.read_bytes())["proofs"]
    found: dict[str, Any] = next(one for one in proofs if one["sobject"] == "OauthToken")
    return found
