"""The names in a query, checked against the tables of the org and put into Salesforce's own spelling."""

from __future__ import annotations

from sfmeta.localorg.data.schema import Field, SObject, View
from sfmeta.localorg.data.soql_values import Path, Query, SoqlError
from sfmeta.localorg.data.tables import SOBJECTS, child

_REFERENCE = "Please reference your WSDL or the describe call for the appropriate names."


class Names:
    """Looks names up; errors are worded as users quote them from orgs (vlocity_build#364, soql-tooling#86).

    Args:
        view: from where somebody looks.
    """

    def __init__(self, view: View) -> None:
        self.view = view

    def sobject(self, query: Query) -> SObject:
        """The table that a query is about.

        Raises:
            SoqlError: INVALID_TYPE.
        """
        found = SOBJECTS.get(query.sobject.lower())
        if found is None or not found.is_seen(self.view):
            message = (
                f"sObject type '{query.sobject}' is not supported. If you are attempting to use a custom object, be "
                f"sure to append the '__c' after the entity name. {_REFERENCE}"
            )
            raise SoqlError("INVALID_TYPE", message, query.position)
        return found

    def child(self, parent: SObject, query: Query) -> tuple[SObject, Field, str]:
        """The table of a subquery in SELECT, its field that points up, and the name of the way down.

        Raises:
            SoqlError: INVALID_TYPE.
        """
        found = child(parent, query.sobject)
        if found is None or not found[0].is_seen(self.view):
            message = (
                f"Didn't understand relationship '{query.sobject}' in FROM part of query call. If you are attempting "
                f"to use a custom relationship, be sure to append the '__r' after the custom relationship name. "
                f"{_REFERENCE}"
            )
            raise SoqlError("INVALID_TYPE", message, query.position)
        return found

    def path(self, sobject: SObject, query: Query, path: Path) -> tuple[list[Field], Field]:
        """The references that a path follows, and the field at its end.

        Raises:
            SoqlError: INVALID_FIELD.
        """
        names = list(path.names)
        if len(names) > 1 and names[0].lower() in (query.alias.lower(), sobject.name.lower()):
            # SELECT u.Name FROM User u
            names = names[1:]
        way = []
        for name in names[:-1]:
            reference = sobject.relationship(name, self.view)
            if reference is None:
                message = (
                    f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom "
                    f"relationship, be sure to append the '__r' after the custom relationship name. {_REFERENCE}"
                )
                raise SoqlError("INVALID_FIELD", message, path.position)
            way.append(reference)
            sobject = SOBJECTS[reference.reference_to.lower()]
        found = sobject.find(names[-1], self.view)
        if found is None:
            message = (
                f"No such column '{names[-1]}' on entity '{sobject.name}'. If you are attempting to use a custom "
                f"field, be sure to append the '__c' after the custom field name. {_REFERENCE}"
            )
            raise SoqlError("INVALID_FIELD", message, path.position)
        return way, found
