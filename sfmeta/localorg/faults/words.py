"""What an org answers when it is not well, with where the words come from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sfmeta.localorg.faults.fault import Kind
from sfmeta.localorg.http.refusal import refuse
from sfmeta.localorg.http.reply import Reply
from sfmeta.localorg.metadata.setup_lock import SETUP_LOCKED
from sfmeta.localorg.sourced import Sourced

_HTML = "text/html;charset=UTF-8"

REQUEST_LIMIT = Sourced(
    "request_limit",
    "An org that used up its daily API requests answers REQUEST_LIMIT_EXCEEDED: HTTP 403 on REST, a fault on SOAP.",
    "REST API guide, Status Codes and Error Responses (403); the text: SalesforceLabs/OrgCheck#181, "
    "jetstreamapp/jetstream#868",
    "B",
    message="TotalRequests Limit exceeded.",
)
CONCURRENT_LIMIT = Sourced(
    "concurrent_limit",
    "An org with too many requests of 20 seconds or longer at a time answers REQUEST_LIMIT_EXCEEDED, too. Here only on "
    "demand: nothing takes that long.",
    "API Request Limits and Allocations (25 in production orgs and sandboxes); the text: a public capture "
    "(gist ndabAP/2ae90f3b871403d822ec2de0bcffb5b0)",
    "B",
    message="ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
)
MAINTENANCE_PAGE = Sourced(
    "maintenance_page",
    "While Salesforce is down for maintenance, API calls get an HTML page with these sentences. That it comes with 503 "
    "is the REST API guide's description of that status.",
    "wadewegner/Force.com-Toolkit-for-NET#160, forcedotcom/EMP-Connector#84, salesforcecli/plugin-org#814",
    "B",
    message="We are down for maintenance.</span><br><br>Sorry for the inconvenience. We'll be back shortly.",
)
BAD_GATEWAY = Sourced(
    "bad_gateway",
    "The edge answers 502 when it cannot reach the instance. The page's words are the emulator's own.",
    "REST API guide, Status Codes and Error Responses (502)",
    "emulator",
    message="Bad Gateway",
)
ORG_LOCKED = Sourced(
    "org_locked",
    "A locked org answers ORG_LOCKED. The code is the partner WSDL's; its text and REST's status were not found.",
    "partner WSDL, ExceptionCode",
    "emulator",
    message="The organization has been locked.",
)
ORG_IN_MAINTENANCE = Sourced(
    "org_in_maintenance",
    "An org in maintenance answers ORG_IN_MAINTENANCE. The code is the partner WSDL's; text and status were not found.",
    "partner WSDL, ExceptionCode",
    "emulator",
    message="The organization is in maintenance.",
)

FAULT_WORDS: tuple[Sourced, ...] = (
    REQUEST_LIMIT,
    CONCURRENT_LIMIT,
    MAINTENANCE_PAGE,
    BAD_GATEWAY,
    ORG_LOCKED,
    ORG_IN_MAINTENANCE,
    SETUP_LOCKED,
)
"""All of them, for ``sfmeta localorg rules``."""

_REFUSALS: Mapping[Kind, tuple[str, Sourced, int]] = MappingProxyType(
    {
        Kind.REQUEST_LIMIT: ("REQUEST_LIMIT_EXCEEDED", REQUEST_LIMIT, 403),
        Kind.CONCURRENT_LIMIT: ("REQUEST_LIMIT_EXCEEDED", CONCURRENT_LIMIT, 403),
        Kind.ORG_LOCKED: ("ORG_LOCKED", ORG_LOCKED, 403),
        Kind.ORG_IN_MAINTENANCE: ("ORG_IN_MAINTENANCE", ORG_IN_MAINTENANCE, 503),
    }
)
_PAGES: Mapping[Kind, tuple[int, Sourced]] = MappingProxyType(
    {Kind.BAD_GATEWAY: (502, BAD_GATEWAY), Kind.UNAVAILABLE: (503, MAINTENANCE_PAGE)}
)


def answer(kind: Kind, path: str) -> Reply | None:
    """What the org says; None for a fault that has no words.

    Args:
        kind: of the fault.
        path: of the request, without leading slashes: it chooses the shape.
    """
    if kind in _REFUSALS:
        code, text, status = _REFUSALS[kind]
        return refuse(path, code, text.message, status)
    if kind in _PAGES:
        status, text = _PAGES[kind]
        page = f"<html><head></head><body><center><span>{text.message}</center></body></html>"
        if kind is Kind.BAD_GATEWAY:
            page = f"<html><body><h1>{text.message}</h1></body></html>"
        return Reply(status, page.encode(), _HTML)
    return None
