"""A private authority and the org's certificate, made when they are first asked for; both stay over restarts."""

from __future__ import annotations

import ssl
from pathlib import Path

from sfmeta.localorg.private_files import write_private

_NAMES = ("127.0.0.1", "::1", "localhost")


def server_context(directory: Path, address: str) -> tuple[ssl.SSLContext, Path]:
    """For a server.

    Args:
        directory: keeps authority and certificates; only for their owner.
        address: where it listens: a certificate for another one than before is added.

    Returns:
        The context, and the file of the authority that clients must trust.
    """
    authority, key = directory / "ca.pem", directory / "ca-key.pem"
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
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context, authority
