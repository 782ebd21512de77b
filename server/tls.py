"""The certificate for phones of the same network, made at the first start."""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
from dataclasses import dataclass
from pathlib import Path

import ifaddr
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

RENEW_DAYS = 14


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Paths of PEM files; the key is readable by its owner alone."""

    cert: Path
    key: Path


def lan_addresses() -> list[str]:
    """Return the IPv4 addresses under which this machine can be reached, the likeliest first."""
    found = [
        str(ip.ip)
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if ip.is_IPv4 and not ipaddress.ip_address(str(ip.ip)).is_loopback
    ]
    return sorted(found, key=_is_virtual)


def self_made(directory: Path, addresses: list[str], valid_days: int, now: datetime.datetime) -> CertificateFiles:
    """Return a certificate for localhost and `addresses`, made again when it does not cover them or soon ends."""
    files = CertificateFiles(directory / "lan.crt", directory / "lan.key")
    if not _covers(files, addresses, now):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(files, addresses, valid_days, now)
    return files


def fingerprint(cert: Path) -> str:
    """SHA-256 of a certificate, as browsers show it."""
    digest = x509.load_pem_x509_certificate(cert.read_bytes()).fingerprint(hashes.SHA256())
    return ":".join(f"{byte:02X}" for byte in digest)


def _covers(files: CertificateFiles, addresses: list[str], now: datetime.datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(files.cert.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    covered = {str(ip) for ip in names.get_values_for_type(x509.IPAddress)}
    soon = now + datetime.timedelta(days=RENEW_DAYS)
    same = key.public_key() == certificate.public_key()
    return same and set(addresses) <= covered and soon < certificate.not_valid_after_utc


def _make(files: CertificateFiles, addresses: list[str], valid_days: int, now: datetime.datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lookglass on this network")])
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.DNSName(socket.gethostname()[:63] or "localhost")]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ["127.0.0.1", *addresses]]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=valid_days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(files.key, pem)
    _write(files.cert, certificate.public_bytes(serialization.Encoding.PEM))


def _write(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def _is_virtual(address: str) -> bool:
    """Container bridges usually sit in 172.16/12; phones do not."""
    return ipaddress.ip_address(address) in ipaddress.ip_network("172.16.0.0/12")
