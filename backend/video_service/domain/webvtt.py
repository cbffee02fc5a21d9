"""WebVTT (W3C), as far as it is written here."""


def timestamp(seconds: float) -> str:
    """``HH:MM:SS.mmm`` (section 4.1, WebVTT timestamp)."""
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{milliseconds // 1000:02d}.{milliseconds % 1000:03d}"
