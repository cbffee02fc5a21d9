"""What people are told has codes that the contract knows, and comes back from where it is kept."""

import pytest

import gateway.notices
from playhead.video.v1.notice_codes_pb2 import NoticeCode as NoticeCodes
from video_service.domain.errors import InvalidInput, UnsupportedMedia
from video_service.domain.notices import Notice, NoticeCode, too_long
from video_service.repository.notices import stored, told
from video_service.rpc.convert import notice_message

_PREFIX = "NOTICE_CODE_"


def test_the_services_together_say_what_the_contract_names_and_nothing_else() -> None:
    named = {value.name.removeprefix(_PREFIX) for value in NoticeCodes.DESCRIPTOR.values}
    said = {code.value for code in (*NoticeCode, *gateway.notices.NoticeCode)}
    assert said == named - {"UNSPECIFIED"}


def test_an_error_carries_the_code_and_the_values_of_its_notice() -> None:
    assert InvalidInput("title", too_long(200)).data == {"field": "title", "code": "TOO_LONG", "most": "200"}
    refused = UnsupportedMedia(Notice(NoticeCode.CODEC_UNSUPPORTED, "Not this codec.", codec="EVC"))
    assert (refused.message, refused.data) == (
        "Not this codec.",
        {"code": "CODEC_UNSUPPORTED", "codec": "EVC"},
    )
    assert InvalidInput("title", "is odd").data == {"field": "title"}


@pytest.mark.parametrize(
    "sentence",
    [
        Notice(NoticeCode.SUBTITLES_UNREADABLE, "Not these: „Größe“, {0}.", labels="„Größe“, {0}"),
        Notice(NoticeCode.STOPPED, "Processing was stopped."),
        "Said by an older version.",
        "",
    ],
)
def test_what_is_stored_comes_back(sentence: str) -> None:
    back = told(stored(sentence))
    assert back == sentence
    assert notice_message(back) == notice_message(sentence)


def test_a_code_of_another_version_leaves_its_sentence() -> None:
    assert told('{"code": "GONE", "sentence": "What it said.", "values": {}}') == "What it said."
