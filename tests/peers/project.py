"""A Salesforce DX project as a stranger has it: nothing of sfmeta in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

PERMISSION_SET = """<?xml version="1.0" encoding="UTF-8"?>
<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata">
    <description>{description}</description>
    <hasActivationRequired>false</hasActivationRequired>
    <label>{label}</label>
    <userPermissions>
        <enabled>true</enabled>
        <name>{permission}</name>
    </userPermissions>
</PermissionSet>
"""
_CLASS = """<?xml version="1.0" encoding="UTF-8"?>
<ApexClass xmlns="http://soap.sforce.com/2006/04/metadata">
    <apiVersion>63.0</apiVersion>
    <status>Active</status>
</ApexClass>
"""


def manifest(members: dict[str, list[str]], version: str = "63.0") -> str:
    """The text of a package.xml or destructiveChanges.xml."""
    types = "".join(
        "    <types>\n"
        + "".join(f"        <members>{name}</members>\n" for name in names)
        + f"        <name>{type_name}</name>\n    </types>\n"
        for type_name, names in members.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Package xmlns="http://soap.sforce.com/2006/04/metadata">\n'
        f"{types}    <version>{version}</version>\n</Package>\n"
    )


def permission_set(name: str, *, description: str = "one", permission: str = "ApiEnabled") -> str:
    """The text of a permission set."""
    return PERMISSION_SET.format(description=description, label=name.replace("_", " "), permission=permission)


@dataclass(frozen=True)
class Project:
    """A folder in which sf works.

    Attributes:
        root: where ``sfdx-project.json`` is.
    """

    root: Path

    @classmethod
    def create(cls, root: Path) -> Project:
        """A new one, empty."""
        made = cls(root)
        made.write(
            "sfdx-project.json", json.dumps({"packageDirectories": [{"path": "app"}], "sourceApiVersion": "63.0"})
        )
        (root / "app").mkdir()
        return made

    def write(self, path: str, text: str) -> Path:
        """Puts a file into the folder."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def text(self, path: str) -> str:
        """What a file of the folder holds."""
        return (self.root / path).read_text(encoding="utf-8")

    def permission_set(self, name: str, *, description: str = "one", permission: str = "ApiEnabled") -> Path:
        """Puts a permission set into the package directory."""
        text = permission_set(name, description=description, permission=permission)
        return self.write(f"app/main/default/permissionsets/{name}.permissionset-meta.xml", text)

    def apex(self, name: str, body: str, *, is_test: bool = False) -> Path:
        """Puts an Apex class into the package directory."""
        self.write(f"app/main/default/classes/{name}.cls-meta.xml", _CLASS)
        head = "@IsTest\nprivate" if is_test else "public"
        return self.write(f"app/main/default/classes/{name}.cls", f"{head} class {name} {{\n    {body}\n}}\n")
