"""Every open question: those that a probe asks, and those that it cannot, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.ops.probe import assignments, doors, metadata
from sfmeta.ops.probe.question import Question

QUESTIONS: tuple[Question, ...] = (*assignments.QUESTIONS, *metadata.QUESTIONS, *doors.QUESTIONS)
"""In the order in which they are asked."""

_EVERYBODY = "it would tick or untick a box, which touches everybody"
_PERSON = "it needs a person who approves an app in a browser"
_PASSWORD = "it needs a login by password, and sfmeta keeps none"  # noqa: S105 - a sentence
_FOREIGN = "it needs an app of another org that is not installed here"

UNTESTED: Mapping[str, str] = MappingProxyType(
    {
        "admin_approval_ends_authorizations": _PERSON,
        "approve_uninstalled_passes_first_box": _FOREIGN,
        "finalizing_has_the_clis_name": "the status passes too fast to be seen for sure",
        "flip_ends_callers_session": _EVERYBODY,
        "flip_rewrites_app_policies": _EVERYBODY,
        "flip_writes_blocks": _EVERYBODY,
        "install_ends_authorizations": f"{_FOREIGN}, and Install in Setup",
        "refresh_policy_hits_issued_tokens": _PERSON,
        "second_factor_covers_refresh": f"{_PERSON}, from outside the login IP ranges",
        "soap_login_refused_under_box": _PASSWORD,
        "unticking_undoes_the_flip": _EVERYBODY,
        "use_any_api_auth_required": _PASSWORD,
        "use_any_api_client_covers_soap_login": _PASSWORD,
        "use_any_api_client_covers_ui_sessions": "it needs a session of a browser",
        "use_any_api_client_exempts_external_users": "it needs a customer or partner who logs in",
        "zip_limits_go_by_api_version": "it would send thousands of files, or hundreds of megabytes",
    }
)
"""By name: why not."""
