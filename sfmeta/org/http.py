"""HTTP to one org: timeouts on every call, no redirects, bounded answers, one kind of error.

Nothing is taken from the environment or from ``~/.netrc`` (whose entries would replace our token): proxies and
certificate bundles come in with ``HttpSettings``.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import requests.adapters
import urllib3

from sfmeta.errors import LoginRefused, NotSent, OrgUnreachable
from sfmeta.org.faults import NETWORK, host_of, meaning, no_salesforce
from sfmeta.org.urls import check_scheme, is_loopback

T = TypeVar("T")

_BLOCK = 2**16
_BUSY = frozenset({420, 429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """How to reach an org.

    Attributes:
        connect_timeout_s: to open a connection.
        read_timeout_s: between two pieces of an answer.
        total_timeout_s: for one whole answer, however steadily it trickles.
        max_answer_bytes: of an answer that is held in memory, decompressed.
        retry_waits_s: pauses before the repetitions of a call that changes nothing.
        ca_bundle: a file of certificates to trust instead of the built-in ones, "" for those.
        proxies: by scheme; loopback is always reached directly.
        no_proxy: host names or domain endings reached directly.
    """

    connect_timeout_s: float = 10.0
    read_timeout_s: float = 120.0
    total_timeout_s: float = 1800.0
    max_answer_bytes: int = 256 * 2**20
    retry_waits_s: tuple[float, ...] = (0.3, 1.0)
    ca_bundle: str = ""
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)  # a proxy's URL may hold a password
    no_proxy: tuple[str, ...] = ()

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> HttpSettings:
        """From the variables that other tools use too.

        Args:
            environ: handed in by the command line; read are ``HTTPS_PROXY``, ``HTTP_PROXY``, ``NO_PROXY`` (either
                case), ``REQUESTS_CA_BUNDLE``, ``CURL_CA_BUNDLE`` and ``SSL_CERT_FILE``.
        """
        proxies = {
            scheme: value
            for scheme in ("http", "https")
            if (value := environ.get(f"{scheme}_proxy") or environ.get(f"{scheme.upper()}_PROXY"))
        }
        bundles = (environ.get(name, "") for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"))
        spared = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
        return cls(
            ca_bundle=next((bundle for bundle in bundles if bundle), ""),
            proxies=proxies,
            no_proxy=tuple(name.strip().lstrip(".").lower() for name in spared.split(",") if name.strip()),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer. Its body has no repr: it may hold a token; ``date`` is the header, "" without one."""

    status: int
    content_type: str
    body: bytes = field(repr=False)
    url: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Arriving:
    """An HTTP answer whose body is still on its way."""

    status: int
    content_type: str
    chunks: Iterator[bytes] = field(repr=False)
    date: str = ""


class Http:
    """The connections to one org (or its login host). Several threads may use it: each has connections of its own.

    requests does not promise that threads may share a ``Session`` (psf/requests#2766).
    """

    def __init__(
        self,
        settings: HttpSettings | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings or HttpSettings()
        self._sleep = sleep
        self._monotonic = monotonic
        self._own = threading.local()
        self._opened: list[requests.Session] = []

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Any = None,
        idempotent: bool = False,
    ) -> Answer:
        """One call, its answer read whole.

        Args:
            method: ``GET``, ``POST``, ``DELETE``.
            url: absolute.
            headers: besides our own.
            data: a body: bytes, text, a form (mapping), or an iterable with a length.
            idempotent: it may be repeated when the org is busy or the connection breaks.

        Raises:
            OrgUnreachable: no answer, or one too large.
        """
        for wait in (*self.settings.retry_waits_s, None) if idempotent else (None,):
            try:
                with self.stream(method, url, headers=headers, data=data) as arriving:
                    whole = self._whole(url, arriving)
                    answer = Answer(arriving.status, arriving.content_type, whole, url, arriving.date)
            except NotSent:
                raise  # nobody listens: waiting a second changes nothing
            except OrgUnreachable:
                if wait is None:
                    raise
            else:
                if wait is None or answer.status not in _BUSY:
                    return answer
            self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")  # pragma: no cover

    def repeated(self, ask: Callable[[], T]) -> T:
        """The answer to a question that changes nothing, asked again where an answer was lost or is none of an org.

        Args:
            ask: makes the call; what it raises besides ``OrgUnreachable`` is an answer.

        Raises:
            OrgUnreachable: of the last attempt.
        """
        for wait in self.settings.retry_waits_s:
            try:
                return ask()
            except (NotSent, LoginRefused):
                raise  # nobody listens, or somebody has answered: asking once more changes nothing
            except OrgUnreachable:
                self._sleep(wait)
        return ask()

    @contextmanager
    def stream(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, data: Any = None
    ) -> Iterator[Arriving]:
        """One call whose answer is read piece by piece, within the total time.

        Raises:
            NotSent: no connection came about.
            OrgUnreachable: the connection broke, timed out, or the org wants us elsewhere.
        """
        check_scheme(url)
        settings = self.settings
        deadline = self._monotonic() + settings.total_timeout_s
        try:
            response = self._session().request(
                method,
                url,
                headers=dict(headers or {}),
                data=data,
                timeout=(settings.connect_timeout_s, settings.read_timeout_s),
                allow_redirects=False,  # a redirect would carry the token, or a package, to another host
                stream=True,
                verify=settings.ca_bundle or True,
                proxies=self._proxies(url),
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as exc:
            # ValueError: urllib3's ProxySchemeUnsupported, and names that are no host names
            raise _unreachable(url, exc) from _bare(exc)
        try:
            if 300 <= response.status_code < 400:
                target = (
                    host_of(response.headers.get("Location", "")) if "Location" in response.headers else "elsewhere"
                )
                raise no_salesforce(url, f"it redirects to {target}")
            yield Arriving(
                response.status_code,
                response.headers.get("Content-Type", ""),
                self._chunks(url, response, deadline),
                response.headers.get("Date", ""),
            )
        finally:
            response.close()

    def close(self) -> None:
        """Closes every connection, of all threads."""
        for session in self._opened:
            session.close()

    def _session(self) -> requests.Session:
        """The connections of this thread."""
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.headers["User-Agent"] = "sfmeta"
            self._own.session = session
            self._opened.append(session)
        return session

    def _chunks(self, url: str, response: requests.Response, deadline: float) -> Iterator[bytes]:
        try:
            for chunk in response.iter_content(_BLOCK):
                if self._monotonic() > deadline:
                    raise OrgUnreachable(
                        f"{host_of(url)} did not finish its answer in {self.settings.total_timeout_s:g} seconds"
                    )
                yield chunk
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as exc:
            raise _unreachable(url, exc) from _bare(exc)

    def _whole(self, url: str, arriving: Arriving) -> bytes:
        return read_bounded(arriving.chunks, self.settings.max_answer_bytes, url)

    def _proxies(self, url: str) -> dict[str, str]:
        host = (urlsplit(url).hostname or "").lower()
        direct = is_loopback(host) or any(
            name == "*" or host == name or host.endswith(f".{name}") for name in self.settings.no_proxy
        )
        return {} if direct else dict(self.settings.proxies)


def read_bounded(chunks: Iterable[bytes], limit_bytes: int, url: str) -> bytes:
    """All chunks joined.

    Raises:
        OrgUnreachable: there are more bytes than the limit.
    """
    whole = bytearray()
    for chunk in chunks:
        whole += chunk
        if len(whole) > limit_bytes:
            raise no_salesforce(url, f"its answer is larger than {limit_bytes} bytes")
    return bytes(whole)


def _unreachable(url: str, exc: Exception) -> OrgUnreachable:
    words = meaning(exc, NETWORK) if isinstance(exc, requests.RequestException) else "the connection broke"
    hint = ""
    if isinstance(exc, requests.exceptions.SSLError):
        hint = "Give its certificate authority with REQUESTS_CA_BUNDLE"
    elif isinstance(exc, requests.ConnectionError):
        hint = "Check the URL and the network"
    kind = NotSent if _never_connected(exc) else OrgUnreachable
    return kind(f"cannot reach {host_of(url)}: {words}", hint, "OrgUnreachable")


def _never_connected(exc: Exception) -> bool:
    """Whether the request cannot have left this machine. In doubt it may have."""
    if isinstance(exc, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause = exc.args[0] if exc.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(reason, urllib3.exceptions.SSLError):
        # other TLS errors can come in the middle of a request
        return bool(reason.args) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.NameResolutionError)


def _bare(exc: Exception) -> Exception:
    """The exception without the request it holds, whose headers and body carry the token."""
    if isinstance(exc, requests.RequestException):
        exc.request = exc.response = None
    return exc
