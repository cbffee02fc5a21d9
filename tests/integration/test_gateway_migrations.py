"""The gateway's migrations: from nothing, and from a database that people already use."""

import hashlib
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from shared.embedded_postgres import EmbeddedPostgres, start_embedded
from tests.support.gateway import COOKIE, execute, gateway_environment, running_gateway
from tools.processes import ROOT

FIRST = importlib.import_module("gateway.piccolo_migrations.gateway_2026_11_24t00_00_01_000000")
TABLES = {"users", "sessions", "refresh_tokens", "api_tokens", "password_resets", "invitations"}
TABLES |= {"audit_events", "outbox", "migration"}


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    with TemporaryDirectory(prefix="playhead-pg-") as folder:
        server = start_embedded(Path(folder))
        yield server
        server.stop()


def migrate(database_url: str, folder: Path) -> subprocess.Popen[bytes]:
    environment = gateway_environment(folder, {"GATEWAY_DATABASE_URL": database_url})
    command = [sys.executable, "-m", "gateway", "migrate"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)


def test_processes_that_start_together_migrate_once(server: EmbeddedPostgres, tmp_path: Path) -> None:
    url = server.url("together")
    processes = [migrate(url, tmp_path) for _ in range(3)]
    assert [(process.communicate()[1], process.returncode) for process in processes] == [(b"", 0)] * 3
    rows = execute(url, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    assert {row["table_name"] for row in rows} == TABLES


def test_people_who_were_signed_in_stay_so_and_keep_their_accounts(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    url = server.url("old")
    first_only = migrate(server.url("new"), tmp_path)
    assert first_only.wait() == 0
    for statement in FIRST._FORWARDS:
        execute(url, statement)
    ddl = execute(server.url("new"), "SELECT name, app_name, ran_on FROM migration ORDER BY id LIMIT 1")[0]
    execute(
        url, "CREATE TABLE migration (id serial, name varchar(200), app_name varchar(200), ran_on timestamp)"
    )
    execute(url, "INSERT INTO migration (name, app_name, ran_on) VALUES ($1, $2, $3)", *ddl)
    old, new = (hashlib.sha256(secret).hexdigest() for secret in (b"old token", b"new token"))
    people = "INSERT INTO users VALUES ($1, $2, $3, 'Ada', 'user', '$argon2id$', now())"
    execute(url, people, "a" * 26, "ada@B\u00fccher.example", "ada@b\u00fccher.example")
    token = "INSERT INTO sessions VALUES ($1, $2, $3, now(), now() + interval '1 day', $4)"
    rotated_at = execute(url, "SELECT now() AS now")[0]["now"]
    execute(url, token, old, "f" * 26, "a" * 26, rotated_at)
    execute(url, token, new, "f" * 26, "a" * 26, None)
    assert migrate(url, tmp_path).wait() == 0
    assert execute(url, "SELECT email_key FROM users")[0]["email_key"] == "ada@xn--bcher-kva.example"
    with running_gateway(tmp_path, url) as gateway:
        answer = httpx.post(f"{gateway.url}/api/auth/refresh", cookies={COOKIE: "new token"})
        assert answer.status_code == 200
        assert answer.json()["user"]["id"] == "a" * 26
    assert execute(url, "SELECT count(*) FROM refresh_tokens WHERE session = $1", "f" * 26)[0]["count"] == 3


def test_a_database_that_is_not_migrated_is_named(server: EmbeddedPostgres, tmp_path: Path) -> None:
    environment = gateway_environment(tmp_path, {"GATEWAY_DATABASE_URL": server.url("bare")})
    command = [sys.executable, "-m", "gateway", "serve"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=60)
    assert done.returncode == 2
    assert b"python -m gateway migrate" in done.stderr
