"""The names in a query, checked against the tables of the org and put into Salesforce's own spelling."""

from __future__ import annotations

from sfmeta.localorg.data.schema import Field, SObject, View
from sfmeta.localorg.data.soql_values import Path, Query, wrong
from sfmeta.localorg.data.tables import SOBJECTS, child


class Names:
    """Looks names up.

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
            raise wrong("soql-no-sobject", query.position, name=query.sobject)
        return found

    def child(self, parent: SObject, query: Query) -> tuple[SObject, Field, str]:
        """The table of a subquery in SELECT, its field that points up, and the name of the way down.

        Raises:
            SoqlError: INVALID_TYPE.
        """
        found = child(parent, query.sobject)
        if found is None or not found[0].is_seen(self.view):
            raise wrong("soql-no-children", query.position, name=query.sobject)
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
                raise wrong("soql-no-relationship", path.position, name=name)
            way.append(reference)
            sobject = SOBJECTS[reference.reference_to.lower()]
        found = sobject.find(names[-1], self.view)
        if found is None:
            raise wrong("soql-no-column", path.position, name=names[-1], entity=sobject.name)
        return way, found
