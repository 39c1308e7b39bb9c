"""The list of commands: the one place that says which there are, where they live and how they are grouped."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.cli.lazy import Entry

_START = "Begin"
_FILES = "Files"
_ORG = "Orgs"

COMMANDS: Mapping[str, Entry] = MappingProxyType(
    {
        "demo": Entry("sfmeta.cli.demo", "The whole story on two local orgs, offline.", _START),
        "init": Entry("sfmeta.cli.init", "Begin a project here: policy, settings, ignore files.", _START),
        "org": Entry("sfmeta.cli.org", "Orgs this machine may talk to: add, list, show, remove, use.", _START),
        "doctor": Entry("sfmeta.cli.doctor", "Whether an org and our way in are ready, check by check.", _ORG),
        "policy": Entry("sfmeta.cli.policy", "Draft the policy from an org, check it; print its JSON Schema.", _FILES),
        "generate": Entry("sfmeta.cli.generate", "Turn the policy into metadata files.", _FILES),
        "validate": Entry("sfmeta.cli.validate", "Check metadata files offline.", _FILES),
        "audit": Entry("sfmeta.cli.audit", "Who uses what in an org, and what cannot be seen.", _ORG),
        "forecast": Entry("sfmeta.cli.forecast", "Who stops working after a stage of the policy, and why.", _ORG),
        "report": Entry("sfmeta.cli.report", "The forecast as one HTML page for people.", _ORG),
        "plan": Entry("sfmeta.cli.plan", "What a stage still has to do in an org, bound to what was seen.", _ORG),
        "show": Entry("sfmeta.cli.show", "Print a plan.", _FILES),
        "apply": Entry("sfmeta.cli.apply", "Carry a plan out, or take back what was done for it.", _ORG),
        "deploy": Entry("sfmeta.cli.deploy", "Deploy metadata to an org, recorded in git and read back.", _ORG),
        "job": Entry("sfmeta.cli.job", "A deploy job by its id: report, resume, cancel, close.", _ORG),
        "retrieve": Entry("sfmeta.cli.retrieve", "Fetch metadata from an org into files.", _ORG),
        "diff": Entry("sfmeta.cli.diff", "What differs between files, revisions and an org.", _ORG),
        "verify": Entry("sfmeta.cli.verify", "Whether an org holds what the files say.", _ORG),
        "promote": Entry("sfmeta.cli.promote", "Take a proven package to the next environment.", _ORG),
        "drift": Entry("sfmeta.cli.drift", "What was changed in an org since our deployments, and by whom.", _ORG),
        "grant": Entry("sfmeta.cli.grant", "Which users may use an app: add, revoke, list, sync.", _ORG),
        "rollback": Entry("sfmeta.cli.rollback", "Put an org back to an earlier revision.", _ORG),
        "enforce": Entry(
            "sfmeta.cli.enforce", "Tick the boxes with a way back: on, off, status, confirm, watch.", _ORG
        ),
        "evidence": Entry("sfmeta.cli.evidence", "What an auditor asks for, from git and the org.", _ORG),
        "history": Entry("sfmeta.cli.history", "The deployments of an org, from git.", _ORG),
        "ledger": Entry("sfmeta.cli.ledger", "The deployments in git: share them; give a left lock free.", _ORG),
        "localorg": Entry("sfmeta.cli.localorg", "An embedded Salesforce org on this machine.", _START),
    }
)
