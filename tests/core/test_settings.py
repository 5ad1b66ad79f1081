"""Settings: whoever speaks last wins, and what is wrong is told in one line that mends it."""

from pathlib import Path

import pytest

from whimbrel.app.reference import reference
from whimbrel.core.settings import (
    KEYS,
    Instance,
    Settings,
    SettingsError,
    describe,
    load,
    masked,
)


def test_the_command_line_beats_the_environment_beats_the_file(tmp_path):
    """An administrator who overrides a setting must get what was typed last."""
    (tmp_path / "whimbrel.toml").write_text('title = "File"\npost_chars = 1\nbio_chars = 1\n')
    env = {"WHIMBREL_POST_CHARS": "2", "WHIMBREL_BIO_CHARS": "2"}
    found = load(tmp_path, {"bio_chars": 3, "alt_chars": None}, env)
    assert (found.title, found.post_chars, found.bio_chars) == ("File", 2, 3)
    assert (found.alt_chars, found.data) == (1500, tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("rate_limits", "off", False),
        ("confirm_email", "No", False),
        ("confirm_email", "1", True),
        ("allow_private", "10.0.0.1, ::1", ("10.0.0.1", "::1")),
        ("languages", "en,pt-BR", ("en", "pt-BR")),
        ("smtp", "", ""),
    ],
)
def test_the_environment_speaks_in_words(tmp_path, name, text, value):
    assert getattr(load(tmp_path, env={f"WHIMBREL_{name.upper()}": text}), name) == value


@pytest.mark.parametrize(
    ("name", "text", "fix"),
    [
        ("signups", "opne", "one of open, approval, invite, closed"),
        ("post_char", "9", "did you mean post_chars?"),
        ("post_chars", "0", "1 or more, such as 500"),
        ("domain", "https://a.example/", "only the name"),
        ("origin", "https://a.example/x", "nothing after the name"),
        ("bind", "3000", "127.0.0.1:3000"),
        ("bind", "::1:3000", "[::1]:3000"),
        ("role", "web", "needs PostgreSQL"),
        ("tls_cert", "/no/such/file", "no such file"),
        ("allow_private", "10.0.0.0/8", "exact addresses"),
        ("database", "mysql://x/y", "postgresql://"),
        ("objects", "s3://b?endpint=x", "s3://BUCKET"),
        ("smtp", "smtp://a:hunter2@", "smtp://USER"),
        ("confirm_email", "maybe", "yes or no"),
    ],
)
def test_an_error_is_one_line_with_key_place_and_fix(tmp_path, name, text, fix):
    """Someone at three in the morning must see what to type, and no password in the log."""
    with pytest.raises(SettingsError) as error:
        load(tmp_path, env={f"WHIMBREL_{name.upper()}": text})
    message = str(error.value)
    assert message.startswith(name) and f"WHIMBREL_{name.upper()}" in message and fix in message
    assert "\n" not in message and "hunter2" not in message


def test_a_broken_file_names_itself_and_the_line(tmp_path):
    file = tmp_path / "my.toml"
    file.write_text("title = \n")
    with pytest.raises(SettingsError, match=r"my\.toml is not valid TOML: .*line 1"):
        load(tmp_path, env={}, file=file)


def test_what_an_orchestrator_injects_is_not_ours(tmp_path):
    """Kubernetes sets WHIMBREL_PORT for a service of that name; the server must start."""
    env = {"WHIMBREL_PORT": "tcp://10.0.0.1:80", "WHIMBREL_SERVICE_HOST": "10.0.0.1"}
    assert load(tmp_path, env=env) == Settings(data=tmp_path)


@pytest.mark.parametrize(
    ("settings", "domain", "origin"),
    [
        (Settings(), "127.0.0.1:3000", "http://127.0.0.1:3000"),
        (Settings(bind="localhost:3000"), "localhost:3000", "http://localhost:3000"),
        (Settings(bind="0.0.0.0:80"), "localhost", "http://localhost"),
        (Settings(bind="[::1]:3000"), "[::1]:3000", "http://[::1]:3000"),
        (Settings(domain="a.example"), "a.example", "https://a.example"),
        (Settings(domain="a.localhost"), "a.localhost:3000", "http://a.localhost:3000"),
        (Settings(domain="localhost:9"), "localhost:9", "http://localhost:9"),
        (Settings(domain="a.b", origin="https://w.a.b"), "a.b", "https://w.a.b"),
        (Settings(tls_cert="c", tls_key="k"), "127.0.0.1:3000", "https://127.0.0.1:3000"),
    ],
)
def test_where_browsers_find_us(settings, domain, origin):
    """A wrong origin sends every confirmation mail and every OAuth app to nowhere."""
    found = Instance.of(settings)
    assert (found.domain, found.origin) == (domain, origin)
    assert found.streaming == origin.replace("http", "ws", 1)


@pytest.mark.parametrize(
    ("settings", "origin"),
    [
        (Settings(domain="a.example"), "https://a.example"),
        (Settings(domain="a.example", media_domain="m.example"), "https://m.example"),
        (Settings(domain="localhost", media_domain="m.localhost"), "http://m.localhost:3000"),
        (Settings(domain="localhost:9", media_domain="m.localhost:8"), "http://m.localhost:8"),
    ],
)
def test_where_browsers_find_files(settings, origin):
    """Every picture of every page would be missing."""
    found = Instance.of(settings)
    assert found.media_origin == origin
    assert found.media_apart == ("" if found.origin == origin else origin)


def test_port_zero_becomes_the_port_really_taken():
    assert Instance.of(Settings(bind="localhost:0"), port=4711).origin == "http://localhost:4711"


def test_passwords_are_masked():
    assert masked("database", "postgresql://a:b@c/d") == "postgresql://a:***@c/d"
    assert masked("redis", "redis://:b@c/0") == "redis://:***@c/0"
    assert masked("s3_secret", "b") == "***"
    assert masked("title", "Ours") == "Ours"


def test_the_reference_is_up_to_date():
    """A setting nobody can look up might as well not exist."""
    page = Path(__file__).parents[2] / "docs" / "configuration.md"
    assert page.read_text() == reference(), "run: whimbrel config reference >docs/configuration.md"
    assert all(describe(key).endswith(".") for key in KEYS)
