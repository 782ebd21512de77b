from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from server.settings import DEFAULT_CONFIG, Settings, SettingsRejected, load_settings

ENV_ONLY = {
    "session.token_secret",
    "standards.turn_secret",
    "server.var_dir",
    "server.web_dir",
    "tls.cert_file",
    "tls.key_file",
}


def keys(model: type, prefix: str = "") -> set[str]:
    found = set()
    for name, field in model.model_fields.items():
        inner = field.annotation
        found |= keys(inner, f"{name}.") if hasattr(inner, "model_fields") else {prefix + name}
    return found


def test_reference_file_lists_every_key_with_its_default_and_a_comment() -> None:
    text = DEFAULT_CONFIG.read_text()
    listed = {f"{section}.{key}": value for section, body in tomllib.loads(text).items() for key, value in body.items()}
    assert set(listed) == keys(Settings) - ENV_ONLY
    plain = Settings()
    for key, value in listed.items():
        section, name = key.split(".")
        assert getattr(getattr(plain, section), name) == (tuple(value) if isinstance(value, list) else value), key
    for key in ENV_ONLY:
        assert re.search(rf"^# {key.split('.')[1]}\b", text, re.MULTILINE), key


def test_settings_are_frozen() -> None:
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.server.port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"server.prot": 1}, "server.prot: no such key"),
        ({"sever.port": 1}, "sever: no such key"),
        ({"media.max_width_px": "wide"}, "media.max_width_px:"),
        ({"media.max_width_px": 100_000}, "media.max_width_px:"),
        ({"media.start_kbps": 9000}, "media: min_kbps <= start_kbps <= max_kbps"),
        ({"session.token_s": 3600}, "session.token_s:"),
        ({"session.token_secret": "short"}, "session.token_secret:"),
        ({"session.token_secret": "changeme" * 8}, "session.token_secret: is a sample"),
        ({"session.token_secret": "a" * 64}, "session.token_secret: is a sample"),
        ({"server.host": "0.0.0.0"}, "server.host: .* needs tls.mode"),
        ({"server.host": "::"}, "server.host: .* needs tls.mode"),
        ({"server.host": "0.0.0.0", "tls.mode": "self_made"}, "server.host: .* needs lan.join_token"),
        ({"lan.enabled": True, "lan.join_token": False}, "server.host: .* needs lan.join_token"),
        ({"lan.enabled": True, "tls.mode": "off"}, "server.host: .* needs tls.mode"),
        ({"tls.mode": "files"}, "tls: cert_file and key_file"),
    ],
)
def test_start_is_refused_with_the_name_of_the_key(overrides: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsRejected, match=f"^{says}"):
        load_settings(None, overrides)


def test_environment_is_stronger_than_the_file_and_the_command_line_strongest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "x.toml"
    config.write_text("[server]\nport = 1111\n[media]\nmax_kbps = 2222\n")
    assert load_settings(config).server.port == 1111
    monkeypatch.setenv("LOOKGLASS_SERVER__PORT", "3333")
    assert load_settings(config).server.port == 3333
    loaded = load_settings(config, {"server.port": 4444})
    assert (loaded.server.port, loaded.media.max_kbps) == (4444, 2222)


def test_secret_never_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "f00dcafe9b1d4e7a8c3b6d5e2f1a0b9c8d7e6f5a"
    monkeypatch.setenv("LOOKGLASS_SESSION__TOKEN_SECRET", secret)
    settings = load_settings()
    assert settings.session.token_secret is not None
    assert settings.session.token_secret.get_secret_value() == secret
    assert secret not in repr(settings) + str(settings) + settings.model_dump_json()


def test_lan_opens_the_door_behind_its_locks() -> None:
    settings = load_settings(None, {"lan.enabled": True})
    assert (settings.server.host, settings.tls.mode, settings.lan.join_token) == ("0.0.0.0", "self_made", True)


@pytest.mark.parametrize("text", ["[server", "[server]\nport = 'x'\nport = 2", None])
def test_unreadable_file_is_one_clear_line(tmp_path: Path, text: str | None) -> None:
    config = tmp_path / "broken.toml"
    if text is not None:
        config.write_text(text)
    with pytest.raises(SettingsRejected, match="broken.toml"):
        load_settings(config)
