"""The web app's pages, the watch page, health, and what surrounds every answer. No video service runs."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import httpx
import pytest

from tests.support.database import GATEWAY_DATABASES
from tests.support.gateway import RunningGateway, gateway_environment, running_gateway
from tools.processes import ROOT

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with GATEWAY_DATABASES.lasting() as url:
        yield url


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[RunningGateway]:
    folder = tmp_path_factory.mktemp("site")
    dist = folder / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<p>shell")
    (dist / "home.html").write_text("<p>home")
    (dist / "watch.html").write_text("<p>watch")
    (dist / "embed.html").write_text("<title>Playhead</title>")
    (dist / "favicon.svg").write_text("<svg/>")
    (dist / "service-worker.js").write_text("self")
    (dist / "offline.html").write_text("<style>p{}</style><p>offline")
    (dist / "assets" / "index-abc.js").write_text("plain")
    (dist / "assets" / "index-abc.js.br").write_text("as br")
    (dist / "assets" / "index-abc.js.gz").write_text("as gz")
    (folder / "secret.txt").write_text("secret")
    (dist / "assets" / "link.txt").symlink_to(folder / "secret.txt")
    with running_gateway(folder / "data", database_url, FRONTEND_DIST=str(dist)) as gateway:
        yield gateway


@pytest.fixture
def browser(gateway: RunningGateway) -> Iterator[httpx.Client]:
    with gateway.client() as client:
        yield client


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/", "<p>home"),
        ("/shared", "<p>home"),
        ("/login", "<p>shell"),
        ("/register", "<p>shell"),
        ("/upload", "<p>shell"),
        ("/my", "<p>shell"),
        ("/history", "<p>shell"),
        ("/watch-later", "<p>shell"),
    ],
)
def test_pages_are_the_shell_and_never_stale(browser: httpx.Client, path: str, document: str) -> None:
    answer = browser.get(path, headers=HTML)
    assert (answer.status_code, answer.text) == (200, document)
    assert answer.headers["link"] == "<http://127.0.0.1:8001>; rel=preconnect; crossorigin"
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "media-src blob: http://127.0.0.1:8001;" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    head = browser.head(path, headers=HTML)
    assert (head.status_code, head.content) == (200, b"")


def test_the_few_files_that_do_something_may_do_only_that(browser: httpx.Client) -> None:
    worker = browser.get("/service-worker.js")
    assert worker.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"
    # printf 'p{}' | openssl dgst -sha256 -binary | base64
    style = "sha256-gG2yISYereRMiG2lMXrbiUgi0Ubw9p7QCeWcroOvy9Y="
    policy = browser.get("/offline.html").headers["content-security-policy"]
    assert f"style-src '{style}'" in policy
    assert "script-src" not in policy
    assert "sandbox" in browser.get("/favicon.svg").headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/healthz", "/config.json", "/api/docs"])
def test_head_is_get_without_a_body(browser: httpx.Client, path: str) -> None:
    got, head = browser.get(path, headers=HTML), browser.head(path, headers=HTML)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.headers["content-type"].count("charset") <= 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("GET", "/api", 404),
        ("POST", "/api/nothing", 404),
        ("PUT", "/api/videos", 405),
        ("DELETE", "/", 405),
    ],
)
def test_what_no_route_takes_is_surrounded_too(
    browser: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = browser.request(method, path, headers=HTML)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"] != ""
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "referrer-policy" in answer.headers


@pytest.mark.parametrize("path", ["/no/such/page", "/videos", "/videos/", "/people", "/embed"])
def test_an_unknown_page_is_the_shell_for_people_and_a_problem_for_programs(
    browser: httpx.Client, path: str
) -> None:
    page = browser.get(path, headers=HTML)
    assert (page.status_code, page.text) == (404, "<p>shell")
    problem = browser.get(path)
    assert (problem.status_code, problem.json()["reason"]) == (404, "NOT_FOUND")
    api = browser.get("/api/nothing", headers=HTML)
    assert api.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("accepted", "coding", "body"),
    [
        ("gzip, br", "br", b"as br"),
        ("gzip", "gzip", b"as gz"),
        ("br;q=0, identity", None, b"plain"),
    ],
)
def test_assets_are_kept_forever_and_compressed_as_accepted(
    browser: httpx.Client, accepted: str, coding: str | None, body: bytes
) -> None:
    with browser.stream("GET", "/assets/index-abc.js", headers={"Accept-Encoding": accepted}) as answer:
        assert b"".join(answer.iter_raw()) == body
    assert answer.headers.get("content-encoding") == coding
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt",
        "/assets/link.txt", "//etc/passwd", "/%00", "/assets/" + "x" * 5000,
    ],
)  # fmt: skip
def test_nothing_outside_the_folder_is_served(gateway: RunningGateway, path: str) -> None:
    """Sent as it is: a client library would tidy the path."""
    host, port = gateway.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.split(b" ")[1] in (b"404", b"400")
    assert b"root:" not in answer
    assert not answer.endswith(b"secret")


@pytest.mark.parametrize("agent", ["Mozilla/5.0 Chrome/140", "Slackbot-LinkExpanding 1.0", "curl/8", ""])
def test_the_watch_page_is_html_for_everyone_who_is_no_player(browser: httpx.Client, agent: str) -> None:
    for video_id in ("a" * 26, "nonsense"):
        answer = browser.get(f"/videos/{video_id}", headers={"User-Agent": agent, "Accept": "*/*"})
        assert (answer.status_code, answer.text) == (200, "<p>watch")
        assert {"Accept", "User-Agent"} <= set(answer.headers["vary"].split(", "))


def test_without_the_video_service_the_answer_is_later(browser: httpx.Client) -> None:
    for path in ("/api/videos", f"/videos/{'a' * 26}/master.m3u8"):
        answer = browser.get(path)
        assert (answer.status_code, answer.json()["reason"]) == (503, "UNAVAILABLE")
        assert int(answer.headers["retry-after"]) > 0
    ready = browser.get("/readyz")
    assert (ready.status_code, ready.json()) == (503, {"database": True, "video_service": False})
    assert browser.get("/healthz").status_code == 200


def test_without_the_video_service_nobody_frames_a_player(browser: httpx.Client) -> None:
    """Whom its owner allows is not known: what is framed says that it is later, and plays nothing."""
    answer = browser.get(f"/embed/{'a' * 26}")
    assert answer.status_code == 503
    assert '<meta name="playhead-refusal" content="unavailable" />' in answer.text


def test_configuration_names_the_video_service_on_the_same_host(browser: httpx.Client) -> None:
    config = browser.get("/config.json", headers={"Host": "video.lan:8000"}).json()
    assert config == {
        "video_url": "http://video.lan:8001",
        "max_upload_bytes": 50_000_000_000,
        "registration": "open",
        "mail": False,
        "anonymous_access": True,
    }


def test_a_hostile_host_gets_into_no_header(browser: httpx.Client) -> None:
    answer = browser.get("/", headers={"Host": "x; script-src *"})
    assert "script-src *" not in str(answer.headers)


@pytest.mark.parametrize("host", ["[::::]", "[1.2.3.4]", "a:99999", "[::1]:70000", "a:", "[:]"])
def test_a_host_that_is_none_does_no_harm(browser: httpx.Client, host: str) -> None:
    for path in ("/", "/config.json"):
        answer = browser.get(path, headers={"Host": host})
        assert answer.status_code == 200
    assert httpx.URL(answer.json()["video_url"]).host == "127.0.0.1"


def test_a_host_may_be_an_address_of_ipv6(browser: httpx.Client) -> None:
    config = browser.get("/config.json", headers={"Host": "[2001:db8::1]:8000"}).json()
    assert config["video_url"] == "http://[2001:db8::1]:8001"


def test_a_body_of_nothing_but_brackets_is_malformed(browser: httpx.Client) -> None:
    body = '{"x":' + "[" * 100_000
    answer = browser.post("/api/auth/login", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["reason"]) == (400, "INVALID_INPUT")


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "2026-01-01T00:00:00"]
)
def test_what_is_no_moment_is_said_to_be_none(browser: httpx.Client, time: str) -> None:
    answer = browser.get("/api/videos", params={"created_after": time})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "created_after")


def test_request_ids_come_back_and_hostile_ones_are_replaced(browser: httpx.Client) -> None:
    assert browser.get("/healthz", headers={"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert len(browser.get("/healthz", headers={"X-Request-Id": "a b"}).headers["x-request-id"]) == 26
    assert "x-request-id" in browser.put("/healthz").headers


def test_the_api_is_described_with_examples(browser: httpx.Client) -> None:
    schema = browser.get("/api/openapi.json").json()
    paths = schema["paths"]
    assert {"/api/auth/login", "/api/videos", "/api/videos/{video_id}", "/api/uploads", "/upload"} <= set(
        paths
    )
    body = paths["/api/auth/login"]["post"]["requestBody"]["content"]["application/json"]
    assert "ada@example.org" in str(body) + str(schema["components"])
    form = paths["/upload"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert (form["required"], "title" in form["properties"]) == (["file"], True)
    appending = paths["/api/uploads/{upload_id}"]["patch"]
    assert {"upload_id", "Tus-Resumable", "Upload-Offset"} <= {
        given["name"] for given in appending["parameters"]
    }
    assert "application/offset+octet-stream" in appending["requestBody"]["content"]
    page = browser.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "http" not in page.text.replace("HTTP", ""), "it needs no other server"
    assert "gateway_requests_total" in browser.get("/metrics").text


def serve(data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", "serve"],
        cwd=ROOT, env=gateway_environment(data, settings),
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def test_mistakes_in_settings_are_all_named_and_nothing_starts(tmp_path: Path) -> None:
    done = serve(tmp_path, GATEWAY_PORT="x", MAX_UPLOAD_SIZE="many", REGISTRATION="maybe")
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert [line.split("=")[0] for line in lines] == [
        "gateway: GATEWAY_PORT", "gateway: REGISTRATION", "gateway: MAX_UPLOAD_SIZE",
    ]  # fmt: skip


def test_a_taken_port_is_one_clear_line(tmp_path: Path, database_url: str, gateway: RunningGateway) -> None:
    port = gateway.url.rsplit(":", 1)[1]
    done = serve(tmp_path, GATEWAY_DATABASE_URL=database_url, GATEWAY_PORT=port)
    assert done.returncode == 2
    assert "GATEWAY_PORT" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_it_stops_in_time_with_a_request_in_the_air(tmp_path: Path, database_url: str) -> None:
    with running_gateway(tmp_path, database_url) as gateway:
        host, port = gateway.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            head = "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
            kind = "Content-Type: application/json\r\nExpect: 100-continue\r\n"
            connection.sendall(f"{head}{kind}\r\n".encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 100 "), "it is in the air"
            gateway.process.send_signal(signal.SIGTERM)
            # By itself the request would be in the air for half a minute; the log says what ended it.
            assert gateway.process.wait(timeout=60) in (0, -signal.SIGTERM)
    log = (tmp_path / "gateway.log").read_text()
    assert "timeout graceful shutdown exceeded" in log
    assert "Application shutdown complete" in log, "the database and the channel were closed"


class Hearing(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # not subscriptable when it runs
    """A video service that only notes what calls bring along."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str | bytes]] = []

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> None:
        self.heard.extend(handler_call_details.invocation_metadata)


def test_the_video_service_is_told_the_requests_id(tmp_path: Path, database_url: str) -> None:
    hearing = Hearing()
    server = grpc.server(ThreadPoolExecutor(1), handlers=[hearing])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with running_gateway(tmp_path, database_url, VIDEO_GRPC_URL=f"127.0.0.1:{port}") as gateway:
        httpx.get(f"{gateway.url}/api/videos", headers={"X-Request-Id": "abc-1"})
    server.stop(None)
    assert ("x-request-id", "abc-1") in hearing.heard
