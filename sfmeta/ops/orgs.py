"""Orgs: add one (by logging in), list, show, remove, choose the default, and connect."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sfmeta.errors import GuardRefused, UsageError
from sfmeta.model.outcome import OrgInfo
from sfmeta.model.secret import Secret
from sfmeta.ops.logins import LOGINS, AddOrg, InFile, InVariable, check_complete, flow_of, taken_apart
from sfmeta.workspace.orgs import OrgRecord, OrgRegistry, Orgs, check_alias
from sfmeta.workspace.secrets import Place, SecretRef, Vault, read_secret_file

if TYPE_CHECKING:
    # the wire costs 140 ms of import; list, show, use and remove do without it
    from sfmeta.org.client import OrgClient
    from sfmeta.org.session import Session
    from sfmeta.org.soap import Wsdl

# the words of a request belong to this module's face
__all__ = [
    "LOGINS",
    "AddOrg",
    "Added",
    "InFile",
    "InVariable",
    "Workshop",
    "add",
    "connect",
    "list_orgs",
    "remove",
    "show",
    "use",
]


@dataclass(frozen=True, slots=True)
class Workshop:
    """What these verbs work with.

    Attributes:
        registry: of orgs.
        vault: for their secrets.
        environ: the environment, as the command line hands it in.
        wsdl: what to speak by.
    """

    registry: OrgRegistry
    vault: Vault
    environ: Mapping[str, str] = field(repr=False)
    wsdl: Wsdl


@dataclass(frozen=True, slots=True)
class Added:
    """An org that was added.

    Attributes:
        record: what was kept.
        info: what the org said about itself.
    """

    record: OrgRecord
    info: OrgInfo

    @property
    def kept(self) -> Mapping[str, str]:
        """Where each secret lies, in words ("the system keyring")."""
        return {name: str(ref) for name, ref in self.record.secrets.items()}


def add(request: AddOrg, work: Workshop) -> Added:
    """Logs in once to prove it, then keeps the org. If anything fails, nothing is kept.

    Raises:
        UsageError: something is missing, or does not belong.
        GuardRefused: the alias stands for another org.
        LoginRefused, OrgUnreachable, OrgRefused: the login does not work.
    """
    from sfmeta.org.client import OrgClient
    from sfmeta.org.http import HttpSettings

    check_alias(request.alias)
    request = taken_apart(request)
    settings = {name: value for name, value in request.settings.items() if value}
    check_complete(request, settings)
    values = {name: _value(given, work) for name, given in request.secrets.items()}
    rotated: list[Secret] = []
    org = OrgClient.connect(
        flow_of(request.login, settings, values, work.environ),
        work.wsdl,
        settings=HttpSettings.from_environ(work.environ),
        on_login=lambda session: rotated.append(session.refresh_token) if session.refresh_token else None,
    )
    info = org.info
    org.close()
    if rotated and "refresh_token" in values:
        values["refresh_token"] = rotated[-1]
    before = work.registry.all().records.get(request.alias)
    if before is not None and before.org_id != info.id:
        raise GuardRefused(
            f"{request.alias} stands for another org, {before.name} ({before.org_id}); this one is {info.id}",
            f"Take another alias, or first: sfmeta org remove {request.alias}",
            "ORG_CHANGED",
        )
    refs: dict[str, SecretRef] = {}
    try:
        for name, given in request.secrets.items():
            refs[name] = _keep(name, given, values[name], work.vault)
        record = OrgRecord(
            alias=request.alias,
            login=request.login,
            instance_url=info.instance_url,
            username=info.username,
            org_id=info.id,
            name=info.name,
            organization_type=info.organization_type,
            is_sandbox=info.is_sandbox,
            settings=settings,
            secrets=refs,
        )
        work.registry.save(record, make_default=request.make_default)
    except BaseException:
        _forget(refs, work.vault)
        raise
    if before is not None:
        _forget(before.secrets, work.vault)
    return Added(record, info)


def list_orgs(registry: OrgRegistry) -> Orgs:
    """Every org that was added, and the default."""
    return registry.all()


def show(registry: OrgRegistry, alias: str) -> OrgRecord:
    """One org; "" for the default."""
    return registry.find(alias)


def use(registry: OrgRegistry, alias: str) -> None:
    """Chooses the default org."""
    registry.use(alias)


def remove(registry: OrgRegistry, vault: Vault, alias: str) -> OrgRecord:
    """Forgets an org and deletes its stored secrets; variables and files of the user's stay."""
    record = registry.remove(alias)
    _forget(record.secrets, vault)
    return record


def connect(alias: str, work: Workshop) -> OrgClient:
    """Logs in to an org that was added.

    Args:
        alias: "" for ``SFMETA_TARGET_ORG``, then the default org.
        work: registry, vault, environment and WSDL.

    Raises:
        UnknownOrg: there is none of that name.
        UsageError: its variable is not set.
        GuardRefused: another org answers than the one that was added.
        LoginRefused, OrgUnreachable, OrgRefused: no way in.
    """
    from sfmeta.org.client import OrgClient
    from sfmeta.org.http import HttpSettings

    record = work.registry.find(alias or work.environ.get("SFMETA_TARGET_ORG", ""))
    values = {name: _value(ref, work) for name, ref in record.secrets.items()}

    def keep_rotated(session: Session) -> None:
        ref = record.secrets.get("refresh_token")
        if session.refresh_token is not None and ref is not None and ref.place in (Place.KEYRING, Place.PRIVATE_FILE):
            # under the same key; should the keyring be gone meanwhile, the registry learns the new place
            kept = work.vault.put(ref.name, session.refresh_token)
            if kept != ref:
                work.registry.save(replace(record, secrets={**record.secrets, "refresh_token": kept}))

    return OrgClient.connect(
        flow_of(record.login, record.settings, values, work.environ),
        work.wsdl,
        settings=HttpSettings.from_environ(work.environ),
        expected=record.org_id,
        on_login=keep_rotated,
    )


def _value(given: Secret | InVariable | InFile | SecretRef, work: Workshop) -> Secret:
    """The secret itself, from wherever it lies."""
    if isinstance(given, Secret):
        return given
    if isinstance(given, InVariable) or (isinstance(given, SecretRef) and given.place is Place.ENV):
        if not work.environ.get(given.name):
            raise UsageError(f"the variable {given.name} is not set", "Set it to the secret, or add the org again")
        return Secret(work.environ[given.name].strip())
    if isinstance(given, InFile):
        return read_secret_file(given.path)
    if given.place is Place.PATH:
        return read_secret_file(Path(given.name))
    return work.vault.get(given)


def _keep(name: str, given: Secret | InVariable | InFile, value: Secret, vault: Vault) -> SecretRef:
    if isinstance(given, InVariable):
        return SecretRef(Place.ENV, given.name)
    if isinstance(given, InFile):
        return SecretRef(Place.PATH, str(given.path.absolute()))
    # a key of its own, so that two configuration folders with the same alias share one keyring in peace
    return vault.put(f"{randomness.token_hex(8)}.{name}", value)


def _forget(refs: Mapping[str, SecretRef], vault: Vault) -> None:
    for ref in refs.values():
        vault.delete(ref)
