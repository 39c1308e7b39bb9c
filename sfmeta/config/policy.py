"""``policy.yml`` to ``Policy``: everything that is wrong with it at once, each with its line and column."""

from __future__ import annotations

from dataclasses import replace

from yaml import MappingNode, Node

from sfmeta.config.policy_rules import check
from sfmeta.config.policy_shape import POLICY, Draft
from sfmeta.config.shape import JsonSchema, Report, Wrong
from sfmeta.config.yaml_document import compose, decode, is_null
from sfmeta.errors import SourceError
from sfmeta.model.policy import App, Policy


def read_policy(source: str | bytes, file: str = "policy.yml") -> Policy:
    """The policy in a file.

    Args:
        source: the whole file.
        file: its path, for messages.

    Returns:
        The policy, its defaults applied.

    Raises:
        SourceError: with every problem of the file: YAML, keys, values, and rules between its parts.
    """
    root = compose(decode(source, file) if isinstance(source, bytes) else source, file)
    if root is None or is_null(root):
        raise SourceError.at(
            "the policy is empty", file, hint="Start with 'version: 1'; `sfmeta init` writes an example"
        )
    report = Report(file)
    draft = POLICY.read(root, report)
    if isinstance(draft, Wrong):
        raise SourceError.of(report.problems, "policy")
    policy = _with_defaults(draft, file)
    check(policy, _app_keys(root), report)
    if report.problems:
        raise SourceError.of(report.problems, "policy")
    return policy


def policy_json_schema() -> JsonSchema:
    """The JSON Schema (draft 2020-12) of ``policy.yml``, for editors."""
    head: JsonSchema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sfmeta policy",
        "description": "Who may use which app in a Salesforce org, and how it gets there",
    }
    return head | POLICY.json_schema()


def _app_keys(root: Node) -> frozenset[str]:
    """Every app that the file names, also one that could not be read."""
    apps = next((value for key, value in root.value if key.value == "apps"), None)
    return frozenset(str(key.value) for key, _ in apps.value) if isinstance(apps, MappingNode) else frozenset()


def _with_defaults(draft: Draft, file: str) -> Policy:
    defaults = draft.defaults

    def filled(app: App) -> App:
        email = defaults.contact_email if app.contact_email is None and app.is_owned else app.contact_email
        return replace(app, permission_set=app.permission_set or defaults.permission_set, contact_email=email)

    return Policy(
        file=file,
        apps={key: filled(app) for key, app in (draft.apps or {}).items()},
        permission_set_pattern=defaults.permission_set,
        any_api_client=draft.any_api_client,
        profiles=tuple((draft.profiles or {}).values()),
        accepted_losses=draft.accepted_losses,
        accepted_blind_spots=draft.accepted_blind_spots,
        break_glass=draft.break_glass,
        canaries=draft.canaries,
        enforcement=draft.enforcement,
    )
