"""Every login that the policy allows, tried at the doors of the org on stage; whatever a try does is taken back."""

from __future__ import annotations

from collections.abc import Iterable

import jwt

from sfmeta.config.policy import read_policy
from sfmeta.localorg.apps import App
from sfmeta.localorg.running.server import LocalOrg
from sfmeta.localorg.seed.format import Seed
from sfmeta.model.policy import Decision, PermittedUsers, Policy
from tests.faultmatrix.stage import Stage
from tests.forecast.orgs.memory import URL, MemoryOrg
from tests.forecast.orgs.tries import CannotTry, Client, Tried, Tries


class Logins:
    """The logins of an org on stage.

    Args:
        stage: with a policy in its project. Who the clients are is settled now, so make it before a scene is kept.
        seed: what the org was made of.
    """

    def __init__(self, stage: Stage, seed: Seed) -> None:
        self._stage = stage
        self._org = MemoryOrg(stage.org.state, seed)
        self._tries = _TriesOfRunning(self._org, stage.org)
        self._clients = self._tries.clients()

    def expected(self) -> frozenset[Client]:
        """Who gets in now, and may go on by the policy."""
        policy = read_policy((self._stage.root / "policy.yml").read_text(encoding="utf-8"))
        known = {app.match.label: key for key, app in policy.apps.items()}
        return frozenset(
            client for client in self.working(self._clients) if self._may(policy, client, known.get(client.app, ""))
        )

    def lost(self, expected: Iterable[Client]) -> list[str]:
        """Who of these does not get in, and why."""
        self._tries.forget()
        found = {client: self._tried(client) for client in sorted(expected)}
        return [f"{client} is locked out: {tried.said}" for client, tried in found.items() if not tried.works]

    def working(self, clients: Iterable[Client]) -> list[Client]:
        """Who of these gets in."""
        self._tries.forget()
        return [client for client in clients if self._tried(client).works]

    def _tried(self, client: Client) -> Tried:
        try:
            return self._tries.attempt(client)
        except CannotTry as error:
            return Tried(False, str(error))

    def _may(self, policy: Policy, client: Client, key: str) -> bool:
        """Whether the policy lets somebody in; with no app, or one that it does not decide about, as before."""
        if any(loss.user == client.username and loss.app in (key, None) for loss in policy.accepted_losses):
            return False
        app = policy.apps.get(key)
        if app is None or app.decision is Decision.UNDECIDED:
            return True
        if app.decision is Decision.BLOCK:
            return False
        if app.permitted_users is not PermittedUsers.ADMIN_APPROVED or app.grants is None:
            return True
        records = self._org.state.records
        profile = records.get(self._org.user(client.username).text("ProfileId"))
        assert profile is not None
        assert not app.grants.permission_sets, "no scene has them"
        return profile.text("Name") in (app.grants.profiles or ()) or client.username in {
            str(user.username).lower() for user in app.grants.users
        }


class _TriesOfRunning(Tries):
    """Tries in an org that made its apps' keys itself."""

    def __init__(self, org: MemoryOrg, running: LocalOrg) -> None:
        files = {app.label: running.app(app.label).private_key_file for app in org.apps()}
        self._keys = {label: file.read_bytes() for label, file in files.items() if file is not None}
        super().__init__(org)

    def forget(self) -> None:
        """What came of tries: no counter tells that an org was put back."""
        self._known.clear()
        self._seen = (-1, "")

    def assertion(self, app: App, username: str) -> str:
        now_s = int(self.org.state.clock.outside().timestamp())
        claims = {"iss": app.consumer_key, "sub": username, "aud": URL, "exp": now_s + 180}
        return jwt.encode(claims, self._keys[app.label], algorithm="RS256")
