"""The plan as it is stored. Fractions are kept exact, as ``numerator/denominator``."""

import json
from fractions import Fraction
from typing import Any

from video_service.domain.plan import AudioRendition, Chunk, Lane, Plan, Timeline, VideoRung


def plan_json(plan: Plan) -> str:
    # The fields as they are: a long plan's copy would take longer than all the rest.
    return json.dumps(plan, default=_fields, separators=(",", ":"))


def _fields(part: object) -> Any:
    if isinstance(part, Fraction):
        return str(part)
    if isinstance(part, AudioRendition) and part.right_index is None:
        # As before it was: a worker of an older version may read it.
        return {name: value for name, value in vars(part).items() if name != "right_index"}
    return vars(part)


def plan_of(stored: dict[str, Any]) -> Plan:
    timeline = stored["timeline"]
    return Plan(
        timeline=Timeline(
            time_base=Fraction(timeline["time_base"]),
            on_grid=timeline["on_grid"],
            cuts=tuple(timeline["cuts"]),
            frame_counts=tuple(timeline["frame_counts"]),
            begin=timeline.get("begin"),
        ),
        rungs=tuple(
            VideoRung(**{**rung, "frame_rate": Fraction(rung["frame_rate"])}) for rung in stored["rungs"]
        ),
        audio=tuple(AudioRendition(**track) for track in stored["audio"]),
        chunks=tuple(
            Chunk(
                Lane(chunk["lane"]),
                chunk["first_segment"],
                chunk["segment_count"],
                tuple(chunk["renditions"]),
            )
            for chunk in stored["chunks"]
        ),
    )
