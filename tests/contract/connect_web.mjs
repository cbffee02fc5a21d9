// A real connect-web client, as the browser's: runs one scenario against a running service and
// prints what it saw as JSON. Arguments: base URL, scenario, and what the scenario needs.
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { toJson } from '@bufbuild/protobuf';
import { VideoSchema, VideoService } from '../../frontend/src/gen/playhead/video/v1/video_pb.ts';

const [baseUrl, scenario, ...rest] = process.argv.slice(2);
const client = createClient(VideoService, createGrpcWebTransport({ baseUrl }));
const headers = (token) => (token ? { authorization: `Bearer ${token}` } : {});

function errorInfo(thrown) {
  const error = ConnectError.from(thrown);
  const infos = error.details.filter((detail) => detail.type === 'google.rpc.ErrorInfo');
  return {
    code: Code[error.code],
    message: error.rawMessage,
    // Field 1 of ErrorInfo is the reason: tag 0x0a, length, text.
    reasons: infos.map(({ value }) => Buffer.from(value.subarray(2, 2 + value[1])).toString()),
  };
}

const scenarios = {
  async get(id, token) {
    const { video } = await client.getVideo({ id }, { headers: headers(token) });
    return toJson(VideoSchema, video);
  },
  async pages(token) {
    const titles = [];
    let pageToken = '';
    do {
      const page = await client.listVideos({ owner: 'me', pageSize: 2, pageToken }, { headers: headers(token) });
      titles.push(page.videos.map((video) => video.title));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return titles;
  },
  async update(id, token) {
    const video = { id, title: 'Grüße 🎬', tags: ['a', 'b'] };
    const answer = await client.updateVideo(
      { video, updateMask: { paths: ['title', 'tags'] } },
      { headers: headers(token) },
    );
    return toJson(VideoSchema, answer.video);
  },
  async deadline(id, token, deadline_ms) {
    const options = { headers: headers(token), timeoutMs: Number(deadline_ms) };
    const events = client.watchVideos({ videos: [{ id }] }, options);
    let seen = 0;
    try {
      for await (const _ of events) seen += 1;
    } catch (thrown) {
      return { seen, ...errorInfo(thrown) };
    }
    return { seen };
  },
  // Deletes the video after its first event, and leaves after the second.
  async watch(id, token) {
    const abort = new AbortController();
    const cases = [];
    const events = client.watchVideos({ videos: [{ id }] }, { headers: headers(token), signal: abort.signal });
    try {
      for await (const { event } of events) {
        cases.push(event.case);
        if (cases.length === 1) await client.deleteVideo({ id }, { headers: headers(token) });
        else abort.abort();
      }
    } catch (thrown) {
      return { cases, code: Code[ConnectError.from(thrown).code] };
    }
    return { cases };
  },
};

const result = await scenarios[scenario](...rest).catch((thrown) => ({ error: errorInfo(thrown) }));
process.stdout.write(JSON.stringify(result));
