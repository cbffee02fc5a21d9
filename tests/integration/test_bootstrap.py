"""What `just` and npx find after everything is installed."""

import os
import subprocess
import tomllib
from pathlib import Path

from tools.processes import ROOT


def test_npx_finds_just_without_asking_anybody(tmp_path: Path) -> None:
    nobody = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_fetch_retries": "0"}
    nobody["npm_config_cache"] = str(tmp_path)
    done = subprocess.run(
        ["npx", "--yes", "rust-just", "--version"],
        cwd=ROOT, env={**os.environ, **nobody}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert not done.returncode, done.stderr
    dev = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    assert f"rust-just=={done.stdout.split()[1]}" in dev
