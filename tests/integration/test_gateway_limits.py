"""How often the gateway lets things happen. A trusted proxy is played by a header, so that one
test can come from many addresses; periods are hours, so that no test waits for one."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.database import GATEWAY_DATABASES
from tests.support.gateway import RunningGateway, running_gateway

ADA = {"email": "ada@example.org", "password": "correct horse battery", "name": "Ada"}
Gateway = Callable[..., AbstractContextManager["Addresses"]]


class Addresses:
    """People behind a proxy, each at an address of their own."""

    def __init__(self, gateway: RunningGateway, client: httpx.Client) -> None:
        self.gateway, self.client = gateway, client

    def post(self, path: str, address: str, **body: str) -> httpx.Response:
        return self.client.post(path, json=body, headers={"X-Forwarded-For": address})

    def get(self, path: str, address: str, token: str = "") -> httpx.Response:
        headers = {"X-Forwarded-For": address} | ({"Authorization": f"Bearer {token}"} if token else {})
        return self.client.get(path, headers=headers)

    def register(self, address: str, email: str = ADA["email"]) -> httpx.Response:
        return self.post("/api/auth/register", address, **ADA | {"email": email})

    def sign_in(self, address: str, password: str, email: str = ADA["email"]) -> httpx.Response:
        return self.post("/api/auth/login", address, email=email, password=password)


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with GATEWAY_DATABASES.lasting() as url:
        yield url


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> None:
    with (
        running_gateway(tmp_path_factory.mktemp("data"), database_url) as gateway,
        gateway.client() as client,
    ):
        assert client.post("/api/auth/register", json=ADA).status_code == 201


@pytest.fixture
def gateway(tmp_path: Path, database_url: str, account: None) -> Gateway:
    @contextmanager
    def start(**settings: str) -> Iterator[Addresses]:
        settings = {"TRUSTED_PROXIES": "127.0.0.1", **settings}
        with running_gateway(tmp_path, database_url, **settings) as running, running.client() as client:
            yield Addresses(running, client)

    return start


def refused(answer: httpx.Response) -> bool:
    """Whether it was too often; then the answer tells when to come again."""
    if answer.status_code != 429:
        return False
    problem = answer.json()
    assert problem["reason"] == "RATE_LIMITED"
    assert 0 < int(answer.headers["retry-after"]) == problem["retry_after_seconds"] <= 3600
    return True


def test_a_school_behind_one_address_signs_in_at_nine_o_clock(gateway: Gateway) -> None:
    with gateway(RATE_LIMIT_SIGN_IN="1/1h") as house:
        answers = [house.sign_in("203.0.113.1", ADA["password"]) for _ in range(15)]
    assert [answer.status_code for answer in answers] == [200] * 15


def test_wrong_passwords_end_further_guesses_of_that_address_at_that_account(gateway: Gateway) -> None:
    with gateway(RATE_LIMIT_SIGN_IN="2/1h") as house:
        guesses = [house.sign_in("203.0.113.1", f"wrong {number}").status_code for number in range(2)]
        assert guesses == [401, 401]
        assert refused(house.sign_in("203.0.113.1", "wrong again"))
        assert refused(house.sign_in("203.0.113.1", ADA["password"])), "a right guess looks like a wrong one"
        assert refused(house.sign_in("203.0.113.1", "wrong", "ADA@Example.org ")), "the same account"
        assert house.sign_in("203.0.113.2", ADA["password"]).status_code == 200, "who has it still gets in"
        assert house.sign_in("203.0.113.1", "wrong", "bob@example.org").status_code == 401


def test_neither_many_addresses_nor_many_accounts_help_a_guesser(gateway: Gateway) -> None:
    with gateway(RATE_LIMIT_SIGN_IN="1/1h") as house:
        for number in range(10):
            assert house.sign_in(f"203.0.113.{number}", "wrong").status_code == 401
        assert refused(house.sign_in("198.51.100.1", "wrong")), "one account from everywhere"
        for number in range(10):
            assert house.sign_in("192.0.2.1", "wrong", f"nobody{number}@example.org").status_code == 401
        assert refused(house.sign_in("192.0.2.1", "wrong", "nobody@example.org")), "one address, everyone"


def test_guesses_that_are_sent_together_learn_no_more(gateway: Gateway) -> None:
    with gateway(RATE_LIMIT_SIGN_IN="2/1h") as house, ThreadPoolExecutor(24) as pool:
        guesses = [f"wrong {number}" for number in range(24)]
        answers = list(pool.map(lambda guess: house.sign_in("203.0.113.1", guess), guesses))
        assert sorted(answer.status_code for answer in answers) == [401] * 2 + [429] * 22
        assert refused(house.sign_in("203.0.113.1", ADA["password"]))


def test_an_address_makes_so_many_accounts_and_a_spoofed_header_makes_no_more(gateway: Gateway) -> None:
    with gateway(RATE_LIMIT_REGISTER="2/1h", TRUSTED_PROXIES="") as house:
        answers = [house.register(f"203.0.113.{n}", f"spoofer{n}@example.org") for n in range(4)]
        assert [answer.status_code for answer in answers[:2]] == [201, 201]
        assert all(refused(answer) for answer in answers[2:])


def test_what_a_caller_puts_before_the_proxys_entry_is_not_believed(gateway: Gateway) -> None:
    with gateway(RATE_LIMIT_REGISTER="1/1h") as house:
        assert house.register("198.51.100.9", "first@example.org").status_code == 201
        for claim in ("192.0.2.77", "127.0.0.1", "unknown", ""):
            assert refused(house.register(f"{claim}, 198.51.100.9", "second@example.org"))
        assert house.register("198.51.100.10", "third@example.org").status_code == 201


def test_the_addresses_of_an_ipv6_network_are_one(gateway: Gateway) -> None:
    with gateway(RATE_LIMIT_REGISTER="1/1h") as house:
        assert house.register("2001:db8:1:2::1", "v6a@example.org").status_code == 201
        assert refused(house.register("2001:db8:1:2:dead:beef:0:7", "v6b@example.org"))
        assert house.register("2001:db8:1:3::1", "v6c@example.org").status_code == 201


def test_everything_together_is_limited_for_an_address_and_for_an_account(gateway: Gateway) -> None:
    with gateway(RATE_LIMIT_API="2/1h") as house:
        token = house.sign_in("203.0.113.50", ADA["password"]).json()["access_token"]
        mine = [house.get("/api/auth/me", f"203.0.113.{n}", token) for n in range(3)]
        assert [answer.status_code for answer in mine[:2]] == [200, 200]
        assert refused(mine[2]), "one account, whatever its addresses"
        theirs = [house.get("/api/auth/me", "192.0.2.9").status_code for _ in range(20)]
        assert theirs == [401] * 20
        for path in ("/api/auth/me", "/api/videos", "/api/docs", "/videos/x/master.m3u8"):
            assert refused(house.get(path, "192.0.2.9")), path
        assert refused(house.post("/upload", "192.0.2.9"))
        for path in ("/healthz", "/config.json", "/.well-known/jwks.json"):
            assert house.get(path, "192.0.2.9").status_code == 200
        assert house.get("/api/auth/me", "192.0.2.10").status_code == 401, "others go on"


@pytest.mark.parametrize(("trusted", "scheme"), [("127.0.0.1", "https"), ("", "http")])
def test_only_a_trusted_proxy_says_that_there_is_tls(gateway: Gateway, trusted: str, scheme: str) -> None:
    with gateway(TRUSTED_PROXIES=trusted) as house:
        config = house.client.get("/config.json", headers={"X-Forwarded-Proto": "https"}).json()
    assert config["video_url"].startswith(f"{scheme}://")


def test_limits_can_be_switched_off(gateway: Gateway) -> None:
    with gateway() as house:
        answers = [house.sign_in("203.0.113.1", "wrong").status_code for _ in range(12)]
    assert answers == [401] * 12
