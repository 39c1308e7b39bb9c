"""A large policy turned into files."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks.bench import Bench, project, write
from benchmarks.measure import Ran, Result, run, seconds_of

APPS = 2000
FIRST_TARGET_S = 4.0
SECOND_TARGET_S = 1.5


def generate(bench: Bench) -> list[Result]:
    """Two thousand owned apps with their permission sets: all written, then nothing to write."""
    folder = bench.folder("generate")
    project(folder, {})
    write(folder / "policy.yml", _policy(APPS))
    _generate(bench, folder)  # unmeasured: the schema comes into the cache
    first, second = [], []
    for _ in range(bench.runs):
        shutil.rmtree(folder / "force-app")
        first.append(_generate(bench, folder))
        second.append(_generate(bench, folder))
    files = sum(1 for path in folder.rglob("*-meta.xml"))
    reason = "" if files == 2 * APPS else f"{files} files were written instead of {2 * APPS}"
    what = f"sfmeta generate of {APPS:,} apps"
    details = {"files": files}
    return [
        Result("generate", f"{what}, all new", seconds_of(first), FIRST_TARGET_S, "s", reason, details),
        Result("generate-again", f"{what}, nothing to write", seconds_of(second), SECOND_TARGET_S, "s", reason),
    ]


def _generate(bench: Bench, folder: Path) -> Ran:
    return run([bench.sfmeta.command, "generate"], cwd=folder, env=bench.sfmeta.env)


def _policy(apps: int) -> str:
    return (
        "version: 1\ndefaults:\n  permission_set: 'Allow {label}'\n  contact_email: security@acme.example\napps:\n"
    ) + "".join(
        f"  app_{number:04}:\n    match: {{label: Application {number:04}}}\n    decision: allow\n"
        f"    wave: {number % 5 + 1}\n    owner: team-{number % 40}@acme.example\n"
        f"    callback_url: https://app{number:04}.acme.example/callback\n    scopes: [Api, RefreshToken]\n"
        "    permitted_users: admin_approved\n    refresh_token: {expire_after: 7 days}\n    ip_relaxation: enforce\n"
        f"    grants:\n      users:\n        - user{number % 300}@acme.example\n"
        f"        - {{username: loader{number % 300}@acme.example, until: 2036-01-15, reason: year-end load}}\n"
        for number in range(apps)
    )
