"""Fails when a library underneath grows an error that the border does not know."""

from __future__ import annotations

import subprocess
import sys

import requests.exceptions
import urllib3.exceptions
import zeep.exceptions
from simple_salesforce import exceptions as simple_salesforce_exceptions

from sfmeta.org.faults import NETWORK, SOAP_LIBRARY, meaning


def errors_of(module: object) -> set[str]:
    """Names of the exceptions (not warnings) that a module defines or passes on under its own name."""
    return {
        cls.__name__
        for cls in vars(module).values()
        if isinstance(cls, type)
        and issubclass(cls, Exception)
        and not issubclass(cls, Warning)
        and cls.__module__ == module.__name__  # type: ignore[attr-defined]
    }


def test_every_error_of_requests_has_a_meaning() -> None:
    assert errors_of(requests.exceptions) == set(NETWORK)


def test_every_error_of_zeep_has_a_meaning() -> None:
    assert errors_of(zeep.exceptions) == set(SOAP_LIBRARY)


def test_every_error_of_urllib3_has_a_root_that_is_caught() -> None:
    for name in errors_of(urllib3.exceptions):
        assert issubclass(getattr(urllib3.exceptions, name), (urllib3.exceptions.HTTPError, ValueError)), name


def test_simple_salesforce_has_no_new_errors() -> None:
    known = {
        "SalesforceError",
        "SalesforceAuthenticationFailed",
        "SalesforceExpiredSession",
        "SalesforceGeneralError",
        "SalesforceMalformedRequest",
        "SalesforceMoreThanOneRecord",
        "SalesforceRefusedRequest",
        "SalesforceResourceNotFound",
        "SalesforceBulkV2LoadError",
        "SalesforceBulkV2ExtractError",
        "SalesforceOperationError",
    }
    assert errors_of(simple_salesforce_exceptions) <= known
    assert "SalesforceAuthenticationFailed" in errors_of(simple_salesforce_exceptions)


def test_a_subclass_has_the_meaning_of_its_parent() -> None:
    class Newer(requests.exceptions.SSLError):
        pass

    assert meaning(Newer(), NETWORK) == NETWORK["SSLError"]
    assert meaning(KeyError(), NETWORK) == "it failed"


def test_the_client_is_imported_without_the_heavy_libraries() -> None:
    code = (
        "import sys, sfmeta.org.client, sfmeta.ops.orgs; "
        "print(sorted({'zeep', 'simple_salesforce', 'jwt', 'keyring', 'lxml', 'git'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_orgs_are_listed_without_the_wire() -> None:
    code = "import sys, sfmeta.ops.orgs; print(sorted({'requests', 'zeep', 'keyring'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
