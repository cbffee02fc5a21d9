import { createClient } from '@connectrpc/connect';
import {
  CaptionFormat,
  CaptionKind as WireKind,
  CaptionService,
  type Captions as WireCaptions,
} from '../gen/playhead/video/v1/captions_pb';
import { transport } from './grpc';
import { errorFromRpc } from './rpc-errors';

export type CaptionKind = 'subtitles' | 'captions';

export interface Captions {
  id: string;
  /** A BCP 47 tag. */
  language: string;
  kind: CaptionKind;
  label: string;
  /** They come from the source and were not changed since. */
  embedded: boolean;
}

/** Captions that were stored, and how many places of the file made no sense. */
export interface Stored {
  captions: Captions;
  ignored: number;
}

const toWireKind: Record<CaptionKind, WireKind> = {
  subtitles: WireKind.SUBTITLES,
  captions: WireKind.CAPTIONS,
};

export async function listCaptions(videoId: string): Promise<Captions[]> {
  return call(async () => (await (await service()).listCaptions({ videoId })).captions.map(read));
}

export async function uploadCaptions(
  videoId: string,
  wishes: { language: string; kind: CaptionKind; label: string; file: File },
): Promise<Stored> {
  return call(async () => {
    const { language, kind, label } = wishes;
    const file = await bytesOf(wishes.file);
    const request = { videoId, language, kind: toWireKind[kind], label, file };
    return stored(await (await service()).uploadCaptions(request));
  });
}

export async function replaceCaptions(videoId: string, id: string, file: File): Promise<Stored> {
  return call(async () => {
    const request = { videoId, id, file: await bytesOf(file) };
    return stored(await (await service()).replaceCaptions(request));
  });
}

export async function renameCaptions(
  videoId: string,
  id: string,
  label: string,
): Promise<Captions> {
  return call(async () => {
    const { captions } = await (await service()).renameCaptions({ videoId, id, label });
    return read(captions);
  });
}

export async function downloadCaptions(
  videoId: string,
  id: string,
  format: 'vtt' | 'srt',
): Promise<Blob> {
  return call(async () => {
    const wireFormat = format === 'srt' ? CaptionFormat.SUBRIP : CaptionFormat.WEBVTT;
    const { file } = await (await service()).downloadCaptions({ videoId, id, format: wireFormat });
    return new Blob([new Uint8Array(file)], { type: 'text/plain' });
  });
}

export async function deleteCaptions(videoId: string, id: string): Promise<void> {
  return call(async () => {
    await (await service()).deleteCaptions({ videoId, id });
  });
}

async function service() {
  return createClient(CaptionService, await transport());
}

function stored(answer: { captions?: WireCaptions | undefined; ignored: number }): Stored {
  return { captions: read(answer.captions), ignored: answer.ignored };
}

/** Throws where the answer lacks its captions, which the contract forbids. */
function read(captions: WireCaptions | undefined): Captions {
  if (captions === undefined) throw new TypeError('The answer carries no captions.');
  const { id, language, kind, label, embedded } = captions;
  return {
    id,
    language,
    kind: kind === WireKind.CAPTIONS ? 'captions' : 'subtitles',
    label,
    embedded,
  };
}

async function bytesOf(file: File): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await file.arrayBuffer());
}

async function call<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    throw errorFromRpc(thrown);
  }
}
