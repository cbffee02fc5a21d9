"""The native gRPC server: all services, health and reflection."""

from dataclasses import dataclass

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer as AsyncHealthServicer
from grpc_reflection.v1alpha import reflection

from playhead.video.v1 import (
    audit_pb2,
    audit_pb2_grpc,
    captions_pb2,
    owner_pb2,
    owner_pb2_grpc,
    poster_pb2,
    poster_pb2_grpc,
    sharing_pb2,
    sharing_pb2_grpc,
    sitemap_pb2,
    sitemap_pb2_grpc,
    upload_pb2,
    upload_pb2_grpc,
    video_pb2,
    viewing_pb2,
)
from video_service.rpc.audit_servicer import AuditServicer
from video_service.rpc.caption_servicer import CaptionServicer
from video_service.rpc.owner_servicer import OwnerServicer
from video_service.rpc.poster_servicer import PosterServicer
from video_service.rpc.sharing_servicer import SharingServicer
from video_service.rpc.sitemap_servicer import SitemapServicer
from video_service.rpc.unparsed import RefuseUnparsed
from video_service.rpc.upload_servicer import UploadServicer
from video_service.rpc.video_servicer import VideoServicer
from video_service.rpc.viewing_servicer import ViewingServicer

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

#: What browsers call, over gRPC-Web.
WEB_SERVICES = tuple(
    service.full_name
    for file in (video_pb2, captions_pb2, viewing_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
)
_SERVICES = tuple(
    service.full_name
    for file in (
        video_pb2,
        upload_pb2,
        sharing_pb2,
        poster_pb2,
        captions_pb2,
        viewing_pb2,
        owner_pb2,
        audit_pb2,
        sitemap_pb2,
    )
    for service in file.DESCRIPTOR.services_by_name.values()
)


class PortInUse(Exception):
    """The address cannot be listened on."""


@dataclass(frozen=True)
class Servicers:
    """Everything that is offered over native gRPC."""

    videos: VideoServicer
    uploads: UploadServicer
    sharing: SharingServicer
    posters: PosterServicer
    owners: OwnerServicer
    audit: AuditServicer
    captions: CaptionServicer
    viewings: ViewingServicer
    sitemap: SitemapServicer


async def native_server(address: str, servicers: Servicers) -> grpc.aio.Server:
    """Not started yet. Raises :class:`PortInUse`."""
    server = grpc.aio.server(options=_OPTIONS, interceptors=(RefuseUnparsed(),))
    servicers.videos.add_to(server)
    servicers.captions.add_to(server)
    servicers.viewings.add_to(server)
    for add, servicer in (
        (upload_pb2_grpc.add_UploadServiceServicer_to_server, servicers.uploads),
        (sharing_pb2_grpc.add_SharingServiceServicer_to_server, servicers.sharing),
        (poster_pb2_grpc.add_PosterServiceServicer_to_server, servicers.posters),
        (owner_pb2_grpc.add_OwnerServiceServicer_to_server, servicers.owners),
        (audit_pb2_grpc.add_AuditServiceServicer_to_server, servicers.audit),
        (sitemap_pb2_grpc.add_SitemapServiceServicer_to_server, servicers.sitemap),
    ):
        add(servicer, server)  # type: ignore[no-untyped-call]
    healthy = AsyncHealthServicer()
    for service in _SERVICES:
        await healthy.set(service, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    names = (*_SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, server)
    try:
        server.add_insecure_port(address)
    except RuntimeError as error:
        raise PortInUse(address) from error
    return server
