"""Lives of an org in which a rollback once broke its law, as small as they could be made."""

from __future__ import annotations

import pytest

from sfmeta.model.records import RecordId, RecordKind
from sfmeta.ops.rollback import Side
from tests.rollback.documents import File
from tests.rollback.places import Edit
from tests.rollback.recipe import Recipe
from tests.rollback.steps import Back, Delete, Deploy, Drift, Drop, Grant, Make, Trouble


def file(component: str, *places: tuple[str, str]) -> File:
    return File(component, tuple((tuple(place.split("/")), value) for place, value in places))


def allow(name: str, label: str = "One") -> File:
    return file(f"PermissionSet:Allow_{name}", ("label", label))


def app(*places: tuple[str, str]) -> File:
    needed = (("label", "Billing"), ("contactEmail", "a@example.com"), ("oauthConfig/callbackUrl", "https://x"))
    return file("ConnectedApp:Billing", *needed, *places)


FOREIGN = RecordId(RecordKind.APP_ACCESS, "Allow_B", "ConnectedApplication/Foreign")
ADA = RecordId(RecordKind.ASSIGNMENT, "Allow_B", "ada@example.com")
GRANTED = ("permissionSetName[Allow_B]", "Allow_B")

FOUND = {
    "a grant that a deployment wrote on a permission set which it did not deploy is taken back": Recipe(
        (allow("B"),), (Grant(ADA, "", by_hand=False), Back())
    ),
    "what somebody changed between two deployments that are undone is not undone with them": Recipe(
        (app(("description", "d1")),),
        (
            Deploy((app(("startUrl", "https://a")),)),
            Drift(Edit("ConnectedApp:Billing", ("description",), "d2")),
            Deploy((app(("startUrl", "https://b")),)),
            Back(1),
        ),
    ),
    "where nothing else changed, what cannot be taken away is a loss, too": Recipe(
        (file("Settings:OauthOidc", ("isPkceRequired", "true")),),
        (Deploy((file("Settings:OauthOidc", ("blockOAuthUnPwFlow", "true")),)), Back()),
    ),
    "where both touch what cannot be taken away, it is a conflict": Recipe(
        (file("Settings:OauthOidc", ("isPkceRequired", "true")),),
        (
            Deploy((file("Settings:OauthOidc", ("blockOAuthUnPwFlow", "true")),)),
            Drift(Edit("Settings:OauthOidc", ("blockOAuthUnPwFlow",), None)),
            Drift(Edit("Settings:OauthOidc", ("blockOAuthUnPwFlow",), "true")),
            Back(),
        ),
    ),
    "a deletion of what could not be read is a loss": Recipe(
        (allow("B"),), (Delete("PermissionSet:Allow_B", Trouble("unreadable", "PermissionSet:Allow_B")), Back())
    ),
    "an app that somebody opened with a permission set which goes is named": Recipe(
        (app(),),
        (
            Deploy((allow("B"),)),
            Drift(Edit("ConnectedApp:Billing", ("permissionSetName[Allow_B]",), "Allow_B")),
            Back(side=Side.OURS),
        ),
    ),
    "a file that is sent grants nothing to a permission set which goes with it": Recipe(
        (app(),),
        (
            Deploy((allow("B"), app(("startUrl", "https://a")))),
            Drift(Edit("ConnectedApp:Billing", ("permissionSetName[Allow_B]",), "Allow_B")),
            Back(side=Side.OURS),
        ),
    ),
    "a grant on a permission set that somebody deleted is a loss": Recipe(
        (allow("B"),), (Grant(ADA, "", by_hand=False), Back(), Drop("PermissionSet:Allow_B"), Back())
    ),
    "a grant that went with a permission set comes back in the app's file, where that is sent": Recipe(
        (allow("B"), app(GRANTED)),
        (Delete("PermissionSet:Allow_B"), Deploy((app(("contactEmail", "b@example.com")),)), Back(1)),
    ),
    "a permission set made anew is somebody's": Recipe(
        (allow("B"),),
        (Delete("PermissionSet:Allow_B"), Make(allow("B", "Two")), Back(side=Side.OURS), Back(side=Side.OURS)),
    ),
    "what stays of a permission set that somebody made anew, and a deployment changed after that, is named": Recipe(
        (allow("B"),),
        (
            Delete("PermissionSet:Allow_B"),
            Make(file("PermissionSet:Allow_B", ("label", "Two"), ("classAccesses[Job]/enabled", "true"))),
            Deploy(
                (
                    file(
                        "PermissionSet:Allow_B",
                        ("label", "Two"),
                        ("classAccesses[Job]/enabled", "true"),
                        ("userPermissions[ViewSetup]/enabled", "true"),
                    ),
                )
            ),
            Back(1, side=Side.OURS),
        ),
    ),
    "two who change different values of one block do not meet, also where the block goes with the last of them": Recipe(
        (file("Profile:Integration", ("loginHours/mondayEnd", "600")),),
        (
            Deploy((file("Profile:Integration", ("loginHours/mondayStart", "120")),)),
            Drift(Edit("Profile:Integration", ("loginHours", "mondayStart"), None)),
            Back(),
        ),
        omission_clears=True,
    ),
    "a value of a block that somebody changed stays, also where the block comes back with another": Recipe(
        (file("Profile:Integration", ("loginHours/mondayStart", "60"), ("loginHours/mondayEnd", "600")),),
        (
            Deploy((file("Profile:Integration", ("loginHours/mondayStart", "60")),)),
            Drift(Edit("Profile:Integration", ("loginHours", "mondayStart"), None)),
            Back(),
        ),
        omission_clears=True,
    ),
    "an app is not opened to a permission set that an earlier deployment opened it to": Recipe(
        (allow("B"), app()),
        (Deploy((app(GRANTED),)), Delete("PermissionSet:Allow_B"), Back(1)),
    ),
    "a grant that an app's file took and a permission set's deletion met is what it was before both": Recipe(
        (allow("B"), app(GRANTED)),
        (
            Deploy((allow("B", "Two"),)),
            Deploy((File("ConnectedApp:Billing", app().doc, frozenset({("permissionSetName",)})),)),
            Back(1),
        ),
    ),
    "a grant that came again with its permission set, on an app that stays, is a conflict": Recipe(
        (),
        (
            Deploy((allow("B"), app(GRANTED)), everything=True),
            Drop("PermissionSet:Allow_B"),
            Deploy((app(GRANTED),), everything=True),
            Back(2),
        ),
    ),
    "an app that nobody knows what it was is not opened by its permission set's records": Recipe(
        (allow("B"), app()),
        (
            Deploy((app(GRANTED),), trouble=Trouble("unreadable", "ConnectedApp:Billing")),
            Deploy((allow("B", "Two"), app(GRANTED))),
            Deploy((File("ConnectedApp:Billing", app().doc, frozenset({("permissionSetName",)})),)),
            Back(2),
        ),
    ),
    "a grant that a deployment took is named, where its permission set was made anew since and goes": Recipe(
        (allow("B"),),
        (
            Grant(ADA, "", by_hand=False),
            Back(),
            Drop("PermissionSet:Allow_B"),
            Deploy((allow("B"),), everything=True),
            Back(1),
        ),
    ),
    "an app's grants before a deployment of something else are those that the next one met": Recipe(
        (allow("A"), allow("B"), app(GRANTED)),
        (
            Delete("PermissionSet:Allow_A"),
            Delete("PermissionSet:Allow_B"),
            Back(1, side=Side.OURS, trouble=Trouble("records")),
            Deploy((allow("B"), app(GRANTED)), everything=True),
            Back(3, side=Side.THEIRS),
        ),
    ),
    "grants that somebody took with a permission set are shown as kept": Recipe(
        (allow("B"), app(GRANTED)),
        (Grant(FOREIGN, "", by_hand=False), Drop("PermissionSet:Allow_B"), Deploy((allow("B", "Two"),)), Back(1)),
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_a_life_that_once_broke_the_law(name: str) -> None:
    FOUND[name].live()
