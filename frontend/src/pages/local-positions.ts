const key = 'playhead-positions';
/** So many videos are remembered; those not watched for longest are forgotten. */
const most = 100;

type Position = [id: string, seconds: number];

/** Where somebody who is not signed in stopped watching: on this device only, told to nobody. */
export class LocalPositions {
  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>) {}

  /** In seconds; null where nothing is remembered. */
  get(id: string): number | null {
    return this.#all().find(([other]) => other === id)?.[1] ?? null;
  }

  keep(id: string, seconds: number): void {
    const others = this.#all().filter(([other]) => other !== id);
    this.#store([[id, seconds], ...others].slice(0, most) as Position[]);
  }

  forget(id: string): void {
    this.#store(this.#all().filter(([other]) => other !== id));
  }

  #store(positions: Position[]): void {
    if (positions.length === 0) this.storage.removeItem(key);
    else this.storage.setItem(key, JSON.stringify(positions));
  }

  /** Latest first. People can change what is stored, so only what makes sense is taken. */
  #all(): Position[] {
    try {
      const stored: unknown = JSON.parse(this.storage.getItem(key) ?? '[]');
      return Array.isArray(stored) ? stored.filter(isPosition) : [];
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return [];
    }
  }
}

function isPosition(stored: unknown): stored is Position {
  return (
    Array.isArray(stored) &&
    stored.length === 2 &&
    typeof stored[0] === 'string' &&
    typeof stored[1] === 'number' &&
    stored[1] >= 0
  );
}
