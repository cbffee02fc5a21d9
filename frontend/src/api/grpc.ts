import {
  Code,
  ConnectError,
  createClient,
  type Client,
  type Interceptor,
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

let client: Client<typeof VideoService> | undefined;

/** The video service, spoken to directly over gRPC-Web. */
export async function videoService(): Promise<Client<typeof VideoService>> {
  const { videoUrl } = await loadConfig();
  client ??= createClient(
    VideoService,
    createGrpcWebTransport({
      baseUrl: videoUrl,
      interceptors: [signed],
      defaultTimeoutMs: timeout_ms,
    }),
  );
  return client;
}
