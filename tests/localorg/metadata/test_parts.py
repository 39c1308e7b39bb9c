"""Components in another's file have messages of their own."""

from __future__ import annotations

from typing import Any

from tests.localorg.metadata.conftest import package_xml, xml

_HEAD = (
    "<deploymentStatus>Deployed</deploymentStatus>{fields}<label>Thing</label>{views}"
    "<nameField><label>Name</label><type>Text</type></nameField><pluralLabel>Things</pluralLabel>"
    "<sharingModel>ReadWrite</sharingModel>"
)


def thing(sizes: dict[str, int], view: str = "") -> dict[str, str]:
    """An object with text fields of these lengths, and perhaps a list view."""
    fields = "".join(
        f"<fields><fullName>{name}</fullName><label>{name}</label><length>{size}</length><type>Text</type></fields>"
        for name, size in sizes.items()
    )
    views = view and (
        f"<listViews><fullName>{view}</fullName><filterScope>Everything</filterScope><label>{view}</label></listViews>"
    )
    return {
        "package.xml": package_xml({"CustomObject": ("Thing__c",)}),
        "objects/Thing__c.object": xml("CustomObject", _HEAD.format(fields=fields, views=views)),
    }


def told(outcome: Any) -> dict[tuple[str, str], str]:
    """What became of each component by type and name."""
    found = {}
    for message in outcome.successes:
        one = {name: "".join(values) for name, values in message.items()}
        if one["componentType"]:
            assert one["fileName"] == "objects/Thing__c.object"
            flags = [flag for flag in ("created", "changed", "deleted") if one[flag] == "true"]
            found[one["componentType"], one["fullName"]] = flags[0] if flags else "as it was"
    return found


def test_each_is_created_changed_or_as_it_was(api: Any) -> None:
    first = api.deploy(thing({"A__c": 10, "B__c": 10}, view="All"))
    assert told(first) == {
        ("CustomField", "Thing__c.A__c"): "created",
        ("CustomField", "Thing__c.B__c"): "created",
        ("ListView", "Thing__c.All"): "created",
        ("CustomObject", "Thing__c"): "created",
    }
    assert (first["numberComponentsDeployed"], first["numberComponentsTotal"]) == ("4", "4")

    second = api.deploy(thing({"A__c": 10, "B__c": 20, "C__c": 5}))
    assert told(second) == {
        ("CustomField", "Thing__c.A__c"): "as it was",
        ("CustomField", "Thing__c.B__c"): "changed",
        ("CustomField", "Thing__c.C__c"): "created",
        ("CustomObject", "Thing__c"): "changed",
    }


def test_labels_carry_no_parents_name(api: Any) -> None:
    label = "<labels><fullName>Hello</fullName><language>en_US</language><protected>false</protected>"
    label += "<shortDescription>Hello</shortDescription><value>Hello</value></labels>"
    files = {
        "package.xml": package_xml({"CustomLabels": ("CustomLabels",)}),
        "labels/CustomLabels.labels": xml("CustomLabels", label),
    }
    outcome = api.deploy(files)
    names = {("".join(one["componentType"]), "".join(one["fullName"])) for one in outcome.successes}
    assert {("CustomLabel", "Hello"), ("CustomLabels", "CustomLabels")} <= names
