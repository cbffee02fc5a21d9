"""`just bench`: what Playhead promises about time and cost, as tables and as JSON.

    python -m tests.benchmarks [part or group …]

Without parts, everything. Nothing is asserted about time: each figure stands beside that of a peer on
the same machine in the same run.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from tests.benchmarks import access_timing
from tests.benchmarks.cost import cost, first_cost
from tests.benchmarks.judged import recordings
from tests.benchmarks.report import RESULTS, Table
from tests.benchmarks.startup import startup
from tests.benchmarks.waiting import fairness, playable, seeks
from tests.benchmarks.web import web
from tests.benchmarks.workers import workers
from tools.processes import ROOT

_PARTS: dict[str, Callable[[], Iterator[Table]]] = {
    part.__name__: part
    for part in (startup, playable, fairness, seeks, first_cost, cost, workers, recordings, web)
}
#: Not a table: it judges.
_ACCESS = "access"
_GROUPS = {"pipeline": [name for name in _PARTS if name not in ("startup", "web")]}


def main() -> int:
    parser = argparse.ArgumentParser(prog="just bench", description=__doc__.partition("\n\n")[0])
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join([*_GROUPS, *_PARTS, _ACCESS]))
    wanted = parser.parse_args().parts or [*_PARTS, _ACCESS]
    names = list(dict.fromkeys(name for part in wanted for name in _GROUPS.get(part, [part])))
    if unknown := [name for name in names if name not in (*_PARTS, _ACCESS)]:
        parser.error(f"no such part: {', '.join(unknown)}")
    RESULTS.mkdir(exist_ok=True)
    tables = []
    for name in names:
        for table in _PARTS[name]() if name in _PARTS else ():
            tables.append({"part": name, "title": table.title, "rows": table.rows})
            print(table.text(), flush=True)
    if tables:
        now = datetime.now(UTC)
        machine = {"processor": platform.processor(), "cores": os.cpu_count(), "load": os.getloadavg()}
        out = RESULTS / f"{now:%Y%m%dT%H%M%SZ}.json"
        results = {"at": now.isoformat(), "machine": machine, "tables": tables}
        out.write_text(json.dumps(results, indent=2) + "\n")
        print(f"\nwritten to {out.relative_to(ROOT)}")
    return access_timing.main() if _ACCESS in names else 0


if __name__ == "__main__":
    sys.exit(main())
