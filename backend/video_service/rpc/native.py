"""The native gRPC server: both services, health and reflection."""

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer as AsyncHealthServicer
from grpc_reflection.v1alpha import reflection

from playhead.video.v1 import upload_pb2, upload_pb2_grpc, video_pb2
from video_service.rpc.upload_servicer import UploadServicer
from video_service.rpc.video_servicer import VideoServicer

#: A message of an upload carries up to 1 MiB; twice that leaves room for its framing.
_MAX_MESSAGE_BYTES = 2 << 20
#: The same as :data:`video_service.rpc.grpc_web.MAX_METADATA_BYTES`, by the count of HPACK
#: (RFC 7541 section 4.1).
_MAX_METADATA_BYTES = 16 << 10
_OPTIONS = [
    ("grpc.max_metadata_size", _MAX_METADATA_BYTES),
    ("grpc.absolute_max_metadata_size", _MAX_METADATA_BYTES),
    # The gateway's uploads share one connection.
    ("grpc.max_concurrent_streams", 4096),
    # A connection that never speaks HTTP/2, and one whose other side vanished.
    ("grpc.server_handshake_timeout_ms", 10_000),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", 8 << 20),
    # Otherwise two services could share a port without anyone noticing.
    ("grpc.so_reuseport", 0),
]

VIDEO_SERVICE = video_pb2.DESCRIPTOR.services_by_name["VideoService"].full_name
UPLOAD_SERVICE = upload_pb2.DESCRIPTOR.services_by_name["UploadService"].full_name


class PortInUse(Exception):
    """The address cannot be listened on."""


async def native_server(address: str, videos: VideoServicer, uploads: UploadServicer) -> grpc.aio.Server:
    """Not started yet. Raises :class:`PortInUse`."""
    server = grpc.aio.server(options=_OPTIONS)
    videos.add_to(server)
    upload_pb2_grpc.add_UploadServiceServicer_to_server(uploads, server)  # type: ignore[no-untyped-call]
    healthy = AsyncHealthServicer()
    for service in (VIDEO_SERVICE, UPLOAD_SERVICE):
        await healthy.set(service, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    names = (VIDEO_SERVICE, UPLOAD_SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, server)
    try:
        server.add_insecure_port(address)
    except RuntimeError as error:
        raise PortInUse(address) from error
    return server
