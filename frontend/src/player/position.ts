/** How far the player on this page has played, in whole seconds; 0 where there is none. */
export function position_seconds(): number {
  const video = document.querySelector<HTMLVideoElement>('vp-video');
  return Math.floor(video?.currentTime ?? 0);
}
