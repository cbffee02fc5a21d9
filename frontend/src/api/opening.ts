/** What a stranger's page asks for first, each a message of video.proto in base64. */
export interface Opening {
  video: string;
  playback: string;
}

/**
 * The document of a public video brings these answers along (see the gateway's head.py). They are
 * good once: whoever comes back later asks.
 */
export function takeOpening(id: string): Opening | null {
  const element = document.getElementById('opening');
  if (!element) return null;
  element.remove();
  const { id: whose, ...opening } = JSON.parse(element.textContent) as Opening & { id: string };
  return whose === id ? opening : null;
}
