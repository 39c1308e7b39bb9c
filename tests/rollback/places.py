"""What the tests write into an org, and hypothesis strategies for it."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.rollback.documents import File, Place, kind_of, list_of


@dataclass(frozen=True)
class Slot:
    """A place, what may stand there, and whether something must."""

    place: Place
    values: tuple[str, ...]
    required: bool = False


def _permission(name: str) -> Slot:
    return Slot((f"userPermissions[{name}]", "enabled"), ("true", "false"))


def _one(*place: str, values: tuple[str, ...], required: bool = False) -> Slot:
    return Slot(place, values, required)


SLOTS: dict[str, tuple[Slot, ...]] = {
    "PermissionSet": (
        _one("label", values=("One", "Two"), required=True),
        _one("description", values=("d1", "d2")),
        _permission("ApiEnabled"),
        _permission("ViewSetup"),
        _one("classAccesses[Job]", "enabled", values=("true",)),
    ),
    "Profile": (
        _one("description", values=("d1", "d2")),
        _permission("ApiEnabled"),
        _permission("ViewSetup"),
        Slot(("classAccesses[Job]", "enabled"), ("true", "false")),
        _one("loginHours", "mondayStart", values=("60", "120")),
        _one("loginHours", "mondayEnd", values=("480", "600")),
        _one("loginIpRanges[10.0.0.1, 10.0.0.9]", values=("",)),
        _one("loginIpRanges[10.0.1.1, 10.0.1.9]", "description", values=("lab",)),
    ),
    "ConnectedApp": (
        _one("label", values=("Billing",), required=True),
        _one("contactEmail", values=("a@example.com", "b@example.com"), required=True),
        _one("description", values=("d1", "d2")),
        _one("startUrl", values=("https://a", "https://b")),
        _one("oauthConfig", "callbackUrl", values=("https://x", "https://y"), required=True),
        _one("oauthConfig", "scopes[Api]", values=("Api",)),
        _one("oauthConfig", "scopes[Web]", values=("Web",)),
        _one("oauthConfig", "isAdminApproved", values=("true", "false")),
        _one("oauthPolicy", "ipRelaxation", values=("ENFORCE", "BYPASS")),
        _one("oauthPolicy", "refreshTokenPolicy", values=("infinite", "zero")),
        _one("sessionPolicy", "policyAction", values=("Block", "RaiseSessionLevel")),
        _one("ipRanges[10.0.0.1, 10.0.0.9]", values=("",)),
        _one("ipRanges[10.0.1.1, 10.0.1.9]", "description", values=("lab",)),
        _one("profileName[Standard]", values=("Standard",)),
        _one("permissionSetName[Allow_A]", values=("Allow_A",)),
        _one("permissionSetName[Allow_B]", values=("Allow_B",)),
    ),
    "ExtlClntAppOauthConfigurablePolicies": (
        _one("permittedUsersPolicyType", values=("AllSelfAuthorized", "AdminApprovedPreAuthorized"), required=True),
        _one("commaSeparatedPermissionSet", values=("Allow_A", "Allow_B", "Allow_A,Allow_B")),
        _one("refreshTokenPolicyType", values=("Infinite", "Zero")),
        _one("sessionTimeoutInMinutes", values=("15", "30")),
    ),
    "Settings": (
        _one("blockOAuthUnPwFlow", values=("true", "false")),
        _one("blockOAuthUsrAgtFlow", values=("true", "false")),
        _one("isPkceRequired", values=("true", "false")),
    ),
}
CLEARABLE = {"Profile": ("loginHours",), "ConnectedApp": ("permissionSetName", "profileName")}

SETS = ("PermissionSet:Allow_A", "PermissionSet:Allow_B")
APPS = ("ConnectedApp:Billing", "ConnectedApp:Sync")
COMPONENTS = (
    *SETS,
    *APPS,
    "Profile:Integration",
    "ExtlClntAppOauthConfigurablePolicies:Portal_oauthPlcy",
    "Settings:OauthOidc",
)


def files_of(component: str) -> st.SearchStrategy[File]:
    slots = SLOTS[kind_of(component)]
    values = st.tuples(*(st.sampled_from(slot.values if slot.required else (None, *slot.values)) for slot in slots))
    cleared = st.sets(st.sampled_from(CLEARABLE.get(kind_of(component), ("",))))

    def made(drawn: tuple[tuple[str | None, ...], set[str]]) -> File:
        found, gone = drawn
        doc = {slot.place: value for slot, value in zip(slots, found, strict=True) if value is not None}
        if kind_of(component) == "ConnectedApp":
            # a label is an app's name
            doc["label",] = component.partition(":")[2]
        said = {list_of(place[0]) for place in doc}
        return File(component, tuple(doc.items()), frozenset((name,) for name in gone - said if name))

    return st.tuples(values, cleared).map(made)


files = st.sampled_from(COMPONENTS).flatmap(files_of)


@dataclass(frozen=True)
class Edit:
    """A change by hand in the org: one value, or none."""

    component: str
    place: Place
    value: str | None


def _edits_of(component: str) -> st.SearchStrategy[Edit]:
    slots = SLOTS[kind_of(component)]

    def made(slot: Slot) -> st.SearchStrategy[Edit]:
        values = slot.values if slot.required else (None, *slot.values)
        return st.sampled_from([Edit(component, slot.place, value) for value in values])

    return st.sampled_from([slot for slot in slots if slot.place != ("label",) or component in SETS]).flatmap(made)


edits = st.sampled_from(COMPONENTS).flatmap(_edits_of)
