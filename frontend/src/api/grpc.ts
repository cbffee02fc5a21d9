import {
  Code,
  ConnectError,
  createClient,
  type Client,
  type Interceptor,
  type Transport,
} from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { VideoService } from '../gen/playhead/video/v1/video_pb';
import { loadConfig } from './config';
import { session } from './session.svelte';

/** How long one call may take, in milliseconds. Streams set their own. */
const timeout_ms = 15_000;

/** Signs every call; a call whose token was refused is made once more with a new one. */
const signed: Interceptor = (next) => async (request) => {
  const token = await session.token();
  if (token !== null) request.header.set('authorization', `Bearer ${token}`);
  try {
    return await next(request);
  } catch (error) {
    if (token === null || request.stream) throw error;
    if (ConnectError.from(error).code !== Code.Unauthenticated) throw error;
    await session.renew();
    const renewed = await session.token();
    if (renewed === null) request.header.delete('authorization');
    else request.header.set('authorization', `Bearer ${renewed}`);
    return await next(request);
  }
};

let shared: Transport | undefined;
let farewell: Transport | undefined;
let client: Client<typeof VideoService> | undefined;

/** To the video service, spoken to directly over gRPC-Web. */
export async function transport(): Promise<Transport> {
  const { videoUrl } = await loadConfig();
  shared ??= createGrpcWebTransport({
    baseUrl: videoUrl,
    interceptors: [signed],
    defaultTimeoutMs: timeout_ms,
  });
  return shared;
}

/** The same for calls, of a few bytes, that outlive the page they are made from (Fetch, "keepalive"). */
export async function farewellTransport(): Promise<Transport> {
  const { videoUrl } = await loadConfig();
  farewell ??= createGrpcWebTransport({
    baseUrl: videoUrl,
    interceptors: [signed],
    defaultTimeoutMs: timeout_ms,
    fetch: (input, init) => fetch(input, { ...init, keepalive: true }),
  });
  return farewell;
}

export async function videoService(): Promise<Client<typeof VideoService>> {
  client ??= createClient(VideoService, await transport());
  return client;
}
