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


def test_what_handlers_read_themselves_is_documented_too(gateway: RunningGateway) -> None:
    paths = httpx.get(f"{gateway.url}/api/openapi.json").json()["paths"]
    for method, path in (("post", "/captions"), ("put", "/captions/{captions_id}"), ("put", "/poster")):
        assert paths[f"/api/videos/{{video_id}}{path}"][method]["requestBody"]["required"]
    for path in (
        "/api/videos/{video_id}",
        "/api/videos/{video_id}/related",
        "/api/videos/{video_id}/download",
    ):
        assert "Playhead-Share" in {one["name"] for one in paths[path]["get"]["parameters"]}
    playlist = paths["/videos/{video_id}/master.m3u8"]["get"]
    assert "Playhead-Share" in {one["name"] for one in playlist["parameters"]}
    assert set(playlist["responses"]) == {"307", "4XX", "503"}
    for path, kind in (("/readyz", "application/json"), ("/healthz", "application/problem+json")):
        assert set(paths[path]["get"]["responses"]["503"]["content"]) == {kind}
