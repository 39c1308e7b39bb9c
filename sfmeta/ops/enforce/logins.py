"""Who gets in, tried and not believed: sfmeta itself and the canaries, each by a fresh login and one call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sfmeta.errors import SfmetaError
from sfmeta.ops.orgs import Workshop, connect
from sfmeta.workspace.orgs import OrgRecord

if TYPE_CHECKING:
    from sfmeta.model.names import OrgId
    from sfmeta.org.client import OrgClient

RENEWING = ("jwt", "client-credentials", "refresh-token", "auth-url")
"""Kinds of login that get a session of their own each time: an access token or the login of another tool proves
nothing about the next one, and SOAP login() is shut out by the first box."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One login that was tried.

    Attributes:
        username: whose.
        alias: which login of ``sfmeta org list``.
        trouble: why it does not work, "" where it does.
    """

    username: str
    alias: str
    trouble: str = ""

    @property
    def works(self) -> bool:
        """It got in, and a call was answered."""
        return not self.trouble


@dataclass(frozen=True, slots=True)
class Doors:
    """The logins that this user has stored for one org.

    Attributes:
        work: registry, vault, environment and WSDL.
        own: alias of the login that sfmeta itself comes through.
        org_id: the org that has to answer.
    """

    work: Workshop
    own: str
    org_id: OrgId

    @property
    def own_record(self) -> OrgRecord:
        """Its entry in the registry."""
        return self.work.registry.find(self.own)

    def open(self, alias: str = "") -> OrgClient:
        """A new session, asked for now; "" for sfmeta's own way.

        Raises:
            LoginRefused, OrgUnreachable, OrgRefused, GuardRefused, UsageError: no way in.
        """
        return connect(alias or self.own, self.work)

    def of(self, username: str) -> tuple[OrgRecord, ...]:
        """The logins of a user to this org that renew themselves."""
        known = self.work.registry.all().records.values()
        return tuple(
            record
            for record in known
            if record.org_id == self.org_id
            and record.username.casefold() == username.casefold()
            and record.login in RENEWING
        )

    def prove(self, username: str, alias: str) -> Proof:
        """One fresh login and what it asks of the org, records among that; what goes wrong is the answer."""
        try:
            client = self.open(alias)
        except SfmetaError as error:
            return Proof(username, alias, error.message)
        # the session is left alone: an org may hand out the same one to others (JWT)
        name = client.info.username
        client.close()
        if name.casefold() != username.casefold():
            return Proof(username, alias, f"it logs in as {name}")
        return Proof(username, alias)

    def prove_all(self, usernames: Iterable[str]) -> tuple[Proof, ...]:
        """Sfmeta's own way first, then every login of every canary."""
        own = self.own_record
        proofs = [self.prove(own.username, own.alias)]
        for username in usernames:
            found = self.of(username)
            if not found:
                proofs.append(Proof(username, "", "no login of this user is stored here any more"))
            proofs += [self.prove(username, record.alias) for record in found]
        return tuple(proofs)


def troubles(proofs: Sequence[Proof]) -> str:
    """Those that do not work, in one sentence; "" where all do."""
    return "; ".join(f"{one.username} ({one.alias or 'no login'}): {one.trouble}" for one in proofs if not one.works)
