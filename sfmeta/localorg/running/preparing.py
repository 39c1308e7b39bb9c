"""From a seed to an org that can be served, in as little time as it takes.

Making the key pairs of apps is the longest piece of it and needs no Python: it goes on beside the imports of the rest.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sfmeta.errors import UsageError
from sfmeta.localorg.running.home import Admin, Home
from sfmeta.localorg.running.keys import key_file, make_key_pairs
from sfmeta.localorg.state import State


def prepared(
    state: State, home: Home, seed: str, *, production: bool, findings: Path | None = None
) -> tuple[Admin, list[str]]:
    """Plants the seed in a new org, leaves an old one as it is.

    Args:
        state: the org.
        home: its directory.
        seed: ``empty``, ``acme`` or a file.
        production: a new org is no sandbox.
        findings: what probes found out, for a new org's assumptions.

    Returns:
        The administrator's way in, and warnings.

    Raises:
        UsageError: there is no such seed or file, or the org is a sandbox and was to be production.
        SourceError: the seed or the findings are wrong.
    """
    warnings: list[str] = []
    if not state.org.id:
        warnings = _plant(state, home, seed, production=production, findings=findings)
    elif production and not state.org.is_production:
        hint = "Give another --data for a production org, or leave --production out"
        raise UsageError(f"{home.path} holds a sandbox", hint)
    elif findings is not None:
        warnings = [f"{home.path} holds an org already, which stays as it is: the findings are not used"]
    return administrator(state, home), warnings


def _plant(state: State, home: Home, seed: str, *, production: bool, findings: Path | None) -> list[str]:
    from sfmeta.localorg.seed.apps import key_names
    from sfmeta.localorg.seed.reader import load_seed

    chosen, warnings = load_seed(seed), list[str]()
    if findings is not None:
        from sfmeta.localorg.seed.findings import load_findings, with_findings

        chosen, warnings = with_findings(chosen, load_findings(findings))
    with ThreadPoolExecutor(1) as beside:
        made = beside.submit(make_key_pairs, home.keys, key_names(chosen))
        import_rest()
        # a pair that is there is taken: the planter finds these
        made.result()
    from sfmeta.localorg.seed.loader import plant

    plant(state, chosen, production=production, keys=home.keys)
    state.set_fact("admin", chosen.admin.lower())
    state.set_fact("seed", seed)
    return warnings


def import_rest() -> None:
    """Imports what planting and serving need."""
    import sfmeta.localorg.app
    import sfmeta.localorg.doors.gate
    import sfmeta.localorg.http.asgi
    import sfmeta.localorg.http.serving
    import sfmeta.localorg.seed.loader  # noqa: F401 - imported for the time it takes


def administrator(state: State, home: Home) -> Admin:
    """The administrator's way in; the session is the one from before, or a new one where that ended.

    An org without an administrator in its seed has nobody's: every field is empty.
    """
    from sfmeta.localorg.apps import app_by_key
    from sfmeta.localorg.caller import Door
    from sfmeta.localorg.doors.gate import Login, log_in
    from sfmeta.localorg.doors.sessions import find_session
    from sfmeta.localorg.seed.apps import ADMIN_APP

    username = str(state.fact("admin", ""))
    user = state.records.first("User", Username=username) if username else None
    app = app_by_key(state, ADMIN_APP.consumer_key)
    if user is None or app is None:
        return Admin("", "", "", "", "")
    token = home.kept("access_token")
    if find_session(state, token) is None:
        login = log_in(state, user, app, Door.OAUTH_JWT)
        token = login.token if isinstance(login, Login) else ""
        home.keep("access_token", token)
    private_key = key_file(home.keys, ADMIN_APP.developer_name)
    return Admin(username, user.text("Password"), token, app.consumer_key, str(private_key))
