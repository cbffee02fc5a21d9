"""What it costs to try a password: argon2id (RFC 9106), whose memory is a setting."""

from argon2 import PasswordHasher

from shared.env import Environment

#: Of OWASP's Password Storage Cheat Sheet, the least for three passes.
_LEAST_MEMORY = "12MiB"
_LEAST_MEMORY_BYTES = 12 * 2**20


def read_password_memory_bytes(environment: Environment) -> int:
    """``PASSWORD_MEMORY``: what one attempt takes, in bytes."""
    memory_bytes = environment.size_bytes("PASSWORD_MEMORY", "64MiB")
    enough = memory_bytes >= _LEAST_MEMORY_BYTES
    environment.require(enough, f"PASSWORD_MEMORY must be at least {_LEAST_MEMORY}.")
    return memory_bytes


def password_hasher(memory_bytes: int) -> PasswordHasher:
    """With three passes and four lanes, as in RFC 9106's second recommendation, whose memory is 64 MiB.

    It verifies hashes of any cost: that stands in the hash.
    """
    return PasswordHasher(time_cost=3, memory_cost=memory_bytes // 1024, parallelism=4)
