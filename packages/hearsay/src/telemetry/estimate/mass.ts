import { estimateLimits } from './limits.ts';

const { valueMax, weightMax } = estimateLimits;

/** What one node has of one metric, to be split and added up. */
export interface MassPart {
  /** Of the values. */
  sum: number;
  /** Of their squares: by which it is known how much the nodes differ. */
  squares: number;
  /** How many nodes have a value. */
  holders: number;
  /** The least and the largest value there is: they are passed on whole. */
  min: number;
  max: number;
}

/** What is wrong with a mass that no sound node could have. */
export type MassFault = 'notANumber' | 'negative' | 'huge';

/**
 * What one node has of the sums over all nodes, by metric. It halves it, sends one half, and adds what it is sent: after
 * some rounds the quotients of what it has are those of the sums (push-sum, Kempe, Dobra and Gehrke 2003).
 */
export class Mass {
  /** Of how many nodes. */
  weight: number = 0;
  /** By the metric's number on the wire. */
  readonly parts: Map<number, MassPart> = new Map();

  /** Undefined when it is sound. */
  get fault(): MassFault | undefined {
    const fault = faultOfNumber(this.weight, weightMax);
    if (fault !== undefined) return fault;
    for (const part of this.parts.values()) {
      const partFault = faultOfPart(part);
      if (partFault !== undefined) return partFault;
    }
    return undefined;
  }

  /** Adds one node's value. */
  addValue(id: number, value: number): void {
    this.#add(id, { sum: value, squares: value * value, holders: 1, min: value, max: value });
  }

  halve(): void {
    this.weight /= 2;
    for (const part of this.parts.values()) {
      part.sum /= 2;
      part.squares /= 2;
      part.holders /= 2;
    }
  }

  merge(other: Mass): void {
    this.weight += other.weight;
    for (const [id, part] of other.parts) this.#add(id, part);
  }

  #add(id: number, part: MassPart): void {
    const own = this.parts.get(id);
    if (own === undefined) {
      this.parts.set(id, { ...part });
      return;
    }
    own.sum += part.sum;
    own.squares += part.squares;
    own.holders += part.holders;
    own.min = Math.min(own.min, part.min);
    own.max = Math.max(own.max, part.max);
  }
}

function faultOfPart({ sum, squares, holders, min, max }: MassPart): MassFault | undefined {
  // Twice what can be: on the wire all is rounded.
  const most = 2 * holders * valueMax;
  return (
    faultOfNumber(holders, weightMax) ??
    faultOfNumber(squares, most * valueMax) ??
    faultOfNumber(Math.abs(sum), most) ??
    faultOfNumber(Math.abs(min), 2 * valueMax) ??
    faultOfNumber(Math.abs(max), 2 * valueMax)
  );
}

function faultOfNumber(value: number, most: number): MassFault | undefined {
  if (!Number.isFinite(value)) return 'notANumber';
  if (value < 0) return 'negative';
  return value > most ? 'huge' : undefined;
}
