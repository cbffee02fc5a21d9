"""Settings from the environment: human values, and every mistake at once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.env import (
    Environment,
    Rate,
    SettingsError,
    load_environment,
    parse_duration_seconds,
    parse_networks,
    parse_rate,
    parse_size_bytes,
    read_dotenv,
)


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("0", 0),
        ("1500", 1500),
        ("5GB", 5_000_000_000),
        ("5GiB", 5_368_709_120),
        ("1.5 mb", 1_500_000),
        ("2kib", 2048),
        ("1TB", 1_000_000_000_000),
    ],
)
def test_sizes(text: str, size_bytes: int) -> None:
    assert parse_size_bytes(text) == size_bytes


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("250ms", 0.25),
        ("10s", 10.0),
        ("15m", 900.0),
        ("24h", 86_400.0),
        ("30d", 2_592_000.0),
        ("1.5h", 5400.0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration_seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "rate"),
    [("10/5m", Rate(10, 300.0)), ("1 / 1s", Rate(1, 1.0)), ("600/1.5h", Rate(600, 5400.0)), ("OFF", None)],
)
def test_rates(text: str, rate: Rate | None) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "10", "0/5m", "-1/5m", "1.5/5m", "10/0s", "10/500ms", "10/31d", "x/5m"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="rate"):
        parse_rate(text)


def test_networks() -> None:
    assert [str(network) for network in parse_networks("127.0.0.1, 10.0.0.0/8,fd00::/8,")] == [
        "127.0.0.1/32",
        "10.0.0.0/8",
        "fd00::/8",
    ]


@pytest.mark.parametrize("text", ["localhost", "10.0.0.1/8", "*", "10.0.0.0/33", "0.0.0.0/0", "::/0"])
def test_networks_that_are_none_or_everybody_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        parse_networks(text)


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "5XB", "5 G B", "1e9", "nan"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="size"):
        parse_size_bytes(text)


@pytest.mark.parametrize("text", ["", "10", "s", "-1s", "10 minutes", "1h30m"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration_seconds(text)


@given(st.integers(min_value=0, max_value=10**15))
def test_a_plain_number_is_bytes(size_bytes: int) -> None:
    assert parse_size_bytes(str(size_bytes)) == size_bytes


def test_every_mistake_is_reported_at_once_by_its_name() -> None:
    environment = Environment(
        {
            "PORT": "70000",
            "SIZE": "big",
            "OPEN": "maybe",
            "URL": "example.org",
            "DB": "mysql://x",
            "FINE": "yes",
        }
    )
    assert environment.integer("PORT", 8000, minimum=1, maximum=65535) == 8000
    environment.size_bytes("SIZE", "1GB")
    environment.flag("OPEN", True)
    environment.url("URL")
    environment.database_url("DB")
    assert environment.flag("FINE", False) is True
    with pytest.raises(SettingsError) as caught:
        environment.finish()
    named = [mistake.partition("=")[0] for mistake in caught.value.mistakes]
    assert named == ["PORT", "SIZE", "OPEN", "URL", "DB"]
    assert all("\n" not in mistake for mistake in caught.value.mistakes)


def test_unset_and_empty_take_the_default() -> None:
    environment = Environment({"EMPTY": "  "})
    assert environment.text("EMPTY", "a default") == "a default"
    assert environment.optional("EMPTY") is None
    assert environment.duration_seconds("MISSING", "10m") == 600.0
    assert environment.choice("EMPTY", "open", ("open", "closed")) == "open"
    assert environment.path("MISSING", "./data").is_absolute()
    environment.finish()


def test_a_choice_is_taken_whatever_its_case_and_a_url_without_its_last_slash() -> None:
    environment = Environment({"REGISTRATION": "Closed", "URL": "https://video.example.org/"})
    assert environment.choice("REGISTRATION", "open", ("open", "closed")) == "closed"
    assert environment.url("URL") == "https://video.example.org"
    environment.finish()


def test_a_dotenv_file_is_read_and_the_real_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "# a comment\nexport PLAYHEAD_A='one'\nPLAYHEAD_B = \"two\"\n#PLAYHEAD_C=3\n\nnonsense\n"
    )
    assert read_dotenv(dotenv) == {"PLAYHEAD_A": "one", "PLAYHEAD_B": "two"}
    monkeypatch.setenv("PLAYHEAD_B", "from outside")
    environment = load_environment(dotenv)
    assert environment.text("PLAYHEAD_A", "") == "one"
    assert environment.text("PLAYHEAD_B", "") == "from outside"


def test_a_missing_dotenv_file_is_no_mistake(tmp_path: Path) -> None:
    assert read_dotenv(tmp_path / ".env") == {}
