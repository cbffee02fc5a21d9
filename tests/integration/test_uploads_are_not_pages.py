"""Whatever somebody uploads: no address answers with it, and nothing that is answered can be run."""

from collections.abc import Iterator
from itertools import product

import httpx
import pytest

from tests.support.stack import Person, Stack, running_stack

MARK = b"window.hacked"
PAGES = {
    "page.html": b"<!doctype html><script>window.hacked=1</script>",
    "image.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='window.hacked=1'/>",
    "script.js": b"window.hacked=1",
    "worker.mjs": b"export default window.hacked",
    "page.html;.mp4": b"GIF89a/*<script>window.hacked=1</script>*/",
}
#: Of none of these does a browser run anything (WHATWG MIME Sniffing, "scriptable MIME type").
HARMLESS = {"application/vnd.apple.mpegurl", "video/mp2t", "image/jpeg", "application/problem+json"}


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack("gateway", "video") as stack:
        yield stack


@pytest.mark.parametrize("name", PAGES)
def test_an_upload_is_never_served_as_what_it_claims_to_be(stack: Stack, name: str) -> None:
    person = Person(stack, "Mallory")
    file = {"file": (name, PAGES[name], "text/html")}
    answer = person.http.post("/upload", files=file, data={"visibility": "public"})
    video_id = answer.json()["id"]
    [source] = [
        path
        for path in (stack.data / "objects").rglob("*")
        if path.is_file() and path.read_bytes() == PAGES[name]
    ]
    objects = stack.data / "objects"
    parts = source.relative_to(objects).parts
    folder = f"public/{video_id}/{parts[1]}"
    guesses = {
        "/".join(parts), *parts, name, f"{video_id}/{name}", f"{video_id}/original", f"{folder}/original",
        f"public/{video_id}/original", f"public/{'/'.join(parts)}", f"{folder}/{name}",
        f"{folder}/..%2f..%2f..%2f{'%2f'.join(parts)}", f"..%5C..%5C{'%5C'.join(parts)}",
    }  # fmt: skip
    prefixes = ("", "media/", "media/public/", "videos/", "sources/", "objects/", "assets/", "upload/")
    asked = product((stack.gateway_url, stack.video_url), prefixes, guesses, ({}, {"Accept": "text/html"}))
    with httpx.Client() as stranger:
        for origin, prefix, guess, headers in asked:
            got = stranger.get(f"{origin}/{prefix}{guess}", headers=headers)
            assert MARK not in got.content, (origin, prefix, guess)
            assert got.headers["x-content-type-options"] == "nosniff"
            if prefix.startswith("media") and origin == stack.video_url:
                assert got.headers["content-type"].partition(";")[0] in HARMLESS
                assert "default-src 'none'" in got.headers["content-security-policy"]
                assert "sandbox" in got.headers["content-security-policy"]
