"""Connected apps and external client apps, and what is attached to them, as the org's tables show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sfmeta.model.inventory import Gap
from sfmeta.ops.audit.reading import Reader
from sfmeta.ops.audit.rows import Row, record_id, text


@dataclass(frozen=True, slots=True)
class AppTables:
    """Rows about apps.

    Attributes:
        connected: ConnectedApplication, data API.
        tooling: ConnectedApplication, Tooling API, by id.
        external: ExternalClientApplication.
        external_policies: ExtlClntAppOauthPlcyCnfg, by the app's id.
        grants: ids of permission sets by the app's id.
        grants_are_known: SetupEntityAccess could be read.
        gaps: what could not be read.
    """

    connected: Sequence[Row] = ()
    tooling: Mapping[str, Row] = field(default_factory=dict)
    external: Sequence[Row] = ()
    external_policies: Mapping[str, Row] = field(default_factory=dict)
    grants: Mapping[str, frozenset[str]] = field(default_factory=dict)
    grants_are_known: bool = True
    gaps: tuple[Gap, ...] = ()


def read_apps(reader: Reader) -> AppTables:
    """Reads them.

    Source: Object Reference, ConnectedApplication and SetupEntityAccess; @salesforce/types 1.7.1 for the Tooling API;
        external client apps as public tools query them, which expect a refusal in some orgs.
    """
    gaps: list[Gap] = []
    connected = reader.table(
        "ConnectedApplication",
        ["Id", "Name", "OptionsAllowAdminApprovedUsersOnly"],
        optional=["CreatedDate"],
    )
    tooling = reader.table_if_any(
        "ConnectedApplication",
        ["Id"],
        optional=["DeveloperName", "SessionPolicyAction", "SessionTimeout", "ApplicationOrg"],
        tooling=True,
    )
    if tooling is None:
        said = "The Tooling API does not show us connected apps: blocks by session policy are not seen"
        gaps.append(Gap("apps-tooling", said))
    external, policies = _external(reader, gaps)
    access = reader.table_if_any(
        "SetupEntityAccess",
        ["ParentId", "SetupEntityId"],
        where="SetupEntityType IN ('ConnectedApplication','ExternalClientApplication')",
    )
    if access is None:
        said = "The org does not show us SetupEntityAccess: who is pre-authorised comes from metadata alone"
        gaps.append(Gap("grants", said))
    return AppTables(
        connected.rows,
        {record_id(row, "Id"): row for row in (tooling.rows if tooling else ())},
        external,
        policies,
        _grants(access.rows if access else ()),
        access is not None,
        tuple(gaps),
    )


def _external(reader: Reader, gaps: list[Gap]) -> tuple[Sequence[Row], dict[str, Row]]:
    table = reader.table_if_any(
        "ExternalClientApplication",
        ["Id", "MasterLabel", "DeveloperName"],
        optional=["DistributionState", "CreatedDate"],
    )
    if table is None:
        gaps.append(Gap("external-apps", "The org has no table of external client apps, or shows us none"))
    if table is None or not table.rows:
        return (), {}
    found = reader.table_if_any(
        "ExtlClntAppOauthPlcyCnfg",
        ["ExternalClientApplicationId", "PermittedUsersPolicyType"],
        optional=[
            "RefreshTokenPolicyType",
            "RefreshTokenValidityPeriod",
            "RefreshTokenValidityUnit",
            "SessionTimeoutInMinutes",
        ],
    )
    if found is None:
        gaps.append(Gap("external-policies", "The org does not show us the policies of external client apps"))
    rows = found.rows if found else ()
    return table.rows, {record_id(row, "ExternalClientApplicationId"): row for row in rows}


def _grants(rows: Sequence[Row]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in rows:
        if text(row, "SetupEntityId"):
            found.setdefault(record_id(row, "SetupEntityId"), set()).add(record_id(row, "ParentId"))
    return {app: frozenset(parents) for app, parents in found.items()}
