"""https is verified against the system's authorities, and never falls back."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from messaging.vendor import exchange
from messaging.vendor.client import Client
from messaging.vendor.errors import NeverLeft
from tests.vendor.gateway import TAKEN, gateway, http_answer


def _certificate(folder, host: str, days: int):
    """A certificate that signs itself, valid from a year ago until `days` from now."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=365))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{host}{days}.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


def _send(tmp_path, monkeypatch, host="localhost", days=1, trusted=True):
    path = _certificate(tmp_path, host, days)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    exchange._trust.cache_clear()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(path)
    try:
        with gateway(http_answer(TAKEN), tls) as server:
            client = Client(server.login("https", "localhost"))
            return server, client.send(["13800000001"], "hi", "1")
    finally:
        exchange._trust.cache_clear()


def test_a_trusted_certificate_is_accepted(tmp_path, monkeypatch):
    _, done = _send(tmp_path, monkeypatch)
    assert done.answer.rows[0].accepted


@pytest.mark.parametrize("case", [{"trusted": False}, {"host": "elsewhere"}, {"days": -1}], ids=str)
def test_an_untrusted_wrong_or_expired_one_gets_nothing(tmp_path, monkeypatch, case):
    with pytest.raises(NeverLeft) as error:
        _send(tmp_path, monkeypatch, **case)
    assert error.value.reason == "tls_failure"


def test_a_server_that_speaks_no_tls_gets_nothing():
    with gateway(http_answer(TAKEN, "400 Bad")) as server, pytest.raises(NeverLeft) as error:
        Client(server.login("https"), connect_timeout=0.2).balance()
    assert error.value.reason in {"tls_failure", "connect_timeout"}
    assert not any(b"s3cret" in request for request in server.requests)
