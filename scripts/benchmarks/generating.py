"""A large policy turned into files."""

from __future__ import annotations

from pathlib import Path

from benchmarks.bench import Bench, project, write
from benchmarks.measure import Ran, Result, run, seconds_of

APPS = 2000
FIRST_TARGET_S = 4.0
SECOND_TARGET_S = 1.5


def generate(bench: Bench) -> list[Result]:
    """Two thousand owned apps with their permission sets: all written, then nothing to write.

    Each run has a folder of its own: ext4 avoids inodes that were freed a moment ago, and searching past those of the
    run before would cost more than the run.
    """
    first, second = [], []
    for turn in range(bench.runs + 1):
        folder = bench.folder(f"generate-{turn}")
        project(folder, {})
        write(folder / "policy.yml", _policy(APPS))
        costs = _generate(bench, folder), _generate(bench, folder)
        if turn:  # the first one brings the schema into the cache
            first.append(costs[0])
            second.append(costs[1])
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
