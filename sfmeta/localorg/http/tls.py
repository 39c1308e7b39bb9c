"""A private authority and the org's certificate, made when they are first asked for; both stay over restarts."""

from __future__ import annotations

import ssl
from pathlib import Path

from sfmeta.localorg.running.private_files import write_private

AUTHORITY = "ca.pem"
_NAMES = ("127.0.0.1", "::1", "localhost")


def trust_beside(authority: Path) -> Path:
    """The org's authority and those that this machine trusts, in one file.

    For clients whose own setting replaces what they trust otherwise (requests, OpenSSL, curl): with the authority
    alone, everything else that they are used for in the same shell would fail.
    """
    return authority.with_name("ca-and-system.pem")


def _system_authorities() -> bytes:
    import certifi  # only who speaks https waits for it

    # a shell that trusts another file says so in SSL_CERT_FILE, which is looked at here
    found = ssl.get_default_verify_paths().cafile
    file = Path(found or certifi.where())
    try:
        return file.read_bytes().rstrip() + b"\n"
    except OSError:
        return b""


def server_context(directory: Path, address: str) -> tuple[ssl.SSLContext, Path]:
    """For a server.

    Args:
        directory: keeps authority and certificates; only for their owner.
        address: where it listens: a certificate for another one than before is added.

    Returns:
        The context, and the file of the authority that clients must trust.
    """
    authority, key = directory / AUTHORITY, directory / "ca-key.pem"
    chain = directory / ("server.pem" if address in _NAMES else f"server-{address.replace(':', '_')}.pem")
    if not (chain.exists() and authority.exists()):
        import trustme  # only who speaks https waits for it

        directory.mkdir(mode=0o700, exist_ok=True)
        if authority.exists() and key.exists():
            ca = trustme.CA.from_pem(authority.read_bytes(), key.read_bytes())
        else:
            ca = trustme.CA()
            write_private(key, ca.private_key_pem.bytes())
            write_private(authority, ca.cert_pem.bytes())
        leaf = ca.issue_cert(*dict.fromkeys((*_NAMES, address)))
        write_private(chain, leaf.private_key_and_cert_chain_pem.bytes())
    write_private(trust_beside(authority), _system_authorities() + authority.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context, authority
