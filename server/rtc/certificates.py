"""DTLS with peers whose certificate is RSA, as GStreamer's webrtcbin makes them.

Stock aiortc offers suites for ECDSA certificates only; as DTLS client, which an answerer is, it then shares no cipher
with such a peer. RFC 8827 section 6.5 asks for forward secrecy and AES-128-GCM, which the suites added here have.
"""

from __future__ import annotations

from typing import Any

from aiortc.rtcdtlstransport import RTCCertificate
from OpenSSL import SSL

SUITES = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305:"
    b"ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA"
)


class Certificate(RTCCertificate):
    """Our own certificate, ECDSA like aiortc's, for a connection that takes RSA ones as well."""

    def _create_ssl_context(self, srtp_profiles: list[Any]) -> SSL.Context:
        context = super()._create_ssl_context(srtp_profiles)
        context.set_cipher_list(SUITES)
        return context
