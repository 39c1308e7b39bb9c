"""Where a probe works: it makes throw-away things, noted in the journal first, and tries doors."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sfmeta.errors import LoginRefused, OrgRefused
from sfmeta.model.element import Element
from sfmeta.model.names import ComponentId
from sfmeta.model.outcome import OrgInfo
from sfmeta.model.secret import Secret
from sfmeta.ops.ports import Tools
from sfmeta.ops.probe.answer import NotSettled
from sfmeta.ops.probe.apps import Doorway, ProbeApp, files_of
from sfmeta.ops.probe.deploying import Files, deploy, why
from sfmeta.ops.probe.marks import PREFIX
from sfmeta.ops.probe.port import ProbeOrg
from sfmeta.ops.snapshot import take_snapshot
from sfmeta.org.auth import ClientCredentials, JwtBearer
from sfmeta.org.certificates import make_key_pair
from sfmeta.org.session import LoginFlow, Session
from sfmeta.org.soql import quoted
from sfmeta.org.urls import is_loopback
from sfmeta.workspace.journal import Journal


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a probe waits for what an org does by and by.

    Attributes:
        settle_s: after a change of an app's policy, before a login that should be refused.
        appear_s: at most, until a new app or grant lets somebody in.
        lapse_s: until a dated assignment lapses.
    """

    settle_s: float = 15.0
    appear_s: float = 600.0
    lapse_s: float = 20.0

    @classmethod
    def of(cls, info: OrgInfo) -> Pace:
        """A local org does everything at once; of a real one it is not known how long it takes."""
        return cls(0.0, 5.0, 2.0) if is_local(info) else cls()


class Bench:
    """One run of a probe in one org."""

    def __init__(self, org: ProbeOrg, tools: Tools, journal: Journal, pace: Pace) -> None:
        """Args:
        org: logged in; no production.
        tools: the clock, progress and scratch space.
        journal: locked.
        pace: how long to wait.
        """
        self.org = org
        self.tools = tools
        self.pace = pace
        self._journal = journal
        self._run = f"{PREFIX}_{secrets.token_hex(4)}"
        self._number = 0
        self._app: ProbeApp | None = None
        self.doors = org.trial()

    @property
    def me(self) -> str:
        """The id of our user."""
        return self.org.info.user_id

    @property
    def now(self) -> datetime:
        """By the org's clock where it tells, else by ours."""
        return self.org.server_time() or self.tools.now

    def rows(self, soql: str) -> list[Mapping[str, object]]:
        """All rows of a query."""
        return list(self.org.query(soql))

    def deploy(self, files: Files, *, note: str = "", check_only: bool = False) -> str:
        """Deploys; "" where it went in, else the org's words.

        Args:
            files: what to deploy.
            note: for the journal, where something new is made.
            check_only: save nothing.
        """
        if note:
            self._journal.note(note)
        outcome = deploy(self.org, self.tools, files, check_only=check_only)
        return "" if outcome.success else why(outcome)

    def documents(self, component: ComponentId) -> list[Element]:
        """What the org holds of a component; at most one document.

        Raises:
            OperationFailed: it would not give it.
        """
        snapshot = take_snapshot(self.org, [component], self.tools)
        snapshot.require_readable("the answer")
        return list(snapshot.documents.values())

    def undeploy(self, component: ComponentId) -> str:
        """Deletes a component of ours by a deployment; "" where it is gone, else the org's words."""
        outcome = deploy(self.org, self.tools, {}, deletions=[component])
        return "" if outcome.success else why(outcome)

    def permission_set(self, **permissions: bool) -> tuple[str, str]:
        """A new permission set, empty unless permissions are named; its API name and id. Its label differs."""
        name = self._name("PermissionSet")
        flags = {f"Permissions{permission}": value for permission, value in permissions.items()}
        made = self.org.create_record("PermissionSet", {"Name": name, "Label": label_of(name), **flags})
        return name, made

    def group(self, permission_set_id: str) -> str:
        """A new group of one permission set; its id. An org may add it up by and by."""
        name = self._name("PermissionSetGroup")
        names = {"DeveloperName": name, "MasterLabel": label_of(name)}
        group = self.org.create_record("PermissionSetGroup", names)
        part = {"PermissionSetGroupId": group, "PermissionSetId": permission_set_id}
        self.org.create_record("PermissionSetGroupComponent", part)
        soql = f"SELECT Status FROM PermissionSetGroup WHERE Id = {quoted(group)}"  # noqa: S608 (quoted)
        self.wait(lambda: self.rows(soql)[0].get("Status") == "Updated", "the group was not added up in time")
        return group

    def assign(self, permission_set_id: str, until: datetime | None = None) -> str:
        """Assigns a permission set of ours to our own user; the id of the assignment."""
        row: dict[str, object] = {"AssigneeId": self.me, "PermissionSetId": permission_set_id}
        if until is not None:
            row["ExpirationDate"] = until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return self.org.create_record("PermissionSetAssignment", row)

    @property
    def app(self) -> ProbeApp:
        """The throw-away app: a connected app where the org makes new ones, else an external client app.

        Raises:
            NotSettled: the org makes neither.
        """
        if self._app is None:
            refused = []
            for is_connected_app in (True, False):
                app = self._new_app(is_connected_app)
                words = self.deploy(files_of(app, Doorway((), is_new=True)), note=app.thing)
                if not words:
                    self._app = app
                    return app
                refused.append(words)
            raise NotSettled(f"this org makes no new app: {'; '.join(refused)}")
        return self._app

    @property
    def connected_app(self) -> ProbeApp:
        """The throw-away app, where it is a connected app.

        Raises:
            NotSettled: it is none.
        """
        if not self.app.is_connected_app:
            raise NotSettled("this org makes no new connected apps (since Spring '26 Support must allow it)")
        return self.app

    def drop_app(self) -> None:
        """Whoever asks next gets another throw-away app; this one is deleted with the rest."""
        self._app = None

    def attach(self, permission_set: str, scopes: tuple[str, ...] = Doorway().scopes) -> None:
        """Attaches a permission set of ours to the throw-away app, alone: by API name, or by label where it must be.

        Raises:
            OrgRefused: the org takes neither.
        """
        try:
            self.set_door(Doorway((permission_set,), scopes))
        except OrgRefused:
            self.set_door(Doorway((label_of(permission_set),), scopes))

    def set_door(self, door: Doorway) -> None:
        """Changes the policies of the throw-away app.

        Raises:
            OrgRefused: the org does not take them.
        """
        if words := self.deploy(files_of(self.app, door)):
            raise OrgRefused(f"the probe's own app could not be changed: {words}")

    @property
    def app_id(self) -> str:
        """The id of the throw-away app's record."""
        app = self.app
        soql = (
            f"SELECT Id FROM ConnectedApplication WHERE Name = {quoted(app.name)}"  # noqa: S608 (quoted)
            if app.is_connected_app
            else f"SELECT Id FROM ExternalClientApplication WHERE DeveloperName = {quoted(app.name)}"  # noqa: S608
        )
        found = self.rows(soql)
        if len(found) != 1:
            raise NotSettled("the probe's own app does not show in SOQL")
        return str(found[0]["Id"])

    def jwt(self) -> LoginFlow:
        """Our own user through the throw-away app, by JWT bearer."""
        info = self.org.info
        return JwtBearer(self.app.key, info.username, self.app.private_key, info.instance_url, self._audience())

    def client_credentials(self) -> LoginFlow:
        """The throw-away app itself, running as our user."""
        return ClientCredentials(self.app.key, self.app.secret, self.org.info.instance_url)

    def is_let_in(self, flow: LoginFlow) -> bool:
        """One login, ended at once."""
        return not self.refusal(flow)

    def refusal(self, flow: LoginFlow) -> str:
        """What the org says to one login; "" where it lets in."""
        try:
            session = self.doors.log_in(flow)
        except LoginRefused as error:
            return error.message
        self.doors.end(session)
        return ""

    def session(self, flow: LoginFlow) -> Session:
        """A session through a door that should be open; what an org does by and by is waited for.

        Raises:
            NotSettled: it stays shut.
        """
        opened: list[Session] = []

        def tried() -> bool:
            try:
                opened.append(self.doors.log_in(flow))
            except LoginRefused as error:
                words.append(error.message)
                return False
            return True

        words = [""]
        try:
            self.wait(tried, "")
        except NotSettled:
            raise NotSettled(f"the probe's own app does not let our user in: {words[-1]}") from None
        return opened[0]

    def settle(self) -> None:
        """Gives the org time to take a change of policy to heart."""
        self.tools.clock.sleep(self.pace.settle_s)

    def wait(self, done: Callable[[], bool], words: str, at_most_s: float | None = None) -> None:
        """Looks again and again.

        Raises:
            NotSettled: with these words, when it takes too long.
        """
        deadline = self.tools.clock.monotonic() + (self.pace.appear_s if at_most_s is None else at_most_s)
        while not done():
            if self.tools.clock.monotonic() >= deadline:
                raise NotSettled(words)
            self.tools.clock.sleep(min(5.0, self.pace.settle_s or 0.1))

    def soon(self) -> datetime:
        """The moment at which a dated assignment is to lapse."""
        return self.now + timedelta(seconds=self.pace.lapse_s)

    def _new_app(self, is_connected_app: bool) -> ProbeApp:
        self._number += 1
        name = f"{self._run}_{self._number}"
        pair = make_key_pair(name, self.tools.now)
        # 8 to 256 alphanumeric characters, unique (guide, ConnectedAppOauthConfig)
        key, secret = f"sfmetaprobe{secrets.token_hex(24)}", Secret(secrets.token_hex(32))
        user = self.org.info.username
        return ProbeApp(name, is_connected_app, key, secret, pair.certificate, pair.private_key, user)

    def _name(self, kind: str) -> str:
        self._number += 1
        name = f"{self._run}_{self._number}"
        self._journal.note(f"{kind}:{name}")
        return name

    def _audience(self) -> str:
        """Salesforce's general login host (Help remoteaccess_oauth_jwt_flow); a local org's own URL."""
        info = self.org.info
        if is_local(info):
            return info.instance_url
        is_test = info.is_sandbox or ".scratch." in (urlsplit(info.instance_url).hostname or "")
        kind = "test" if is_test else "login"
        return f"https://{kind}.salesforce.com"


def is_local(info: OrgInfo) -> bool:
    """Whether it is a local org, on this machine: what it does says nothing of Salesforce."""
    return is_loopback(urlsplit(info.instance_url).hostname or "")


def label_of(name: str) -> str:
    """The label of a thing of ours: another text than its API name."""
    return name.replace("_", " ")
