"""A local org in this process, without a socket: its doors answer calls, and the real client speaks through them."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from sfmeta.codec.wsdl import prune_wsdl, wsdl_version
from sfmeta.localorg.app import Doors
from sfmeta.localorg.apps import App, all_apps, app_by_key
from sfmeta.localorg.backdoor.control import Control
from sfmeta.localorg.caller import Door, Fault
from sfmeta.localorg.clock import Clock
from sfmeta.localorg.doors.gate import log_in
from sfmeta.localorg.http.call import Call
from sfmeta.localorg.http.reply import Reply
from sfmeta.localorg.records import Record
from sfmeta.localorg.running.keys import make_key_pairs
from sfmeta.localorg.seed.apps import ADMIN_APP, key_names
from sfmeta.localorg.seed.format import Seed
from sfmeta.localorg.seed.loader import plant
from sfmeta.localorg.state import State, Undo
from sfmeta.model.secret import Secret
from sfmeta.org.auth import AccessToken
from sfmeta.org.client import OrgClient
from sfmeta.org.http import Arriving, Http
from sfmeta.org.soap import MetadataSoap, Wsdl
from sfmeta.workspace.cache import shipped_wsdl

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""When every org of the harness was made, unless it is told otherwise: a Monday, noon."""

URL = "http://127.0.0.1:1"
"""Where an org in memory says that it is; nobody listens there."""


class MemoryHttp(Http):
    """The client's connections, with an org in memory at their other end.

    Args:
        org: who answers.

    Attributes:
        calls: how many calls went out.
    """

    def __init__(self, org: MemoryOrg) -> None:
        super().__init__(sleep=lambda _: None)
        self._org = org
        self.calls = 0

    @contextmanager
    def stream(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, data: Any = None
    ) -> Iterator[Arriving]:
        """One call, answered at once."""
        self.calls += 1
        parts = urlsplit(url)
        reply = self._org.call(
            method,
            f"{parts.path}?{parts.query}" if parts.query else parts.path,
            headers=headers or {},
            body=_body(data),
        )
        body = reply.body
        chunks = iter([body] if body else []) if isinstance(body, bytes) else body
        yield Arriving(reply.status, reply.media_type, chunks)


def _body(data: Any) -> bytes:
    if data is None:
        return b""
    if isinstance(data, Mapping):
        return urlencode(data).encode()
    if isinstance(data, str):
        return data.encode()
    return data if isinstance(data, bytes) else b"".join(data)


class MemoryOrg:
    """An org. Make one with ``MemoryOrg.build``.

    Attributes:
        state: its memory.
        seed: what it was made of.
        doors: what answers its calls.
    """

    def __init__(self, state: State, seed: Seed) -> None:
        self.state = state
        self.seed = seed
        self.doors = Doors(state, self._no_back_door)
        self._token = ""

    @classmethod
    def build(cls, seed: Seed, now: datetime = NOW) -> Self:
        """Makes an org.

        Args:
            seed: of the right shape, and of names that stand for something.
            now: its clock, which stands still.
        """
        state = State.open(clock=Clock(lambda: now), id_seed="forecast")
        plant(state, seed, production=False, keys=_keys_for(tuple(key_names(seed))))
        state.set_fact("admin", seed.admin.lower())
        return cls(state, seed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forgets it."""
        self.state.close()

    def call(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        form: Mapping[str, str] | None = None,
        token: str = "",
        source_ip: str = "127.0.0.1",
    ) -> Reply:
        """Knocks at a door.

        Args:
            method: ``GET``, ``POST``.
            target: path and query.
            headers: whatever their case.
            body: as sent.
            form: in place of a body.
            token: for ``Authorization: Bearer``, "" for none.
            source_ip: where from.
        """
        path, _, query = target.partition("?")
        named = {name.lower(): value for name, value in (headers or {}).items()}
        if token:
            named["authorization"] = f"Bearer {token}"
        content = urlencode(form).encode() if form is not None else body
        return self.doors.answer(
            Call(
                method, path.lstrip("/"), dict(parse_qsl(query, keep_blank_values=True)), named, content, URL, source_ip
            )
        )

    def client(self) -> tuple[OrgClient, MemoryHttp]:
        """The real client, logged in as the administrator with the app "sfmeta"; and its connections, which count."""
        http = MemoryHttp(self)
        flow = AccessToken(URL, Secret(self.admin_token()))
        client = OrgClient.connect(flow, wsdl(), http=http, now=lambda: self.state.clock.now().timestamp())
        _share_soap(client, http)
        return client, http

    def forget_session(self) -> None:
        """Let the next client open a session of its own: ticking a box may have ended this one."""
        self._token = ""

    def admin_token(self) -> str:
        """A session of the administrator, opened once."""
        if not self._token:
            user, app = self.user(self.seed.admin), app_by_key(self.state, ADMIN_APP.consumer_key)
            login = log_in(self.state, user, app, Door.OAUTH_JWT)
            if isinstance(login, Fault):
                raise LookupError(f"the administrator does not get in: {login.code} {login.message} ({login.rule})")
            self._token = login.token
        return self._token

    def user(self, username: str) -> Record:
        """A user."""
        found = self.state.records.first("User", Username=username.lower())
        if found is None:
            raise LookupError(username)
        return found

    def apps(self) -> list[App]:
        """The apps of the seed, and sfmeta's own."""
        return [self.app(app.label) for app in self.seed.apps] + [self.app("sfmeta")]

    def address_of(self, username: str) -> str:
        """Where a user's clients come from: where the logins of the seed came from, this machine where it has none."""
        logins = (login for login in self.seed.logins if login.user.lower() == username)
        return next((login.source_ip for login in logins), "127.0.0.1")

    def app(self, label: str) -> App:
        """An app by its label, whatever has become of it."""
        for app in all_apps(self.state):
            if app.label == label:
                return app
        foreign = self.state.records.first("ForeignApp", Name=label)
        if foreign is None:
            raise LookupError(label)
        return App(foreign)

    def fingerprint(self) -> str:
        """Another one as soon as anything that the org holds is another, its time included."""
        found = hashlib.sha256(self.state.clock.stamp().encode())
        tables = self.state.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        # what was asked, and the ids that were given out, decide nothing
        for (name,) in tables.fetchall():
            if name not in ("api_usage", "id_number", "sqlite_sequence"):
                found.update(repr(self.state.connection.execute(f"SELECT * FROM {name}").fetchall()).encode())
        return found.hexdigest()

    @contextmanager
    def supposing(self) -> Iterator[None]:
        """Whatever is done inside is taken back at the end of the block."""
        with self.state.undoable():
            yield
            raise Undo

    def _no_back_door(self) -> Control:
        raise LookupError("an org in memory has no back door")


@cache
def wsdl() -> Wsdl:
    """The WSDL that the client speaks by."""
    text = prune_wsdl(shipped_wsdl().read_bytes())
    return Wsdl(wsdl_version(text), lambda: text)


@cache
def key_pair() -> tuple[bytes, bytes]:
    """One private key (PEM) and its certificate, which every app with a key pair shares."""
    with tempfile.TemporaryDirectory(prefix="sfmeta-keys-") as folder:
        make_key_pairs(Path(folder), ["shared"])
        return Path(folder, "shared.pem").read_bytes(), Path(folder, "shared.crt").read_bytes()


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="sfmeta-keys-")


@cache
def _keys_for(names: tuple[str, ...]) -> Path:
    """A folder in which each of these apps finds the one key pair, so that none is made."""
    key, certificate = key_pair()
    folder = Path(_folder().name)
    for name in names:
        (folder / f"{name}.pem").write_bytes(key)
        (folder / f"{name}.crt").write_bytes(certificate)
    return folder


_SOAP: list[Any] = []


def _share_soap(client: OrgClient, http: Http) -> None:
    """Gives the client a SOAP side whose WSDL is read already: reading it takes longer than all the rest."""
    soap: MetadataSoap = client._soap
    if not _SOAP:
        _SOAP.append(soap._loaded())
    soap._client = _SOAP[0]
    wire = soap._client.transport
    wire.http = http
    soap._wire = wire
