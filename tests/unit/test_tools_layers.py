"""Crossing a layer makes the check red: each rule is tried with one import that breaks it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.processes import ROOT

#: A module, a line that it may not contain, and the rule that says so.
CROSSINGS = [
    ("video_service/domain/plan.py", "import structlog", "The domain knows the standard library and numpy"),
    ("video_service/domain/facts.py", "import numpy", "Long columns are reckoned where indexes are made"),
    ("video_service/catalog.py", "import gateway.settings", "The gateway and the video service never"),
    ("shared/env.py", "import gateway.settings", "What both services share knows neither"),
    ("video_service/rpc/convert.py", "import video_service.delivery.ranges", "Layers import downwards"),
    ("video_service/delivery/ranges.py", "import video_service.repository.tables", "Data is reached through"),
    ("video_service/repository/videos.py", "import video_service.catalog", "Data and jobs do not know"),
    ("video_service/worker.py", "import video_service.app", "Only __main__ imports app"),
    ("video_service/delivery/app.py", "import playhead.video.v1.video_pb2", "Generated code stays"),
    ("gateway/problems.py", "import piccolo.table", "Piccolo stays"),
    ("video_service/pipeline/commands.py", "import subprocess", "Programs are run in two places"),
]


def broken_rules(backend: Path) -> tuple[int, str]:
    """The exit code of the check over a copy of the code, and what it says."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--config", ".importlinter"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (backend, backend / "gen", ROOT)))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.fixture
def backend(tmp_path: Path) -> Path:
    copy = tmp_path / "backend"
    shutil.copytree(ROOT / "backend", copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def test_the_code_keeps_every_rule(backend: Path) -> None:
    code, report = broken_rules(backend)
    assert code == 0, report


def test_every_crossing_is_seen(backend: Path) -> None:
    for module, line, _ in CROSSINGS:
        path = backend / module
        path.write_text(f"{path.read_text()}\n{line}\n")
    code, report = broken_rules(backend)
    assert code != 0
    summary, _, details = report.partition("Broken contracts")
    for module, _, rule in CROSSINGS:
        verdict = next(line for line in summary.splitlines() if line.startswith(rule))
        assert verdict.endswith("BROKEN"), report
        assert module.removesuffix(".py").replace("/", ".") in details, report
