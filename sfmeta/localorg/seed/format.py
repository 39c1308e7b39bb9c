"""The seed file: what an org holds before anybody works with it. YAML or JSON; ``sfmeta localorg seed-schema`` has the
JSON Schema, ``acme.yml`` is the worked example.

::

    org:        name, features (see features.py), settings, assumptions (see assumptions.py)
    admin:      the username in the ready file; that user gets the app "sfmeta", pre-authorised, with a JWT key
    profiles:   name as Setup shows it, full_name as metadata spells it, permissions
    permission_sets: name, label, permissions
    users:      username, profile, password, type, permission_sets (a name, or {name, until})
    apps:       label, kind, ownership, keys, permitted_users, who is attached, blocks
    tokens:     which user authorised which app, how often it was used, and its refresh token
    logins:     past rows of LoginHistory
    metadata:   other components: {"Type:FullName": XML}

Passwords and secrets in a seed are made up: a local org listens on loopback only. Real ones never belong in one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Days = Annotated[float, Field(ge=0, description="days before the org was made")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Org(_Part):
    """What the org is."""

    name: str = "Local Org"
    organization_type: Literal["Enterprise Edition", "Developer Edition", "Unlimited Edition"] = "Enterprise Edition"
    features: tuple[str, ...] = ()
    settings: dict[str, bool] = {}
    assumptions: dict[str, bool] = {}


class Profile(_Part):
    """A profile and its permissions."""

    name: str
    full_name: str = Field(default="", description="in metadata, where it differs: Admin for System Administrator")
    license: str = "Salesforce"
    permissions: tuple[str, ...] = ()


class PermissionSet(_Part):
    """A permission set and its permissions."""

    name: str
    label: str = ""
    permissions: tuple[str, ...] = ()


class Assigned(_Part):
    """A permission set that a user has for a time."""

    name: str
    until: datetime


class User(_Part):
    """A user."""

    username: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    profile: str
    password: str = ""
    first_name: str = ""
    last_name: str = ""
    type: str = Field(default="Standard", description="User.UserType; all but Standard are customers or partners")
    active: bool = True
    permission_sets: tuple[str | Assigned, ...] = ()


class App(_Part):
    """An OAuth client."""

    label: str
    kind: Literal["connected_app", "external_client_app"] = "connected_app"
    ownership: Literal["owned", "installed", "uninstalled"] = Field(
        default="owned", description="defined here; defined elsewhere and installed here; only known through its tokens"
    )
    developer_name: str = Field(default="", description="made from the label unless given")
    consumer_key: str = ""
    consumer_secret: str = ""
    certificate: str = Field(default="", description="PEM; for JWT bearer")
    key_pair: bool = Field(
        default=False, description="make a key and a certificate; the key lands in DIR/keys/<name>.pem"
    )
    callback_url: str = "https://localhost/callback"
    contact_email: str = "admin@example.com"
    scopes: tuple[str, ...] = ("Api", "RefreshToken")
    permitted_users: Literal["everyone", "admin_approved"] = "everyone"
    profiles: tuple[str, ...] = ()
    permission_sets: tuple[str, ...] = ()
    refresh_token: str = Field(default="", description="as ConnectedApp metadata spells it: specific_lifetime:7:DAYS")
    client_credentials_user: str = ""
    blocked: Literal["", "block_list", "policy"] = ""


class Token(_Part):
    """An authorisation that a user gave an app."""

    user: str
    app: str = Field(description="the app's label")
    uses: int = Field(default=1, ge=0)
    created_days_ago: Days = 30
    last_used_days_ago: Days = 1
    refresh_token: str = ""


class Login(_Part):
    """Past logins."""

    user: str
    via: Literal["soap", "oauth"] = "oauth"
    app: str = ""
    status: str = "Success"
    days_ago: Days = 1
    count: int = Field(default=1, ge=1, description="one a day, going back")


class Seed(_Part):
    """A whole seed."""

    org: Org = Org()
    admin: str = ""
    profiles: tuple[Profile, ...] = ()
    permission_sets: tuple[PermissionSet, ...] = ()
    users: tuple[User, ...] = ()
    apps: tuple[App, ...] = ()
    tokens: tuple[Token, ...] = ()
    logins: tuple[Login, ...] = ()
    metadata: dict[str, str] = {}


def seed_json_schema() -> dict[str, Any]:
    """The JSON Schema of a seed, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Seed.model_json_schema()}
