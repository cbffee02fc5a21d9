"""What a part of the bench measured: rows for people and for programs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.processes import ROOT

Row = Mapping[str, Any]
RESULTS = ROOT / "bench-results"


@dataclass(frozen=True)
class Table:
    """Rows with the same columns; numbers carry their unit in the column's name."""

    title: str
    rows: Sequence[Row]

    def text(self) -> str:
        columns = list(self.rows[0]) if self.rows else []
        lines = [columns, *([_shown(row[column]) for column in columns] for row in self.rows)]
        widths = [max(len(line[n]) for line in lines) for n in range(len(columns))]
        body = [
            "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
        ]
        return "\n".join([f"\n{self.title}", *body])


def percentile(values: Sequence[float], part: float) -> float:
    """By the nearest rank: a value that was measured."""
    return sorted(values)[max(0, math.ceil(part * len(values)) - 1)]


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) and abs(value) < 1000 else str(value)
