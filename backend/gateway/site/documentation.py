"""The REST API's documentation: OpenAPI as JSON, and one page that needs no other server."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from litestar import Router, get
from litestar.connection import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin

from gateway.site.policy import document_policy

_PATH = "/api/docs"

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font: 14px/1.4 ui-monospace, monospace; }
pre { background: #8881; padding: .75rem; overflow-x: auto; border-radius: .5rem; }
summary { cursor: pointer; padding: .4rem 0; }
:root { color-scheme: light dark; }
"""
_METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


class DocumentationPage(OpenAPIRenderPlugin):
    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return "\n".join(_page(openapi_schema)).encode()


def documentation_router() -> Router:
    """Where the page is, and what it may do in a browser."""
    policy = {"Content-Security-Policy": document_policy(_STYLE)}
    return Router(path=_PATH, route_handlers=[], response_headers=policy, include_in_schema=False)


@get("/api/openapi.json", include_in_schema=False)
async def openapi_json(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """What the page shows, for machines."""
    return request.app.openapi_schema.to_schema()


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
