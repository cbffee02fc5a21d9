"""How notices are kept in columns of text: as JSON, or as the sentence alone where there is no code."""

import json

from video_service.domain.notices import Notice, NoticeCode


def stored(sentence: str) -> str:
    if not isinstance(sentence, Notice):
        return sentence
    kept = {"code": sentence.code, "sentence": str(sentence), "values": sentence.values}
    return json.dumps(kept, ensure_ascii=False)


def told(text: str) -> str:
    """A notice where it was one; the sentence alone where another version of this program had the code."""
    if not text.startswith("{"):
        return text
    kept = json.loads(text)
    try:
        code = NoticeCode(kept["code"])
    except ValueError:
        return str(kept["sentence"])
    return Notice(code, kept["sentence"], **kept["values"])
