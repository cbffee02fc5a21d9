"""schemathesis reads the API's own document and sends what it allows, and what it does not."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.stack import Person, Stack

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SETTINGS = settings(
    max_examples=12, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@schemathesis.serializer("application/offset+octet-stream")
def tus_bytes(_: Any, value: Any) -> Any:
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
def operations(stack: Stack) -> list[Any]:
    url = f"{stack.gateway_url}/api/openapi.json"
    loaded = schemathesis.openapi.from_url(url)
    return [cast(Ok[Any], result).ok() for result in loaded.get_all_operations()]


@pytest.fixture(scope="module")
def sessions(ada: Person) -> Iterator[list[requests.Session]]:
    """Of somebody who is signed in, and of nobody."""
    with requests.Session() as signed_in, requests.Session() as nobody:
        signed_in.headers["authorization"] = ada.http.headers["authorization"]
        yield [signed_in, nobody]


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_breaks_the_api_or_its_promises(
    operations: list[Any], sessions: list[requests.Session], mode: GenerationMode
) -> None:
    sent_to = 0
    chosen = operations if mode is GenerationMode.POSITIVE else filter(may_be_wrong, operations)
    for operation in chosen:

        @seed(20261124)
        @SETTINGS
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            for session in sessions:
                case.call_and_validate(session=session, checks=CHECKS, timeout=30)

        # Nor with a body of any bytes.
        with suppress(Unsatisfiable):
            send()
            sent_to += 1
    assert sent_to >= 8


def may_be_wrong(operation: Any) -> bool:
    """Nothing can be wrong with a request that is only a path: any text may stand there for an id. To find
    out by trying takes most of the time of this test."""
    return any((operation.body, operation.query, operation.headers))
