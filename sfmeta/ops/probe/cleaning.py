"""Taking away what a probe made, by the names that its journal holds. Nothing else is ever deleted.

Everything is looked up first, because a killed run may have noted more than it made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sfmeta.access.file_index import SATELLITES
from sfmeta.errors import NotSent, OrgRefused, SfmetaError
from sfmeta.model.names import ComponentId, TypeName
from sfmeta.model.outcome import JobStatus
from sfmeta.ops.ports import Tools
from sfmeta.ops.probe.deploying import deploy, why
from sfmeta.ops.probe.port import ProbeOrg
from sfmeta.org.soql import field_of, quoted
from sfmeta.workspace.journal import Journal

_QUIET_S = 300.0
_LOOK_EVERY_S = 3.0


def take_away(org: ProbeOrg, tools: Tools, journal: Journal, things: Iterable[str]) -> tuple[str, ...]:
    """Deletes things of the journal, the youngest first.

    Args:
        org: where they are.
        tools: the clock, progress and scratch space.
        journal: told of everything that is gone.
        things: as the journal names them.

    Returns:
        What is still there, each with the org's words.

    Raises:
        NotSent: the org cannot be reached any more.
    """
    left = []
    for thing in reversed(tuple(things)):
        kind, _, name = thing.partition(":")
        try:
            _TAKERS[kind](org, tools, name)
        except NotSent:
            raise
        except SfmetaError as error:
            left.append(f"{thing} ({error.message})")
        else:
            journal.gone(thing)
    return tuple(left)


def wait_until_quiet(org: ProbeOrg, tools: Tools) -> None:
    """Waits until no deployment of ours runs: a killed probe's last one may still be making things.

    Source: Tooling API, DeployRequest. An org that does not tell is not waited for.
    """
    # what is not final: how the state before the end is spelled differs (Finalizing or FinalizingDeploy)
    final = ", ".join(quoted(status) for status in JobStatus if status.is_final)
    soql = (
        f"SELECT Id FROM DeployRequest WHERE Status NOT IN ({final}) "  # noqa: S608 (quoted)
        f"AND CreatedById = {quoted(org.info.user_id)}"
    )
    began = tools.clock.monotonic()
    try:
        while any(page for page in org.pages(soql, tooling=True)) and tools.clock.monotonic() - began < _QUIET_S:
            tools.clock.sleep(_LOOK_EVERY_S)
    except OrgRefused:
        return


def _permission_set(org: ProbeOrg, _: Tools, name: str) -> None:
    where = f"PermissionSet.Name = {quoted(name)}"
    _delete_all(org, "PermissionSetAssignment", where)
    _delete_all(org, "SetupEntityAccess", f"Parent.Name = {quoted(name)}")
    _delete_all(org, "PermissionSet", f"Name = {quoted(name)}")


def _group(org: ProbeOrg, _: Tools, name: str) -> None:
    _delete_all(org, "PermissionSetAssignment", f"PermissionSetGroup.DeveloperName = {quoted(name)}")
    _delete_all(org, "PermissionSetGroupComponent", f"PermissionSetGroup.DeveloperName = {quoted(name)}")
    _delete_all(org, "PermissionSetGroup", f"DeveloperName = {quoted(name)}")


def _delete_all(org: ProbeOrg, sobject: str, where: str) -> None:
    rows: Sequence[Mapping[str, object]] = list(org.query(f"SELECT Id FROM {sobject} WHERE {where}"))  # noqa: S608
    for row in rows:
        org.delete_record(sobject, str(field_of(row, "Id")))


def _block(org: ProbeOrg, tools: Tools, name: str) -> None:
    _undeploy(org, tools, ("BlacklistedConsumer",), lambda full_name: full_name == name)


def _connected_app(org: ProbeOrg, tools: Tools, name: str) -> None:
    _undeploy(org, tools, ("ConnectedApp",), lambda full_name: full_name == name)


def _external_client_app(org: ProbeOrg, tools: Tools, name: str) -> None:
    # an org may have named satellites in its own way; they begin with the app's name (sfdx-hardis)
    _undeploy(
        org,
        tools,
        (*SATELLITES, "ExternalClientApplication"),
        lambda full_name: full_name == name or full_name.startswith(f"{name}_"),
    )


def _undeploy(org: ProbeOrg, tools: Tools, types: Iterable[str], is_ours: Callable[[str], bool]) -> None:
    wanted = [TypeName(type_name) for type_name in types]
    there = [component for component in org.list_metadata(wanted) if is_ours(component.full_name)]
    if not there:
        return
    outcome = deploy(org, tools, {}, deletions=there)
    still = [component for component in org.list_metadata(wanted) if component in there] if outcome.success else there
    if still:
        raise OrgRefused(f"it was not deleted: {why(outcome)}; delete {_named(still)} in Setup")


def _named(components: Iterable[ComponentId]) -> str:
    return ", ".join(map(str, components))


_TAKERS: Mapping[str, Callable[[ProbeOrg, Tools, str], None]] = {
    "PermissionSet": _permission_set,
    "PermissionSetGroup": _group,
    "BlacklistedConsumer": _block,
    "ConnectedApp": _connected_app,
    "ExternalClientApplication": _external_client_app,
}
