"""One error vocabulary on every wire: reasons, their gRPC codes and HTTP statuses, both directions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NoReturn, cast

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from playhead.video.v1.errors_pb2 import ErrorReason

DOMAIN = "playhead"
_PREFIX = "ERROR_REASON_"

#: Reason to gRPC code and HTTP status (docs: google.rpc.Code, RFC 9110 section 15).
WIRE: Mapping[str, tuple[grpc.StatusCode, int]] = MappingProxyType(
    {
        "INVALID_INPUT": (grpc.StatusCode.INVALID_ARGUMENT, 400),
        "UNSUPPORTED_MEDIA": (grpc.StatusCode.INVALID_ARGUMENT, 415),
        "NOT_SIGNED_IN": (grpc.StatusCode.UNAUTHENTICATED, 401),
        "NOT_ALLOWED": (grpc.StatusCode.PERMISSION_DENIED, 403),
        "NOT_FOUND": (grpc.StatusCode.NOT_FOUND, 404),
        "UPLOAD_OFFSET_MISMATCH": (grpc.StatusCode.ABORTED, 409),
        "NOT_READY": (grpc.StatusCode.FAILED_PRECONDITION, 409),
        "TOO_LARGE": (grpc.StatusCode.RESOURCE_EXHAUSTED, 413),
        "QUOTA_EXCEEDED": (grpc.StatusCode.RESOURCE_EXHAUSTED, 413),
        "RATE_LIMITED": (grpc.StatusCode.RESOURCE_EXHAUSTED, 429),
        "UNAVAILABLE": (grpc.StatusCode.UNAVAILABLE, 503),
        "INTERNAL": (grpc.StatusCode.INTERNAL, 500),
        # No call fails with it, only the processing of a video.
        "CANCELLED": (grpc.StatusCode.CANCELLED, 409),
    }
)

#: What a call that failed without a reason of ours means to the caller.
_BARE_CODES: Mapping[grpc.StatusCode, str] = MappingProxyType(
    {
        grpc.StatusCode.UNAVAILABLE: "UNAVAILABLE",
        grpc.StatusCode.DEADLINE_EXCEEDED: "UNAVAILABLE",
        grpc.StatusCode.UNAUTHENTICATED: "NOT_SIGNED_IN",
        grpc.StatusCode.RESOURCE_EXHAUSTED: "TOO_LARGE",
    }
)


@dataclass(frozen=True)
class WireError:
    """An error as it travels: a reason, a sentence that a client may read, and data."""

    reason: str
    message: str
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def http_status(self) -> int:
        return WIRE[self.reason][1]


class _GrpcStatus(grpc.Status):
    """What ``context.abort_with_status`` takes: code, details and trailing metadata."""

    def __init__(self, code: grpc.StatusCode, details: str, trailing_metadata: tuple[tuple[str, bytes], ...]):
        self.code, self.details, self.trailing_metadata = code, details, trailing_metadata


def to_grpc_status(error: WireError) -> grpc.Status:
    """The status that carries the error as ``google.rpc.ErrorInfo``."""
    code = WIRE[error.reason][0]
    detail = Any()
    detail.Pack(
        error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=dict(error.metadata))
    )
    status = status_pb2.Status(code=code.value[0], message=error.message, details=[detail])
    return _GrpcStatus(code, error.message, (("grpc-status-details-bin", status.SerializeToString()),))


async def abort(context: grpc.aio.ServicerContext[object, object], error: WireError) -> NoReturn:
    """Ends the call with the error."""
    status = to_grpc_status(error)
    await context.abort(status.code, status.details, status.trailing_metadata)
    raise AssertionError("abort returned")


def from_rpc_error(error: grpc.aio.AioRpcError) -> WireError:
    """What a failed call says. Text of unknown origin is replaced, never passed on."""
    status = rpc_status.from_call(cast(grpc.Call, error))
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info) and info.domain == DOMAIN and info.reason in WIRE:
            return WireError(info.reason, status.message, dict(info.metadata))
    reason = _BARE_CODES.get(error.code(), "INTERNAL")
    messages = {
        "UNAVAILABLE": "The video service cannot be reached just now.",
        "NOT_SIGNED_IN": "Sign in first.",
    }
    return WireError(reason, messages.get(reason, "Something went wrong on our side."))


def reasons_of_contract() -> frozenset[str]:
    """Every reason that the proto names, without its prefix."""
    return frozenset(name.removeprefix(_PREFIX) for name in ErrorReason.keys()) - {  # noqa: SIM118, not a dict
        "UNSPECIFIED"
    }
