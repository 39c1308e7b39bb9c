"""The Metadata API over SOAP: zeep on the pruned WSDL, the two big bodies streamed past it.

zeep makes every envelope and checks the shape of every answer. It gets the WSDL as bytes and a wire of ours, so it
opens no connection, reads no file and follows no reference by itself.
"""

from __future__ import annotations

import io
import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from sfmeta.codec.envelopes import ArchiveBody, EnvelopeError, ZipAnswer, answer_name
from sfmeta.errors import NotSent, OperationFailed, OrgUnreachable, SourceError
from sfmeta.model.names import ApiVersion
from sfmeta.org.faults import SOAP_LIBRARY, host_of, meaning, no_salesforce, one_line, refused
from sfmeta.org.http import Arriving, Http, read_bounded
from sfmeta.org.session import Session

_BRACED = re.compile(r"\{[^}]*\}")  # the namespace in a name
_BINDING = "{http://soap.sforce.com/2006/04/metadata}MetadataBinding"

# Stands for the zip in the envelope that zeep makes. zeep writes it as base64, which is then cut out again.
_PLACEHOLDER = b"sfmeta: the archive goes here"
_PLACEHOLDER_BASE64 = b"c2ZtZXRhOiB0aGUgYXJjaGl2ZSBnb2VzIGhlcmU="

_LOST = (
    "Nobody knows whether the org took the job: look at Setup, Deployment Status, before you send it again "
    "(sfmeta job report JOB shows one)"
)


@dataclass(frozen=True, slots=True)
class Wsdl:
    """The description of the Metadata API to speak by.

    Attributes:
        version: the API version it describes.
        read: gives its text, best a pruned one (``codec.wsdl``); called when SOAP is needed first.
    """

    version: ApiVersion
    read: Callable[[], bytes] = field(repr=False)


@dataclass(slots=True)
class _Reply:
    """What zeep wants to see of an HTTP answer."""

    status_code: int
    content: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"


@dataclass(slots=True)
class _Wire:
    """zeep's transport. What follows ``http`` belongs to the call under way."""

    http: Http
    operation: str = ""
    archive: BinaryIO | None = None
    sink: BinaryIO | None = None
    zip_bytes: int = 0

    def load(self, url: str) -> bytes:  # noqa: ARG002 (zeep's signature)
        """zeep asks for a document that its WSDL refers to; a WSDL of the Metadata API refers to none."""
        raise SourceError.at("the WSDL refers to another document, which is never fetched", "metadata.wsdl")

    def post_xml(self, address: str, envelope: Any, headers: Mapping[str, str]) -> _Reply:
        """Sends an envelope."""
        from zeep.wsdl.utils import etree_to_string

        body: Any = etree_to_string(envelope)  # type: ignore[no-untyped-call]
        if self.archive is not None:
            before, found, after = body.partition(_PLACEHOLDER_BASE64)
            if not found or _PLACEHOLDER_BASE64 in after:
                raise OperationFailed("the deploy envelope has no place for the archive")
            body = ArchiveBody(before, self.archive, after)
        with self.http.stream("POST", address, headers=headers, data=body) as arriving:
            content = self._read(address, arriving)
        if arriving.status not in (200, 500):
            raise no_salesforce(address, f"it answers HTTP {arriving.status}")
        return _Reply(arriving.status, content, {"Content-Type": "text/xml; charset=utf-8"})

    def _read(self, address: str, arriving: Arriving) -> bytes:
        kind = arriving.content_type.partition(";")[0].strip().lower()
        if kind not in ("text/xml", "application/xml", "application/soap+xml"):
            raise no_salesforce(address, f"it answers HTTP {arriving.status} with {_kind(kind)}")
        limit = self.http.settings.max_answer_bytes
        try:
            if self.sink is not None and arriving.status == 200:
                answer = ZipAnswer(self.sink)
                for chunk in arriving.chunks:
                    answer.feed(chunk)
                    if answer.rest_size > limit:
                        raise no_salesforce(address, f"its answer is larger than {limit} bytes beside the zip")
                content = answer.close()
                self.zip_bytes = answer.zip_bytes
            else:
                content = read_bounded(arriving.chunks, limit, address)
            # zeep forbids DTDs too, but looks only after its parser has read them; it never looks at this name
            if answer_name(content) not in (f"{self.operation}Response", "Fault"):
                raise no_salesforce(address, f"its answer is not one to {self.operation}")
        except EnvelopeError as exc:
            raise no_salesforce(address, str(exc)) from exc
        return content


class MetadataSoap:
    """The operations of the Metadata API, by name. Threads take turns: zeep's client is one for all."""

    def __init__(self, http: Http, wsdl: Wsdl, version: ApiVersion) -> None:
        """Args:
        http: the connections.
        wsdl: what to speak by.
        version: the wire version, at most the WSDL's.
        """
        self._wire = _Wire(http)
        self._wsdl = wsdl
        self._version = version
        self._client: Any = None
        self._turn = threading.Lock()

    def call(
        self,
        session: Session,
        operation: str,
        /,
        *arguments: object,
        archive: BinaryIO | None = None,
        sink: BinaryIO | None = None,
        **named: object,
    ) -> Any:
        """One operation.

        Args:
            session: whose call it is.
            operation: as in the WSDL.
            arguments: of the operation, in the WSDL's order.
            archive: the zip of a ``deploy``; its ``ZipFile`` argument is added here.
            sink: where the zip of ``checkRetrieveStatus`` goes.
            named: arguments by name.

        Returns:
            zeep's object for the result.

        Raises:
            SessionExpired, LoginRefused, OrgRefused: the org answered with a fault.
            OrgUnreachable: no answer, or none that fits the WSDL.
        """
        url = f"{session.instance_url}/services/Soap/m/{self._version}"
        if archive is not None:
            named["ZipFile"] = _PLACEHOLDER
        with self._turn:
            client = self._loaded()
            self._wire.operation, self._wire.archive, self._wire.sink, self._wire.zip_bytes = (
                operation,
                archive,
                sink,
                0,
            )
            try:
                service = client.create_service(_BINDING, url)
                reply = getattr(service, operation)(*arguments, **named, _soapheaders=_headers(session))
            except NotSent:
                raise
            except OrgUnreachable as exc:
                if archive is None:
                    raise
                raise OrgUnreachable(f"the deploy got no answer: {exc.message}", _LOST) from exc
            finally:
                self._wire.archive = self._wire.sink = None
            return self._parsed(url, operation, session, reply)

    def _parsed(self, url: str, operation: str, session: Session, reply: _Reply) -> Any:
        import zeep.exceptions

        binding = self._client.wsdl.bindings[_BINDING]
        try:
            return binding.process_reply(self._client, binding.get(operation), reply)
        except zeep.exceptions.Fault as fault:
            # no cause is kept, here and below: zeep's exceptions hold whole bodies
            if fault.code is None:
                raise no_salesforce(url, f"it answers HTTP {reply.status_code} without a fault") from None
            raise refused(fault.code or "", fault.message or "", (session.access_token,)) from None
        except zeep.exceptions.XMLParseError as exc:
            # the one whose text is known to hold names of elements only
            raise self._odd(url, operation, _BRACED.sub("", one_line(exc.message, (session.access_token,)))) from None
        except zeep.exceptions.Error as exc:
            raise self._odd(url, operation, meaning(exc, SOAP_LIBRARY)) from None
        except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError):
            # what zeep's parsers let through when a value or a whole element is not what they expect
            raise self._odd(url, operation, "a value is malformed") from None

    def _odd(self, url: str, operation: str, why: str) -> OrgUnreachable:
        described = f"the WSDL of API {self._version} does not describe"
        return OrgUnreachable(
            f"{host_of(url)} answered {operation} in a shape that {described}: {why}",
            "Check the instance URL; if it is right, report this as a defect of sfmeta",
        )

    @property
    def zip_bytes(self) -> int:
        """The size of the zip that the last call with a sink brought."""
        return self._wire.zip_bytes

    def skip(self) -> object:
        """Stands for an element to leave out although the WSDL calls it required (``testLevel``)."""
        import zeep.xsd

        return zeep.xsd.SkipValue

    def _loaded(self) -> Any:
        if self._client is None:
            # 130 ms of import and 20 ms of WSDL that calls without SOAP do not pay
            import zeep

            # zeep logs whole bodies, and tracebacks for values it cannot read
            logger = logging.getLogger("zeep")
            logger.addHandler(logging.NullHandler())
            logger.propagate = False
            settings = zeep.Settings(
                strict=True,
                forbid_dtd=True,
                forbid_entities=True,
                forbid_external=True,
                xml_huge_tree=True,
                raw_response=True,  # the answer is parsed in a step of its own, so that its errors are told apart
            )
            wsdl = io.BytesIO(self._wsdl.read())
            self._client = zeep.Client(wsdl, transport=self._wire, settings=settings)  # type: ignore[no-untyped-call]
        return self._client


def _headers(session: Session) -> dict[str, dict[str, str]]:
    return {
        "SessionHeader": {"sessionId": session.access_token.reveal()},
        "CallOptions": {"client": "sfmeta"},
    }


def _kind(content_type: str) -> str:
    return "an HTML page" if content_type == "text/html" else content_type or "no content type"
