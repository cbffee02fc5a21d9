/** What of a WebVTT cue says where it stands (WebVTT, section 3.1). */
export interface CuePlace {
  line: number | 'auto';
  snapToLines: boolean;
  align: 'start' | 'center' | 'end' | 'left' | 'right';
}

/** Cues that stand at the same place, one below the other. */
export interface CueGroup<Cue> {
  edge: 'top' | 'bottom';
  /** Distance from that edge of what the controls leave free, as a part of its height. */
  inset: number;
  cues: Cue[];
}

/** The height of a line, as a part of the picture's (WebVTT, section 7.2: 5.33 %, with its spacing). */
const line_part = 0.0633;
/** However far in a cue wants to be, there is room for it. */
const most_inset = 0.8;

/** Groups cues by where they stand: simultaneous ones never cover each other. */
export function placed<Cue extends CuePlace>(cues: readonly Cue[]): CueGroup<Cue>[] {
  const groups = new Map<string, CueGroup<Cue>>();
  for (const cue of cues) {
    const [edge, wanted] = place(cue);
    const inset = Math.min(most_inset, Math.max(0, wanted));
    const key = `${edge} ${inset}`;
    const group = groups.get(key) ?? { edge, inset, cues: [] };
    group.cues.push(cue);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function place({ line, snapToLines }: CuePlace): ['top' | 'bottom', number] {
  if (line === 'auto') return ['bottom', 0];
  if (!snapToLines)
    return line < 50 ? ['top', line / 100] : ['bottom', (100 - line) / 100 - line_part];
  return line < 0 ? ['bottom', (-line - 1) * line_part] : ['top', line * line_part];
}
