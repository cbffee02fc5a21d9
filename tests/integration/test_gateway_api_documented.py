"""The API's documentation names what accounts and admins can do, with an example for each body."""

import httpx

from tests.support.gateway import RunningGateway

#: Path to its methods.
EXPECTED = {
    "/api/auth/register": {"post"},
    "/api/auth/login": {"post"},
    "/api/auth/refresh": {"post"},
    "/api/auth/logout": {"post"},
    "/api/auth/me": {"get", "patch", "delete"},
    "/api/auth/sessions": {"get"},
    "/api/auth/sessions/{session_id}": {"delete"},
    "/api/auth/sessions/end-others": {"post"},
    "/api/auth/password": {"post"},
    "/api/auth/forgot": {"post"},
    "/api/auth/reset": {"post"},
    "/api/auth/tokens": {"get", "post"},
    "/api/auth/tokens/{token_id}": {"delete"},
    "/api/auth/exchange": {"post"},
    "/api/admin/users": {"get"},
    "/api/admin/users/{user_id}": {"patch"},
    "/api/admin/invitations": {"get", "post"},
    "/api/admin/invitations/{invitation_id}": {"delete"},
    "/api/admin/audit": {"get"},
}


def test_everything_is_documented_and_every_body_has_an_example(gateway: RunningGateway) -> None:
    document = httpx.get(f"{gateway.url}/api/openapi.json").json()
    found = {
        path: set(operations)
        for path, operations in document["paths"].items()
        if path.startswith(("/api/auth", "/api/admin"))
    }
    assert found == EXPECTED
    for path, methods in EXPECTED.items():
        for method in methods:
            operation = document["paths"][path][method]
            assert operation["summary"]
            for content in operation.get("requestBody", {}).get("content", {}).values():
                (body,) = content["schema"]["allOf"]
                schema = document["components"]["schemas"][body["$ref"].rsplit("/", 1)[-1]]
                assert content["schema"]["examples"], path
                for example in content["schema"]["examples"]:
                    assert set(schema.get("required", ())) <= set(example) <= set(schema["properties"])
