"""What can go wrong, as the domain sees it.

PlayheadError
├── InvalidInput            a field is missing, malformed or out of range
├── UnsupportedMedia        the file is not something that can be shown
├── NotSignedIn             who is asking is not known
├── NotAllowed              known, but may not
├── NotFound                not there, or not to be known of
├── UploadOffsetMismatch    bytes do not continue where the upload stands
├── ChecksumMismatch        bytes are not what their sender says
├── NotReady                too early
├── TooLarge                more bytes than allowed
├── QuotaExceeded           the person's allowance is used up
├── RateLimited             too often
├── Unavailable             a part of the system is away just now
└── Internal                our fault
"""

from collections.abc import Mapping
from enum import StrEnum

from video_service.domain.notices import data_of


class Reason(StrEnum):
    """The stable names of errors; the same set as ``ErrorReason`` in the contract."""

    INVALID_INPUT = "INVALID_INPUT"
    UNSUPPORTED_MEDIA = "UNSUPPORTED_MEDIA"
    NOT_SIGNED_IN = "NOT_SIGNED_IN"
    NOT_ALLOWED = "NOT_ALLOWED"
    NOT_FOUND = "NOT_FOUND"
    UPLOAD_OFFSET_MISMATCH = "UPLOAD_OFFSET_MISMATCH"
    NOT_READY = "NOT_READY"
    TOO_LARGE = "TOO_LARGE"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"
    CANCELLED = "CANCELLED"
    """Only a video's failure carries it."""


class PlayheadError(Exception):
    """An error with a reason, a sentence fit for the person who asked, and data: what a notice tells, too."""

    reason = Reason.INTERNAL

    def __init__(self, message: str, **data: str | int) -> None:
        super().__init__(message)
        self.message = message
        self.data: Mapping[str, str] = {
            **data_of(message),
            **{name: str(value) for name, value in data.items()},
        }


class InvalidInput(PlayheadError):
    reason = Reason.INVALID_INPUT

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}", field=field, **data_of(problem))


class UnsupportedMedia(PlayheadError):
    reason = Reason.UNSUPPORTED_MEDIA


class NotSignedIn(PlayheadError):
    reason = Reason.NOT_SIGNED_IN

    def __init__(self, message: str = "Sign in first.") -> None:
        super().__init__(message)


class NotAllowed(PlayheadError):
    reason = Reason.NOT_ALLOWED


class NotFound(PlayheadError):
    reason = Reason.NOT_FOUND

    def __init__(self, message: str = "There is no such video, or it is private.") -> None:
        super().__init__(message)


class UploadOffsetMismatch(PlayheadError):
    reason = Reason.UPLOAD_OFFSET_MISMATCH

    def __init__(self, offset_bytes: int) -> None:
        super().__init__("The bytes do not continue where the upload stands.", offset=offset_bytes)


class ChecksumMismatch(PlayheadError):
    """Reported as INVALID_INPUT of the field ``checksum``."""

    reason = Reason.INVALID_INPUT

    def __init__(self) -> None:
        super().__init__("The bytes do not match their checksum.", field="checksum")


class NotReady(PlayheadError):
    reason = Reason.NOT_READY


class TooLarge(PlayheadError):
    reason = Reason.TOO_LARGE

    def __init__(self, limit_bytes: int) -> None:
        super().__init__("The file is larger than allowed.", limit_bytes=limit_bytes)


class QuotaExceeded(PlayheadError):
    reason = Reason.QUOTA_EXCEEDED

    def __init__(self, quota: str, limit_bytes: int, used_bytes: int) -> None:
        """``quota``: ``storage`` or ``daily``."""
        message = "This is more than your quota leaves."
        super().__init__(message, quota=quota, limit_bytes=limit_bytes, used_bytes=used_bytes)


class RateLimited(PlayheadError):
    reason = Reason.RATE_LIMITED

    def __init__(self, retry_after_seconds: int, message: str = "Too many requests.") -> None:
        super().__init__(message, retry_after_seconds=retry_after_seconds)


class Unavailable(PlayheadError):
    reason = Reason.UNAVAILABLE


class Internal(PlayheadError):
    reason = Reason.INTERNAL
