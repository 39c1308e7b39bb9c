"""Key pairs and certificates of apps that log in by JWT bearer."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sfmeta.model.secret import Secret

_KEY_BITS = 2048


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A fresh key and its self-signed certificate.

    Attributes:
        private_key: PEM.
        certificate: base64 without armour, as app metadata holds it.
    """

    private_key: Secret
    certificate: str


def make_key_pair(name: str, now: datetime, days: int = 1) -> KeyPair:
    """A key pair that is thrown away soon.

    Args:
        name: the certificate's common name.
        now: aware.
        days: how long the certificate is good for; it begins a day earlier, because clocks differ.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return KeyPair(Secret(pem), base64.b64encode(certificate.public_bytes(Encoding.DER)).decode())


def certificate_end(text: str) -> datetime | None:
    """When a certificate ends, with or without armour; None where it cannot be read."""
    from cryptography import x509

    try:
        der = base64.b64decode(re.sub(r"-----[A-Z ]+-----|\s", "", text), validate=True)
        return x509.load_der_x509_certificate(der).not_valid_after_utc
    except (ValueError, binascii.Error):
        return None
