import { errorFromNetwork, errorFromProblem } from './errors';
import { session } from './session.svelte';
import { requestSigned } from './signed';
import { getVideo } from './videos';
import type { Video } from './video';

/** Shows one of the video's stills. */
export async function chooseStill(id: string, still: number): Promise<Video> {
  await requestSigned('PUT', `/api/videos/${id}/poster/still`, { still });
  return getVideo(id);
}

/** Shows what was made by itself again. */
export async function removePoster(id: string): Promise<Video> {
  await requestSigned('DELETE', `/api/videos/${id}/poster`);
  return getVideo(id);
}

/** Shows a picture of one's own: JPEG, PNG or WebP. */
export async function uploadPoster(id: string, picture: File): Promise<Video> {
  const token = await session.token();
  let response: Response;
  let text: string;
  try {
    response = await fetch(`/api/videos/${id}/poster`, {
      method: 'PUT',
      headers: {
        accept: 'application/json',
        'content-type': picture.type || 'application/octet-stream',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: picture,
    });
    text = await response.text();
  } catch (cause) {
    throw errorFromNetwork(cause);
  }
  if (!response.ok) throw errorFromProblem(response.status, text);
  return getVideo(id);
}
