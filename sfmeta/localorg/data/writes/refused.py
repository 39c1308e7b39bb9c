"""No, as REST says it of a record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sfmeta.localorg.data.catalog import words
from sfmeta.localorg.http.reply import Reply, as_json


class Refused(Exception):
    """A write that the org does not take.

    Attributes:
        code: as REST names it.
        message: as REST words it.
        fields: which it is about.
        status: of the answer, where the record stands alone.
    """

    def __init__(self, code: str, message: str, fields: Sequence[str] = (), status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.fields, self.status = code, message, list(fields), status

    @property
    def reply(self) -> Reply:
        """The answer to a request about one record."""
        body: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.code not in ("NOT_FOUND", "METHOD_NOT_ALLOWED"):
            body["fields"] = self.fields
        return as_json([body], self.status)

    @property
    def entry(self) -> dict[str, Any]:
        """One of the errors of a record among many."""
        return {"statusCode": self.code, "message": self.message, "fields": self.fields}


def refuse(text_id: str, fields: Sequence[str] = (), *, status: int = 400, **names: object) -> Refused:
    """No, in the words of the catalog."""
    return Refused(*words(text_id, **names), fields, status)


def not_found() -> Refused:
    """There is no such record."""
    return refuse("rest-not-found", status=404)


def no_such_id(id_: str) -> Refused:
    """What stands where an id belongs is none of that sobject."""
    return refuse("rest-no-such-id", status=404, id=id_)
