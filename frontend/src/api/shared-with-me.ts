import { requestJson } from './rest';
import { session } from './session.svelte';
import { SharePassKeeper } from './share-passes';

/** The share links that this tab was opened with. */
export const sharePasses = new SharePassKeeper({
  open: async (videoId, secret, password) => {
    const json = await requestJson<{ pass: string; expires_at: string }>(
      'POST',
      `/api/videos/${encodeURIComponent(videoId)}/open`,
      { secret, password },
      await session.token(),
    );
    return { pass: json.pass, expiresAt: new Date(json.expires_at) };
  },
  storage: sessionStorage,
  now_ms: Date.now,
});
