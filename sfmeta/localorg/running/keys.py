"""Key pairs for apps that log in by JWT bearer: the key in a file of the org's owner, the certificate in the org."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sfmeta.localorg.running.private_files import write_private

_YEARS = datetime.timedelta(days=3650)


def key_file(directory: Path, name: str) -> Path:
    """Where the private key of an app lies."""
    return directory / f"{name}.pem"


def make_key_pairs(directory: Path, names: Iterable[str]) -> dict[str, str]:
    """Makes an RSA key and a self-signed certificate for each name.

    Args:
        directory: for the keys, made where it is missing; both it and the files are their owner's only.
        names: the apps' API names.

    Returns:
        The certificates, PEM, by name.
    """
    wanted = list(names)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    # making keys releases the interpreter's lock: several are made at a time
    with ThreadPoolExecutor() as pool:
        return dict(zip(wanted, pool.map(lambda name: _make(directory, name), wanted), strict=True))


def _make(directory: Path, name: str) -> str:
    """A pair that lies there already is taken: two orgs whose apps share one key pair are made by copying it."""
    kept = directory / f"{name}.crt"
    if kept.exists() and key_file(directory, name).exists():
        return kept.read_text(encoding="ascii")
    # here, so that another thread imports something else meanwhile
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(key_file(directory, name), pem)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + _YEARS)
        .sign(key, hashes.SHA256())
    )
    text = certificate.public_bytes(Encoding.PEM).decode()
    write_private(kept, text.encode())
    return text
