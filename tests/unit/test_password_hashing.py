"""How dear it is to try a password that was stolen as a hash."""

import pytest

from shared.env import Environment, SettingsError
from shared.password_hashing import password_hasher, read_password_memory_bytes


def test_one_attempt_takes_what_rfc_9106_recommends_unless_somebody_has_less() -> None:
    for values, kib in (({}, 65536), ({"PASSWORD_MEMORY": "12MiB"}, 12288)):
        memory_bytes = read_password_memory_bytes(Environment(values))
        assert password_hasher(memory_bytes).hash("x").startswith(f"$argon2id$v=19$m={kib},t=3,p=4$")


def test_nobody_makes_it_cheap() -> None:
    environment = Environment({"PASSWORD_MEMORY": "11MiB"})
    read_password_memory_bytes(environment)
    with pytest.raises(SettingsError, match="PASSWORD_MEMORY must be at least 12MiB"):
        environment.finish()


def test_a_hash_holds_when_the_setting_changes() -> None:
    before, after = password_hasher(64 * 2**20), password_hasher(12 * 2**20)
    assert after.verify(before.hash("correct horse"), "correct horse")
