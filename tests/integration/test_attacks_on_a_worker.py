"""The attack set through the whole product: it ends with a reason, and the next video is made."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from tests.support.attacks import ATTACKS, clip
from tests.support.canaries import canaries
from tests.support.stack import Person, Stack, running_stack

#: One of each kind; the others differ for ffmpeg only, and are tried on it directly.
NAMES = ("playlist", "dash", "data-reference", "one-byte", "picture-bomb", "name-with-newline")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack() as running:
        yield running


def test_attacks_end_with_a_reason_and_harm_nobody(stack: Stack) -> None:
    person = Person(stack, "Mallory")
    with TemporaryDirectory() as place, canaries(Path(place), b"PLAYHEAD-CANARY" * 1000) as watched:
        uploaded = {}
        for attack in ATTACKS:
            if attack.name in NAMES:
                folder = Path(place, attack.name)
                folder.mkdir()
                uploaded[attack] = person.upload(attack.make(folder, watched))
        honest = person.upload(clip(Path(place)))
        for attack, video_id in uploaded.items():
            if attack.refused is None:
                person.wait_for(video_id, "ready")
                continue
            video = person.wait_for(video_id, "failed")
            assert video["failure"]["reason"] == "UNSUPPORTED_MEDIA", attack.name
            # Its own reason, found at once: one that is not caught ends as failed too, after attempts.
            assert video["failure"]["message"].startswith(attack.refused), attack.name
            assert place not in str(video), attack.name
        person.wait_for(honest, "ready")
        assert watched.touched() == []
    workers = [psutil.Process(stack.processes[name].pid) for name in ("worker", "bulk-worker")]
    assert all(worker.is_running() for worker in workers), "the same workers as in the beginning"
    family = [process for worker in workers for process in worker.children(recursive=True)]
    stack.stop_work()
    assert psutil.wait_procs(family, timeout=20)[1] == []
    assert list((stack.data / "scratch").iterdir()) == []
    kept = [path for path in (stack.data / "objects" / "videos").rglob("*") if path.is_file()]
    assert kept
    assert not any(b"PLAYHEAD-CANARY" in path.read_bytes() for path in kept)
