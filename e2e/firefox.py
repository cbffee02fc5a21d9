"""Debian's Firefox, driven through WebDriver BiDi (https://w3c.github.io/webdriver-bidi).

Playwright speaks it too, but sends each new page a command that Firefox 153 does not know yet
(``emulation.setMediaFeaturesOverride``), and its own Firefox has no H.264.
"""

import base64
import itertools
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tools.processes import die_with

#: Players may start with sound, and there is a mouse. What else a browser under test should not do (updates,
#: telemetry, first run pages) Firefox leaves out by itself when it is driven.
_PREFERENCES = {
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "ui.primaryPointerCapabilities": 6,
    "ui.allPointerCapabilities": 6,
}
#: No answer takes longer: scripts that wait have deadlines of their own.
_ANSWER_SECONDS = 120.0
_START_SECONDS = 60.0


class BidiError(Exception):
    """The browser refused a command, or a script threw."""


class FirefoxPage:
    """A tab that shares nothing with the others, as on another person's machine."""

    def __init__(self, session: "_Session", width: int, height: int) -> None:
        self._session = session
        person = session.send("browser.createUserContext")["userContext"]
        self._tab = session.send("browsingContext.create", type="tab", userContext=person)["context"]
        self._person = person
        session.send(
            "browsingContext.setViewport", context=self._tab, viewport={"width": width, "height": height}
        )

    def goto(self, url: str) -> None:
        """Returns when the page's scripts have run."""
        self._session.send("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def evaluate(self, expression: str, arg: Any = None) -> Any:
        """Calls a function, given as source text, in the page; what it returns or resolves to.

        Both ways through JSON. Raises BidiError with what the function threw.
        """
        call = f"(async () => JSON.stringify(await ({expression})({json.dumps(arg)})) ?? 'null')()"
        answer = self._session.send(
            "script.evaluate", expression=call, target={"context": self._tab}, awaitPromise=True
        )
        if answer["type"] == "exception":
            raise BidiError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def screenshot(self, *, path: Path) -> bytes:
        answer = self._session.send("browsingContext.captureScreenshot", context=self._tab)
        picture = base64.b64decode(answer["data"])
        path.write_bytes(picture)
        return picture

    def close(self) -> None:
        self._session.send("browser.removeUserContext", userContext=self._person)


class Firefox:
    """A running browser."""

    def __init__(self, session: "_Session") -> None:
        self._session = session

    def new_page(self, width: int = 1280, height: int = 800) -> FirefoxPage:
        return FirefoxPage(self._session, width, height)


class _Session:
    """Commands and their answers; events are not subscribed to, so none come between."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._ids = itertools.count(1)
        self.send("session.new", capabilities={})

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Raises BidiError where the browser refuses."""
        command = next(self._ids)
        self._connection.send(json.dumps({"id": command, "method": method, "params": params}))
        while True:
            answer = json.loads(self._connection.recv(timeout=_ANSWER_SECONDS))
            if answer.get("id") == command:
                break
        if answer["type"] == "error":
            raise BidiError(f"{method}: {answer['error']}: {answer['message']}")
        return dict(answer["result"])


@contextmanager
def running_firefox(executable: str) -> Iterator[Firefox]:
    """A headless Firefox over a profile of its own, which is removed in the end."""
    # Slow to finish writing when told to close, it may still create files while they are removed.
    with TemporaryDirectory(prefix="playhead-firefox-", ignore_cleanup_errors=True) as folder:
        settings = (
            f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in _PREFERENCES.items()
        )
        (Path(folder) / "user.js").write_text("".join(settings))
        said = Path(folder) / "said"
        with said.open("wb") as file:
            process = subprocess.Popen(
                [executable, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", folder],
                # It refuses to run as root over another person's home.
                env={**os.environ, "HOME": folder},
                stdout=file, stderr=file, start_new_session=True, preexec_fn=die_with(os.getpid()),
            )  # fmt: skip
        try:
            with connect(f"{_address(process, said)}/session", max_size=None) as connection:
                session = _Session(connection)
                yield Firefox(session)
                session.send("browser.close")
            process.wait(timeout=20)
        finally:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    """Where it listens, as it says itself."""
    deadline = time.monotonic() + _START_SECONDS
    while not (found := re.search(r"WebDriver BiDi listening on (ws://\S+)", said.read_text())):
        assert process.poll() is None, f"Firefox did not start:\n{said.read_text()}"
        assert time.monotonic() < deadline, f"Firefox does not listen:\n{said.read_text()}"
        time.sleep(0.05)
    return found[1]
