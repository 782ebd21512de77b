"""A DTLS handshake in memory with a peer whose certificate is RSA."""

from __future__ import annotations

import datetime

import pytest
from aiortc.rtcdtlstransport import SRTP_PROFILES, RTCCertificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from OpenSSL import SSL

from server.rtc.certificates import Certificate


def rsa_server() -> SSL.Connection:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "webrtcbin")])
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=9999))
    context = SSL.Context(SSL.DTLS_METHOD)
    context.use_privatekey(key)
    context.use_certificate(builder.sign(key, hashes.SHA256()))
    server = SSL.Connection(context)
    server.set_accept_state()
    return server


def shake_hands(client: SSL.Connection, server: SSL.Connection) -> str | None:
    """Return the suite that both agree on.  Raises SSL.Error."""
    client.set_connect_state()
    for _ in range(10):
        for here, there in ((client, server), (server, client)):
            try:
                here.do_handshake()
            except SSL.WantReadError:
                pass
            try:
                there.bio_write(here.bio_read(65536))
            except SSL.WantReadError:
                pass
    return client.get_cipher_name()


def test_peer_with_an_rsa_certificate_is_shaken_hands_with() -> None:
    ours = Certificate.generateCertificate()
    suite = shake_hands(SSL.Connection(ours._create_ssl_context(SRTP_PROFILES)), rsa_server())
    assert suite is not None
    assert suite.startswith(("ECDHE-RSA-", "TLS_"))


def test_stock_aiortc_shares_no_suite_with_it() -> None:
    stock = RTCCertificate.generateCertificate()
    with pytest.raises(SSL.Error):
        shake_hands(SSL.Connection(stock._create_ssl_context(SRTP_PROFILES)), rsa_server())
