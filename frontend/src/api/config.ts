import { requestJson } from './rest';

/** What the gateway tells every page about this installation. */
export interface Config {
  /** Origin of the video service, without a trailing slash. */
  videoUrl: string;
  /** Largest file one upload may be, in bytes. Null: no limit. */
  maxUploadBytes: number | null;
  registration: 'open' | 'invite' | 'closed';
  /** False where even public videos are for signed-in people only. */
  anonymousAccess: boolean;
  /** False where mails are only written to the gateway's log. */
  mail: boolean;
}

interface ConfigJson {
  video_url: string;
  max_upload_bytes?: number | null;
  registration?: Config['registration'];
  anonymous_access?: boolean;
  mail?: boolean;
}

let pending: Promise<Config> | undefined;

/** Loaded once; a failure is tried again at the next call. */
export function loadConfig(): Promise<Config> {
  pending ??= requestJson<ConfigJson>('GET', '/config.json').then(
    (json) => ({
      videoUrl: json.video_url.replace(/\/+$/, ''),
      maxUploadBytes: json.max_upload_bytes ?? null,
      registration: json.registration ?? 'open',
      anonymousAccess: json.anonymous_access ?? true,
      mail: json.mail ?? true,
    }),
    (error: unknown) => {
      pending = undefined;
      throw error;
    },
  );
  return pending;
}
