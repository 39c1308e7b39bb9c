"""The schema and the pruned WSDL, derived once from Salesforce's own ``metadata.wsdl`` and kept in the user's cache."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sfmeta import __version__
from sfmeta.codec.schema import FORMAT, Schema, compile_table
from sfmeta.codec.wsdl import prune_wsdl
from sfmeta.errors import OperationFailed, UsageError
from sfmeta.workspace.files import write_atomic

_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class SchemaCache:
    """Derived forms of one WSDL.

    Attributes:
        directory: where derived files are kept; they can be deleted at any time.
        wsdl: the WSDL to use; None for the one that simple-salesforce ships (API 63.0).
    """

    directory: Path
    wsdl: Path | None = None

    def schema(self) -> Schema:
        """The schema table."""
        return Schema.load(self._derived("schema", compile_table))

    def pruned_wsdl(self) -> bytes:
        """The WSDL with only what the wire needs."""
        return self._derived("wire", prune_wsdl)

    def _derived(self, kind: str, derive: Callable[[bytes], bytes]) -> bytes:
        source = self.wsdl or shipped_wsdl()
        try:
            stat = source.stat()
        except OSError as error:
            raise UsageError(f"No WSDL at {source}", "Give --wsdl a file downloaded from Setup > API") from error
        # the digest of 1.5 MB is not computed at every start: path, size and time name the file well enough
        # marshal differs from one version of Python to the next
        parts = (source, stat.st_size, stat.st_mtime_ns, __version__, FORMAT, sys.hexversion)
        name = hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:24]
        kept = self.directory / f"{kind}-{name}.bin"
        payload = _read(kept)
        if payload is None:
            payload = derive(source.read_bytes())
            try:
                write_atomic(kept, hashlib.sha256(payload).digest() + payload)
            except OperationFailed:
                pass  # a cache that cannot be written costs time, nothing else
        return payload


def shipped_wsdl() -> Path:
    """Salesforce's WSDL inside the simple-salesforce package, found without importing that package (150 ms)."""
    spec = find_spec("simple_salesforce")
    if spec is None or spec.origin is None:
        raise OperationFailed("simple-salesforce is not installed", "Reinstall sfmeta")
    return Path(spec.origin).with_name("metadata.wsdl")


def _read(path: Path) -> bytes | None:
    """The payload, or None where it is missing or damaged (marshal must never see damaged bytes)."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest, payload = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    return payload if hashlib.sha256(payload).digest() == digest else None
