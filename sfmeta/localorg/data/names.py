"""The names in a query, checked against the tables of the org and put into Salesforce's own spelling."""

from __future__ import annotations

from sfmeta.localorg.data.sobjects import SOBJECTS, Field, SObject
from sfmeta.localorg.data.soql_values import Path, Query, SoqlError
from sfmeta.localorg.state import OrgFacts

_REFERENCE = "Please reference your WSDL or the describe call for the appropriate names."


class Names:
    """Looks names up; errors are worded as users quote them from orgs (vlocity_build#364, soql-tooling#86)."""

    def __init__(self, org: OrgFacts, *, tooling: bool = False) -> None:
        self._org = org
        self._tooling = tooling

    def sobject(self, query: Query) -> SObject:
        """The table that a query is about.

        Raises:
            SoqlError: INVALID_TYPE.
        """
        found = SOBJECTS.get(query.sobject.lower())
        if found is None:
            message = (
                f"sObject type '{query.sobject}' is not supported. If you are attempting to use a custom object, be "
                f"sure to append the '__c' after the entity name. {_REFERENCE}"
            )
            raise SoqlError("INVALID_TYPE", message, query.position)
        return found

    def table(self, name: str) -> SObject:
        """A table by its exact name."""
        return SOBJECTS[name.lower()]

    def path(self, sobject: SObject, query: Query, path: Path) -> Path:
        """A path with every name as Salesforce spells it.

        Raises:
            SoqlError: INVALID_FIELD.
        """
        names = list(path.names)
        if len(names) > 1 and names[0].lower() in (query.alias.lower(), sobject.name.lower()):
            # SELECT u.Name FROM User u
            names = names[1:]
        spelled = []
        for name in names[:-1]:
            reference = sobject.relationship(name)
            if reference is None:
                message = (
                    f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom "
                    f"relationship, be sure to append the '__r' after the custom relationship name. {_REFERENCE}"
                )
                raise SoqlError("INVALID_FIELD", message, path.position)
            spelled.append(reference.relationship)
            sobject = self.table(reference.reference_to)
        return Path((*spelled, self._field(sobject, names[-1], path.position).name), path.position)

    def field_of(self, sobject: SObject, path: Path) -> Field:
        """The field at the end of a path that was checked."""
        for name in path.names[:-1]:
            reference = sobject.relationship(name)
            if reference is not None:
                sobject = self.table(reference.reference_to)
        return self._field(sobject, path.names[-1], path.position)

    def _field(self, sobject: SObject, name: str, position: int) -> Field:
        found = sobject.find(name, self._org, tooling=self._tooling)
        if found is None:
            message = (
                f"No such column '{name}' on entity '{sobject.name}'. If you are attempting to use a custom field, be "
                f"sure to append the '__c' after the custom field name. {_REFERENCE}"
            )
            raise SoqlError("INVALID_FIELD", message, position)
        return found
