"""What an app needs before its file can be written at all."""

from __future__ import annotations

from sfmeta.access.file_index import app_type
from sfmeta.access.names import NameRegister, is_api_name
from sfmeta.errors import Problem
from sfmeta.model.names import ComponentId
from sfmeta.model.policy import App


def new_app_id(app: App, names: NameRegister) -> ComponentId | None:
    """The component of an owned app that has no file yet, its name reserved; None after reporting why not.

    An app deploys as a whole file, so what a new one needs must all be in the policy.
    """
    kind = app_type(app)
    missing = [
        name
        for name, value in (
            ("match.label", app.match.label),
            ("contact_email", app.contact_email),
            ("callback_url", app.callback_url),
            ("scopes", app.scopes),
        )
        if not value
    ]
    name = app.match.api_name if is_api_name(app.match.api_name) else ""
    if missing:
        member = name or (names.name(app.match.label, app.place, "Write match.api_name") if app.match.label else "*")
        message = f"the owned app '{app.key}' has no file, and to create one the policy lacks {', '.join(missing)}"
        hint = f"Fetch its file with `sfmeta retrieve -m {kind}:{member or '*'}`, or write what is missing"
        names.problems.append(Problem(message, "policy-new-app", names.file, app.place.line, app.place.column, hint))
        return None
    if not name:
        derived = names.name(app.match.label, app.place, "Write match.api_name")
        if derived is None:
            return None
        name = derived
    return ComponentId.of(kind, name)
