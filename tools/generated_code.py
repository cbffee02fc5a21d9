"""Fails when the committed code differs from what the contracts in proto/ generate."""

import filecmp
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("backend/gen", "frontend/src/gen")


def differences(committed: Path, generated: Path) -> Iterator[str]:
    """Files that are missing, left over or different."""
    paths = {
        path.relative_to(folder)
        for folder in (committed, generated)
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    for path in sorted(paths):
        both = (committed / path).is_file() and (generated / path).is_file()
        if not both or not filecmp.cmp(committed / path, generated / path, shallow=False):
            yield str(path)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        buf = ROOT / "frontend" / "node_modules" / ".bin" / "buf"
        subprocess.run([str(buf), "generate", "--output", folder], cwd=ROOT, check=True)
        stale = [
            f"{name}/{path}" for name in FOLDERS for path in differences(ROOT / name, Path(folder, name))
        ]
    for path in stale:
        print(f"{path} is not what proto/ generates", file=sys.stderr)
    if stale:
        print("Run `just gen` and commit the result.", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
