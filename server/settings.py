"""One frozen tree of settings, read once at the start.

Sources, the strongest first: overrides of the command line, environment (`LOOKGLASS_SERVER__PORT=9000`),
a TOML file. `configs/default.toml` lists every key. Unknown keys fail by name; secrets come only from
the environment or from a file and never show in `repr`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_CONFIG = ROOT / "configs" / "default.toml"
SECRET_BYTES_MIN = 32
SAMPLE_SECRETS = ("changeme", "secret", "example", "password", "0123456789")


class SettingsRejected(ValueError):
    """Settings that cannot be used; the text starts with the key's name."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ServerSettings(_Section):
    """Where the server listens, and how it ends."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    public_hosts: tuple[str, ...] = ()
    drain_s: float = Field(5.0, ge=0, le=3600)
    var_dir: Path = ROOT / "var"
    web_dir: Path = ROOT / "xr_client" / "web"
    metrics_public: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_json: bool = False


class TlsSettings(_Section):
    """HTTPS in this process."""

    mode: Literal["off", "self_made", "files"] = "off"
    cert_file: Path | None = None
    key_file: Path | None = None
    valid_days: int = Field(365, ge=1, le=397)

    @model_validator(mode="after")
    def _files_are_named(self) -> TlsSettings:
        if self.mode == "files" and (self.cert_file is None or self.key_file is None):
            raise ValueError("cert_file and key_file are needed with mode = 'files'")
        return self


class LanSettings(_Section):
    """Serving phones of the same network."""

    enabled: bool = False
    join_token: bool = True


class SessionSettings(_Section):
    """Consent, tokens and the life of a session."""

    consent_text_version: str = "1"
    token_s: float = Field(600, gt=0, le=600)
    token_leeway_s: float = Field(60, ge=0, le=60)
    token_secret: SecretStr | None = Field(None, repr=False)
    hello_s: float = Field(10, gt=0)
    connect_s: float = Field(15, gt=0)
    silence_s: float = Field(8, gt=0)  # without a socket, until the seat is free
    resume_s: float = Field(120, ge=0, le=600)  # without a seat, until the session is forgotten
    stats_s: float = Field(0.5, gt=0)

    @field_validator("token_secret")
    @classmethod
    def _secret_is_strong(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return value
        secret = value.get_secret_value()
        if len(secret.encode()) < SECRET_BYTES_MIN:
            raise ValueError(f"needs at least {SECRET_BYTES_MIN} bytes")
        if len(set(secret)) < 8 or any(sample in secret.lower() for sample in SAMPLE_SECRETS):
            raise ValueError("is a sample, not a secret; make one with: openssl rand -hex 32")
        return value


class LimitSettings(_Section):
    """What one shopper, one address and the whole server may ask for."""

    sessions_max: int = Field(64, ge=1, le=256)
    least_fps: float = Field(12, ge=0, le=30, description="frames a second that one more shopper must leave everybody")
    connections_per_address: int = Field(8, ge=1)
    connections_max: int = Field(200, ge=1)
    offers_per_minute: int = Field(10, ge=1)
    consents_per_minute: int = Field(30, ge=1)
    photos_per_minute: int = Field(20, ge=1)
    views_per_minute: int = Field(120, ge=1)
    turntables_per_minute: int = Field(12, ge=1)
    size_answers_per_minute: int = Field(120, ge=1)
    scans_per_minute: int = Field(10, ge=1)
    size_texts_per_minute: int = Field(60, ge=1)
    shop_reads_per_minute: int = Field(600, ge=1)
    shop_writes_per_minute: int = Field(60, ge=1)
    shop_sessions_per_minute: int = Field(20, ge=1)
    turntables_waiting: int = Field(6, ge=1)
    turntable_cache_mib: float = Field(32, gt=0, le=1024)
    turntable_rest_s: float = Field(120, gt=0)
    half_open_max: int = Field(8, ge=1)
    viewers_max: int = Field(2, ge=0, le=16)
    signal_message_kib: int = Field(64, ge=4, le=256)
    signal_messages_per_s: int = Field(60, ge=1)
    offer_kib: int = Field(32, ge=4, le=64)
    offer_media_max: int = Field(4, ge=1)
    candidates_max: int = Field(64, ge=1)
    control_message_kib: int = Field(16, ge=1, le=64)
    control_messages_per_s: int = Field(50, ge=1)
    channels_max: int = Field(4, ge=1)
    photo_mib: float = Field(12, gt=0, le=64)
    photo_mpx: float = Field(24, gt=0, le=100)
    photo_decode_s: float = Field(2, gt=0)
    photo_memory_mib: int = Field(512, ge=256)
    scan_read_s: float = Field(6, gt=0)
    scan_memory_mib: int = Field(768, ge=256)


class MediaSettings(_Section):
    """Pictures and codecs on the wire."""

    max_width_px: int = Field(1280, ge=160, le=1920, description="longer side")
    photo_side_px: int = Field(1600, ge=160, le=4096)
    prefer_codec: Literal["h264", "vp8"] = "h264"
    start_kbps: int = Field(1800, ge=100, le=20000)
    min_kbps: int = Field(120, ge=50, le=20000)
    max_kbps: int = Field(2000, ge=100, le=50000)
    marker_release: bool = True
    tuned_encoder: bool = True
    low_delay_decoder: bool = True
    nack_timer: bool = True
    loss_deadline_ms: float = Field(100, ge=20, le=2000)
    loss_deadline_rtts: float = Field(4, ge=1, le=20)
    key_frame_gate: bool = True
    key_frame_guard: bool = True
    received_side_max_px: int = Field(1920, ge=160, le=4096)
    bounded_decoding: bool = True
    source_filter: bool = True
    rsa_peers: bool = True
    quick_handshake: bool = True
    hardware_encoder: bool = False
    hardware_decoder: bool = False
    encoder_pool: bool = True
    pace_frames: bool = True
    resend_once_per_rtt: bool = True
    history_packets: int = Field(1024, ge=128, le=16384)
    playout_delay: bool = True
    capture_time: bool = True
    rate_control: bool = True
    network_ladder: bool = True
    send_twice: bool = True
    bits_per_pixel_max: float = Field(0.15, ge=0.02, le=8)

    @model_validator(mode="after")
    def _rates_are_ordered(self) -> MediaSettings:
        if not self.min_kbps <= self.start_kbps <= self.max_kbps:
            raise ValueError("min_kbps <= start_kbps <= max_kbps does not hold")
        return self


class ShopSettings(_Section):
    """The shop's database, and how long it keeps what is a shopper's."""

    database: str = Field("", repr=False, description="SQLAlchemy URL; nothing: shop.db in server.var_dir")
    demo: bool = True
    session_days: int = Field(90, ge=1, le=730)
    body_days: int = Field(90, ge=1, le=730)
    event_days: int = Field(90, ge=1, le=730)
    copy_days: int = Field(7, ge=1, le=90)

    @field_validator("database")
    @classmethod
    def _is_a_database(cls, value: str) -> str:
        if value and not re.match(r"(sqlite|postgresql)(\+[a-z0-9]+)?://", value):
            raise ValueError("is no sqlite: or postgresql: URL, such as sqlite:///shop.db")
        return value


class StandardsSettings(_Section):
    """WHIP, WHEP and Unity Render Streaming."""

    origins: tuple[str, ...] = ()
    ice_servers: tuple[str, ...] = ()
    turn_secret: SecretStr | None = Field(None, repr=False)
    turn_s: float = Field(600, ge=60, le=3600)

    @field_validator("ice_servers")
    @classmethod
    def _are_servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not re.fullmatch(r"(stuns?|turns?):[A-Za-z0-9.:\[\]-]+(\?transport=(udp|tcp))?", url):
                raise ValueError(f"{url!r} is no stun:, stuns:, turn: or turns: address")
        return value


class WorkerSettings(_Section):
    """The processes that compute."""

    spares: int = Field(1, ge=0, le=16)
    start_s: float = Field(180, gt=0)
    stall_s: float = Field(5, gt=0)
    stop_s: float = Field(2, gt=0)
    ring_slots: int = Field(4, ge=3, le=16)
    threads: int = Field(1, ge=1, le=64)
    photo_frames: int = Field(12, ge=1, le=120)


class TryOnSettings(_Section):
    """Backends and models of the main path."""

    pose_model: str = "bundled"
    render_backend: str = "auto"
    composite_backend: str = "auto"


class LanguageModelSettings(_Section):
    """A language model that reads on in product texts where the rules stop; none, unless one is named."""

    model: str = ""
    sha256: str = Field("", pattern="^([0-9a-f]{64})?$")
    threads: int = Field(1, ge=1, le=64)
    context_tokens: int = Field(4096, ge=1024, le=32768)
    waiting: int = Field(4, ge=1)
    wait_s: float = Field(30, gt=0, le=600)
    answer_s: float = Field(60, gt=0, le=600)
    rest_s: float = Field(300, gt=0)


class Settings(BaseSettings):
    """The whole tree."""

    model_config = SettingsConfigDict(
        env_prefix="LOOKGLASS_", env_nested_delimiter="__", frozen=True, extra="forbid", validate_default=True
    )

    server: ServerSettings = ServerSettings()
    tls: TlsSettings = TlsSettings()
    lan: LanSettings = LanSettings()
    session: SessionSettings = SessionSettings()
    limits: LimitSettings = LimitSettings()
    media: MediaSettings = MediaSettings()
    shop: ShopSettings = ShopSettings()
    standards: StandardsSettings = StandardsSettings()
    worker: WorkerSettings = WorkerSettings()
    tryon: TryOnSettings = TryOnSettings()
    language_model: LanguageModelSettings = LanguageModelSettings()

    @model_validator(mode="after")
    def _open_door_has_locks(self) -> Settings:
        if is_loopback(self.server.host):
            return self
        if self.tls.mode == "off":
            raise ValueError(f"server.host: {self.server.host} is reachable from outside, which needs tls.mode")
        if not (self.lan.enabled and self.lan.join_token):
            raise ValueError(f"server.host: {self.server.host} is reachable from outside, which needs lan.join_token")
        return self


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_settings(path: Path | None = None, overrides: Mapping[str, object] | None = None) -> Settings:
    """Read the tree from `path` (default: configs/default.toml), the environment and dotted `overrides`.

    Raises SettingsRejected, one line a mistake, each beginning with the key's name.
    """
    source = path or DEFAULT_CONFIG
    if not source.is_file():
        raise SettingsRejected(f"{source}: no such configuration file")

    class Loaded(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            *_: Any,
            **__: Any,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, source)

    try:
        return Loaded(**_nested(_with_lan(overrides or {})))
    except ValidationError as error:
        raise SettingsRejected("\n".join(_line(e) for e in error.errors())) from None
    except ValueError as error:  # broken TOML
        raise SettingsRejected(f"{source}: {error}") from None


def _with_lan(overrides: Mapping[str, object]) -> dict[str, object]:
    """`lan.enabled` opens the door and locks it in one word; explicit keys win."""
    if overrides.get("lan.enabled") not in (True, "true", "1"):
        return dict(overrides)
    return {"server.host": "0.0.0.0", "tls.mode": "self_made", **overrides}  # noqa: S104 - behind TLS and a join token


def _nested(flat: Mapping[str, object]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        *sections, name = key.split(".")
        branch = tree
        for section in sections:
            branch = branch.setdefault(section, {})
        branch[name] = value
    return tree


def _line(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "no such key"
    return f"{key}: {message}" if key else message
