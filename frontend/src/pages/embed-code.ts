export interface Shape {
  width: number | null;
  height: number | null;
}

/** In pixels; null: as wide as there is room. */
export const widths = [null, 480, 640, 1280] as const;
export type Width = (typeof widths)[number];

/** How high a player of this width is. */
export function heightFor(width: number, shape: Shape): number {
  return Math.round((width * (shape.height ?? 9)) / (shape.width ?? 16));
}

/** Markup that shows a player on another page. */
export function embedCode(url: string, title: string, shape: Shape, width: Width): string {
  const size =
    width === null
      ? `style="inline-size:100%;aspect-ratio:${shape.width ?? 16}/${shape.height ?? 9};border:0"`
      : `width="${width}" height="${heightFor(width, shape)}" style="border:0"`;
  const may = 'allow="autoplay; encrypted-media; fullscreen; picture-in-picture" allowfullscreen';
  return `<iframe src="${escape(url)}" title="${escape(title)}" ${size} ${may} loading="lazy"></iframe>`;
}

/** For a value between double quotes. */
function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
