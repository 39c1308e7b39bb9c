"""The ``-meta.xml`` file beside a component's content, checked as any other document."""

from __future__ import annotations

from collections.abc import Iterator

from sfmeta.localorg.metadata.conformity import Conformity
from sfmeta.localorg.metadata.kinds import FOLDERS
from sfmeta.localorg.metadata.problem import Problem
from sfmeta.localorg.metadata.rules.base import problem
from sfmeta.localorg.metadata.rules.table import since
from sfmeta.localorg.metadata.schema import salesforce_schema
from sfmeta.localorg.metadata.xml import XmlError, parse

# Apex is active unless a description says otherwise (emulator-defined; the WSDL requires the element)
_GIVEN = frozenset({"ApexClass", "ApexTrigger"})


def description_problems(type_name: str, full_name: str, content: bytes, api_version: int) -> Iterator[Problem]:
    """What is wrong with a description.

    Args:
        type_name: of the component.
        full_name: likewise; without a slash a folder's, for types whose components lie in folders.
        content: of the file.
        api_version: of the package.
    """
    try:
        document = parse(content)
    except XmlError as error:
        wrong = problem("xml-malformed", problem=error.problem)
        yield wrong._replace(line=error.line, column=error.column)
        return
    schema, root = salesforce_schema(), type_name
    if type_name in FOLDERS.values() and "/" not in full_name:
        folders = [folder for folder, held in FOLDERS.items() if held == type_name]
        root = document.name if document.name.endswith("Folder") and schema.is_metadata(document.name) else folders[0]
    if schema.fields(root) is None:
        return
    for one in Conformity(schema, since).problems(document, root, api_version):
        if one.rule != "element-missing" or type_name not in _GIVEN:
            yield one
