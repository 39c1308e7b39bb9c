"""A sentence about Salesforce that the org obeys, with where it comes from and how sure it is.

Grades: A Salesforce's documentation or WSDL, B a maintainer's statement, working public code, a real retrieve or a text
that users pasted from real orgs, C a vendor or blog, ``emulator`` where nothing was found: the behaviour or the words
are this org's own choice. A sentence that hangs on an open question names the assumption that answers it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sourced:
    """One sentence.

    Attributes:
        id: stable, for tests.
        sentence: what it says.
        source: where that comes from.
        grade: A, B, C or emulator.
        message: the text that a client reads, with places for names; "" where it says nothing.
        assumption: the open question it hangs on, "" where it hangs on none.
    """

    id: str
    sentence: str
    source: str
    grade: str
    message: str = ""
    assumption: str = ""
