"""The REST API's documentation: OpenAPI as JSON, and one page that needs no other server."""

import functools
import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from litestar import Litestar, MediaType, Response, Router, get
from litestar.connection import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin

from gateway.problems import MEDIA_TYPE
from gateway.site.policy import document_policy
from shared.rpc_errors import WIRE

_PATH = "/api/docs"

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font: 14px/1.4 ui-monospace, monospace; }
pre { background: #8881; padding: .75rem; overflow-x: auto; border-radius: .5rem; }
summary { cursor: pointer; padding: .4rem 0; }
:root { color-scheme: light dark; }
"""
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for a person."},
        "reason": {"type": "string", "enum": sorted(WIRE), "description": "For programs; it never changes."},
        "request_id": {"type": "string", "description": "What the log knows this request by."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "message": {"type": "string"},
                    "code": {"type": "string", "description": "For programs that say it in other languages."},
                    "values": {"type": "object", "additionalProperties": {"type": "string"}},
                },
                "required": ["field", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "reason", "request_id"],
}
_METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


class DocumentationPage(OpenAPIRenderPlugin):
    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return "\n".join(_page(with_problems(openapi_schema))).encode()


def documentation_router() -> Router:
    """Where the page is, and what it may do in a browser."""
    policy = {"Content-Security-Policy": document_policy(_STYLE)}
    return Router(path=_PATH, route_handlers=[], response_headers=policy, include_in_schema=False)


@get("/api/openapi.json", include_in_schema=False)
async def openapi_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    """What the page shows, for machines."""
    return Response(_document(request.app), media_type=MediaType.JSON)


@functools.cache
def _document(app: Litestar) -> bytes:
    """Put together once: it takes tens of milliseconds."""
    return json.dumps(with_problems(app.openapi_schema.to_schema())).encode()


def with_problems(schema: dict[str, Any]) -> dict[str, Any]:
    """The document with the errors that any operation may answer, in the one shape they all have."""
    schema.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM
    for operations in schema["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if status == "204":
                    answer.pop("content", None)
            # The framework describes a shape of its own for what it finds wrong by itself.
            operation["responses"].pop("400", None)
            operation["responses"]["4XX"] = _refused("What is wrong with the request.")
            operation["responses"].setdefault("503", _LATER)
    return schema


def _refused(description: str) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": description, "content": content}


_LATER = _refused("A part of the system is away just now; Retry-After says when to try again.")


def _page(schema: Mapping[str, Any]) -> Iterator[str]:
    title = escape(schema["info"]["title"])
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title} API</title>'
    yield f"<style>{_STYLE}</style><h1>{title} API</h1><p>{escape(schema['info'].get('description', ''))}</p>"
    yield '<p>Machines read <a href="/api/openapi.json">openapi.json</a>.</p>'
    for path, operations in schema["paths"].items():
        for method in _METHODS:
            if method in operations:
                yield from _operation(path, method, operations[method])
    yield "<h2>Objects</h2>"
    for name, described in schema.get("components", {}).get("schemas", {}).items():
        yield f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary><pre>'
        for field, kind in described.get("properties", {}).items():
            needed = "" if field in described.get("required", ()) else " (optional)"
            yield escape(f"{field}: {_kind(kind)}{needed}")
        yield "</pre></details>"


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    address = f"{method.upper()} {path}"
    summary = f"<code>{escape(address)}</code> {escape(operation.get('summary', ''))}"
    yield f"<details><summary>{summary}</summary>"
    yield f"<p>{escape(operation.get('description', ''))}</p><ul>"
    for parameter in operation.get("parameters", ()):
        about = f"{parameter['name']} ({parameter['in']}): {parameter.get('description', '')}"
        yield f"<li><code>{escape(about)}</code></li>"
    yield "</ul>"
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield f"<p>Takes <code>{escape(_kind(content.get('schema', {})))}</code></p>"
    for status, answer in operation.get("responses", {}).items():
        kinds = [_kind(content.get("schema", {})) for content in answer.get("content", {}).values()]
        yield f"<p>{escape(status)}: {escape(', '.join(kinds) or 'no body')}</p>"
    yield "</details>"


def _kind(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "oneOf" in schema:
        return " | ".join(_kind(option) for option in schema["oneOf"])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    return str(schema.get("type", "anything"))
