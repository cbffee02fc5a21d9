"""The gateway's checks by name, where no route is needed to see what they do."""

import pytest
from litestar.connection import ASGIConnection

from gateway.accounts.caller import Caller
from gateway.limits import Connection, Limits
from gateway.problems import Problem
from gateway.settings import Rates
from gateway.share_client import OpenedLink, ShareClient
from gateway.video_client import VideoClient
from gateway.videos.sharing import LinkOpener
from shared.env import Rate
from shared.rpc_errors import WireError

TWO = Rate(2, 3600)


def limits() -> Limits:
    return Limits(Rates(TWO, TWO, TWO, TWO, TWO, TWO, TWO))


def at(address: str) -> Connection:
    scope = {"type": "http", "path": "/api/x", "headers": [], "client": (address, 1)}
    return ASGIConnection(scope)  # type: ignore[arg-type]


HOME, CAFE = at("203.0.113.1"), at("203.0.113.2")


def wrong(reason: str = "NOT_ALLOWED") -> Problem:
    return Problem(WireError(reason, "wrong"))


def reason_of(problem: pytest.ExceptionInfo[Problem]) -> str:
    return problem.value.error.reason


@pytest.mark.parametrize("check", ["guessing_password", "opening_share"])
@pytest.mark.parametrize("reason", ["NOT_SIGNED_IN", "NOT_ALLOWED", "NOT_FOUND", "INVALID_INPUT"])
def test_only_wrong_guesses_count(check: str, reason: str) -> None:
    guessing = getattr(limits(), check)
    for _ in range(50):
        with guessing(HOME, "secret"):
            pass
    for _ in range(50):
        with pytest.raises(Problem, match="wrong"), guessing(HOME, "secret"):
            raise wrong("UNAVAILABLE")  # our fault
    for _ in range(2):
        with pytest.raises(Problem) as refusal, guessing(HOME, "secret"):
            raise wrong(reason)
        assert reason_of(refusal) == reason
    with pytest.raises(Problem) as refusal, guessing(HOME, "secret"):
        raise AssertionError("it was not even tried")
    assert reason_of(refusal) == "RATE_LIMITED"
    with guessing(CAFE, "secret"), guessing(HOME, "another secret"):
        pass


@pytest.mark.parametrize("check", ["guessing_password", "opening_share"])
@pytest.mark.parametrize("right", [True, False])
def test_a_guess_that_was_sent_with_too_many_wrong_ones_is_not_told(check: str, right: bool) -> None:
    guessing = getattr(limits(), check)

    def checked_meanwhile() -> None:
        for _ in range(2):
            with pytest.raises(Problem, match="wrong"), guessing(HOME, "secret"):
                raise wrong()

    def guess() -> None:
        with guessing(HOME, "secret"):
            checked_meanwhile()
            if not right:
                raise wrong()

    with pytest.raises(Problem) as refusal:
        guess()
    assert reason_of(refusal) == "RATE_LIMITED"


def test_guesses_at_links_take_nothing_from_sign_ins() -> None:
    checks = limits()
    for _ in range(2):
        with pytest.raises(Problem), checks.opening_share(HOME, "ada"):
            raise wrong()
    with checks.guessing_password(HOME, "ada"):
        pass


@pytest.mark.parametrize("check", ["forgot", "upload_created", "listing"])
def test_one_account_from_everywhere_and_ten_times_as_much_from_one_address(check: str) -> None:
    ask = getattr(limits(), check)
    for number in range(2):
        ask(at(f"203.0.113.{number}"), "ada")
    with pytest.raises(Problem) as refusal:
        ask(at("203.0.113.77"), "ada")
    assert reason_of(refusal) == "RATE_LIMITED"
    for number in range(20):
        ask(at("192.0.2.1"), f"person {number}")
    with pytest.raises(Problem) as refusal:
        ask(at("192.0.2.1"), "person 21")
    assert int(refusal.value.error.metadata["retry_after_seconds"]) == 180  # an hour / (2 * 10)


def test_who_is_not_signed_in_lists_as_an_address() -> None:
    checks = limits()
    for _ in range(20):
        checks.listing(HOME, None)
    with pytest.raises(Problem):
        checks.listing(HOME, None)
    checks.listing(CAFE, None)


@pytest.mark.parametrize(("check", "allowed"), [("register", 2), ("reset", 20)])
def test_an_address_alone(check: str, allowed: int) -> None:
    ask = getattr(limits(), check)
    for _ in range(allowed):
        ask(HOME)
    with pytest.raises(Problem) as refusal:
        ask(HOME)
    assert reason_of(refusal) == "RATE_LIMITED"
    ask(CAFE)


async def test_who_learns_that_a_link_has_a_password_has_not_guessed_at_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(*_: object) -> OpenedLink:
        raise Problem(WireError("NOT_ALLOWED", "This link asks for its password.", {"needs": "password"}))

    monkeypatch.setattr(ShareClient, "open", refuse)
    client = VideoClient("127.0.0.1:1")  # nobody is called
    links = LinkOpener(client, limits())

    async def answer(password: str) -> str:
        with pytest.raises(Problem) as refusal:
            await links.open(HOME, Caller(None, None), "video", "secret", password)
        return reason_of(refusal)

    assert {await answer("") for _ in range(50)} == {"NOT_ALLOWED"}
    assert [await answer("wrong") for _ in range(3)] == ["NOT_ALLOWED", "NOT_ALLOWED", "RATE_LIMITED"]
    await client.close()
