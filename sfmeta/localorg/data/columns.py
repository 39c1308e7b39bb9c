"""What a field of a record is in SQL: a value of the row's JSON, or computed from it.

An expression names the row by ``{0}``: an alias of something with the columns ``id`` and ``fields``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.localorg.data.schema import Field, SObject

NOW = ":now"
"""Where an expression compares with the org's time."""

SESSION = ":session"
"""Where an expression compares with what is kept of the caller's session id."""

OWN_APPS = "('ConnectedApplication', 'ExternalClientApplication')"


def stored(name: str) -> str:
    """The value that the row itself holds."""
    return f"json_extract({{0}}.fields, '$.{name}')"


def column(sobject: SObject, field: Field, alias: str, *, joined: bool) -> str:
    """A field of the row with that alias.

    Args:
        sobject: the row's table.
        field: one of its fields.
        alias: the row's.
        joined: the row may be missing; then there is no value, not the default one.
    """
    if field.name == "Id":
        return f"{alias}.id"
    expression = _expression(sobject.name, field).format(alias)
    guarded = joined and (field.default is not None or (sobject.name, field.name) in _COMPUTED)
    return f"CASE WHEN {alias}.id IS NOT NULL THEN {expression} END" if guarded else expression


def shown(sobject: SObject, field: Field, alias: str, *, joined: bool) -> str:
    """A field as a record shows it."""
    if sobject.name == "OauthToken" and field.name == "Id":
        # the object reference: reserved, always null
        return "NULL"
    return column(sobject, field, alias, joined=joined)


def _expression(sobject: str, field: Field) -> str:
    computed = _COMPUTED.get((sobject, field.name)) or _audit(field.name)
    if computed:
        return computed
    if field.name.startswith("Permissions"):
        if sobject == "PermissionSet":
            return _PERMISSION_OF_SET.format("{0}", field=stored(field.name), name=field.name)
        if sobject == "Profile":
            return _PERMISSION_OF_PROFILE.format("{0}", name=field.name)
    if field.default is None:
        return stored(field.name)
    return f"coalesce({stored(field.name)}, {_literal(field.default)})"


def _literal(value: str | int | float | bool) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(int(value)) if isinstance(value, bool) else str(value)


def _audit(name: str) -> str:
    """What was never changed was changed last when it was made."""
    if name == "LastModifiedDate":
        return f"coalesce({stored(name)}, {stored('CreatedDate')})"
    if name == "SystemModstamp":
        return f"coalesce({stored(name)}, {stored('LastModifiedDate')}, {stored('CreatedDate')})"
    if name == "LastModifiedById":
        return f"coalesce({stored(name)}, {stored('CreatedById')})"
    return ""


# a group's row holds no permissions of its own: it has what its members have and none of its muting sets takes away
_PERMISSION_OF_SET = (
    "CASE WHEN json_extract({0}.fields, '$.PermissionSetGroupId') IS NULL THEN coalesce({field}, 0) ELSE "
    + " AND ".join(
        f"{exists} (SELECT 1 FROM record part JOIN record member "
        "ON member.id = json_extract(part.fields, '$.PermissionSetId') "
        f"AND member.sobject = '{kind}' WHERE part.sobject = 'PermissionSetGroupComponent' "
        "AND json_extract(part.fields, '$.PermissionSetGroupId') = json_extract({0}.fields, '$.PermissionSetGroupId') "
        "AND json_extract(member.fields, '$.{name}'))"
        for exists, kind in (("EXISTS", "PermissionSet"), ("NOT EXISTS", "MutingPermissionSet"))
    )
    + " END"
)
_PERMISSION_OF_PROFILE = (
    "coalesce((SELECT json_extract(own.fields, '$.{name}') FROM record own WHERE own.sobject = 'PermissionSet' "
    "AND json_extract(own.fields, '$.ProfileId') = {0}.id LIMIT 1), 0)"
)
_POLICY = "json_extract({0}.fields, '$.RefreshTokenPolicy')"
# specific_lifetime:7:DAYS; the unit is not shown (Object Reference, ConnectedApplication)
_POLICY_AMOUNT = (
    f"CASE WHEN {_POLICY} LIKE 'specific%' THEN CAST(substr({_POLICY}, instr({_POLICY}, ':') + 1) AS INTEGER) END"
)
_COMPUTED: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("User", "Name"): f"trim(coalesce({stored('FirstName')} || ' ', '') || coalesce({stored('LastName')}, ''))",
        (
            "PermissionSet",
            "Type",
        ): f"coalesce({stored('Type')}, CASE WHEN {stored('IsOwnedByProfile')} THEN 'Profile' ELSE 'Regular' END)",
        (
            "PermissionSetAssignment",
            "IsActive",
        ): f"({stored('ExpirationDate')} IS NULL OR {stored('ExpirationDate')} > {NOW})",
        ("ConnectedApplication", "RefreshTokenValidityPeriod"): _POLICY_AMOUNT,
        (
            "ConnectedApplication",
            "OptionsRefreshTokenValidityMetric",
        ): f"coalesce({_POLICY} LIKE 'specific_inactivity%', 0)",
        ("ConnectedApplication", "OptionsHasSessionLevelPolicy"): f"({stored('SessionPolicyAction')} IS NOT NULL)",
        # an app that is not installed has no entry in the menu
        ("OauthToken", "AppMenuItemId"): "CASE WHEN EXISTS (SELECT 1 FROM record app WHERE app.id = "
        f"{stored('AppId')} AND app.sobject IN {OWN_APPS}) THEN menu_item_id({stored('AppId')}) END",
        ("AuthSession", "IsCurrent"): f"coalesce({stored('Token')} = {SESSION}, 0)",
        ("AuthSession", "LastModifiedDate"): f"coalesce({stored('LastUsedDate')}, {stored('CreatedDate')})",
        ("AuthSession", "UserType"): "coalesce((SELECT json_extract(who.fields, '$.UserType') FROM record who "
        f"WHERE who.id = {stored('UsersId')}), 'Standard')",
    }
)
