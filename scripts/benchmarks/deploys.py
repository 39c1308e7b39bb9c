"""A small package brought to an org, as it happens many times a day."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.bench import Bench, LocalOrg, commit, local_org, project
from benchmarks.measure import Result, interleaved, run, seconds_of
from benchmarks.tools import Tool

TARGET = 0.7
_WHAT = "deploy of 20 components, with retrieve before, read-back and ledger / sf project deploy start, with none"
_TOKEN = "BENCH_ACCESS_TOKEN"


def small_package(bench: Bench) -> list[Result]:
    """The same package to the same org by both tools.

    The two deploy different contents in turn, so that every deployment changes all twenty components.
    """
    if bench.sf is None:
        return [Result("deploy-20", _WHAT, None, TARGET, "x", "the Salesforce CLI is not installed")]
    folder = bench.folder("deploy-20")
    ours, theirs = folder / "ours", folder / "theirs"
    project(ours, _twenty("ours"))
    project(theirs, _twenty("theirs"))
    commit(ours, "the package")
    with local_org(bench, folder) as org:
        sfmeta, sf = _logged_in(bench.sfmeta, bench.sf, org, folder)
        measured = interleaved(
            bench.runs,
            sfmeta=lambda: run(
                [sfmeta.command, "deploy", "--skip-forecast", "--yes", "-o", "bench"], cwd=ours, env=sfmeta.env
            ),
            sf=lambda: run([sf.command, "project", "deploy", "start", "-o", "bench"], cwd=theirs, env=sf.env),
        )
    unchanged = [ran.output for ran in measured["sfmeta"] if "(20 changed)" not in ran.output]
    reason = "a deployment did not change all 20 components" if unchanged else ""
    ours_s, theirs_s = seconds_of(measured["sfmeta"]), seconds_of(measured["sf"])
    details = {"sfmeta_s": ours_s, "sf_s": theirs_s}
    return [Result("deploy-20", _WHAT, ours_s / theirs_s, TARGET, "x", reason, details)]


def _logged_in(sfmeta: Tool, sf: Tool, org: LocalOrg, folder: Path) -> tuple[Tool, Tool]:
    sfmeta = Tool(sfmeta.command, {**sfmeta.env, _TOKEN: org.token})
    add = [sfmeta.command, "org", "add", "bench", "--instance-url", org.url, "--access-token-env", _TOKEN]
    run(add, env=sfmeta.env, cwd=folder)
    login = [sf.command, "org", "login", "access-token", "--instance-url", org.url, "--alias", "bench", "--no-prompt"]
    run(login, env={**sf.env, "SF_ACCESS_TOKEN": org.token}, cwd=folder)
    return sfmeta, sf


_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_XMLNS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'


def _twenty(variant: str) -> Mapping[str, str]:
    """Seventeen permission sets, a connected app, a profile and a custom permission, all of one variant."""
    files = {
        f"permissionsets/Bench_{number:02}.permissionset-meta.xml": _HEAD
        + f"<PermissionSet {_XMLNS}>\n    <description>Number {number}, {variant}</description>\n"
        + "    <hasActivationRequired>false</hasActivationRequired>\n"
        + f"    <label>Bench {number:02}</label>\n    <userPermissions>\n        <enabled>true</enabled>\n"
        + f"        <name>{'ApiEnabled' if variant == 'ours' else 'ViewSetup'}</name>\n"
        + "    </userPermissions>\n</PermissionSet>\n"
        for number in range(17)
    }
    app = f"""{_HEAD}<ConnectedApp {_XMLNS}>
    <contactEmail>security@acme.example</contactEmail>
    <description>Sends invoices ({variant})</description>
    <label>Billing Sync</label>
    <oauthConfig>
        <callbackUrl>https://billing.acme.example/callback</callbackUrl>
        <isAdminApproved>true</isAdminApproved>
        <scopes>Api</scopes>
        <scopes>RefreshToken</scopes>
    </oauthConfig>
    <oauthPolicy>
        <ipRelaxation>ENFORCE</ipRelaxation>
        <refreshTokenPolicy>specific_lifetime:7:DAYS</refreshTokenPolicy>
    </oauthPolicy>
    <permissionSetName>Bench_00</permissionSetName>
</ConnectedApp>
"""
    profile = f"""{_HEAD}<Profile {_XMLNS}>
    <custom>true</custom>
    <userPermissions>
        <enabled>{"true" if variant == "ours" else "false"}</enabled>
        <name>ViewSetup</name>
    </userPermissions>
</Profile>
"""
    permission = f"""{_HEAD}<CustomPermission {_XMLNS}>
    <description>For the bench ({variant})</description>
    <isLicensed>false</isLicensed>
    <label>Bench</label>
</CustomPermission>
"""
    return {
        **files,
        "connectedApps/Billing_Sync.connectedApp-meta.xml": app,
        "profiles/Integration User.profile-meta.xml": profile,
        "customPermissions/Bench.customPermission-meta.xml": permission,
    }
