from __future__ import annotations

import datetime
import ipaddress
import ssl
import stat
from pathlib import Path

from cryptography import x509

from server import tls

NOW = datetime.datetime(2027, 3, 1, tzinfo=datetime.UTC)


def test_certificate_covers_the_addresses_and_its_key_is_private(tmp_path: Path) -> None:
    files = tls.self_made(tmp_path / "tls", ["192.0.2.7", "198.51.100.3"], 365, NOW)
    certificate = x509.load_pem_x509_certificate(files.cert.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    covered = {str(ip) for ip in names.get_values_for_type(x509.IPAddress)}
    assert covered == {"127.0.0.1", "192.0.2.7", "198.51.100.3"}
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    assert certificate.not_valid_after_utc == NOW + datetime.timedelta(days=365)
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.cert, files.key)
    assert len(tls.fingerprint(files.cert).split(":")) == 32


def test_certificate_is_kept_until_an_address_or_time_asks_for_another(tmp_path: Path) -> None:
    def made(addresses: list[str], now: datetime.datetime) -> bytes:
        return tls.self_made(tmp_path, addresses, 365, now).cert.read_bytes()

    first = made(["192.0.2.7", "192.0.2.8"], NOW)
    assert made(["192.0.2.7"], NOW + datetime.timedelta(days=300)) == first
    moved = made(["192.0.2.9"], NOW)
    assert moved != first
    assert made(["192.0.2.9"], NOW + datetime.timedelta(days=360)) != moved


def test_broken_files_are_replaced(tmp_path: Path) -> None:
    files = tls.self_made(tmp_path, ["192.0.2.7"], 365, NOW)
    for broken in (files.cert, files.key):
        broken.write_text("garbage")
        tls.self_made(tmp_path, ["192.0.2.7"], 365, NOW)
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.cert, files.key)
    other = tls.self_made(tmp_path / "other", ["192.0.2.7"], 365, NOW)
    files.key.write_bytes(other.key.read_bytes())
    tls.self_made(tmp_path, ["192.0.2.7"], 365, NOW)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.cert, files.key)


def test_own_addresses_are_addresses_and_not_the_loopback() -> None:
    for address in tls.lan_addresses():
        assert not ipaddress.ip_address(address).is_loopback
