// Which texts have been seen, in bounded memory: 64 bits a text in one flat table. When it is full, only every second text is kept in mind, then every fourth …
import type { Fingerprint } from "../fingerprint.ts";

/** What is remembered of the first time that a text was seen. */
export interface Sighting {
  readonly file: number;
  readonly line: number;
  /** Number of its label, -1 without. */
  readonly label: number;
}

const SHARDS = 256;

/**
 * A table of texts by their fingerprints. Beyond `most` texts it becomes a sample: only texts whose fingerprint ends in `shift` zeros stay in it, so that the
 * same texts are in it whatever their order, and counts of them stand for 2^shift times as many.
 */
export class SeenTexts {
  readonly #most: number;
  // Many small tables: while one of them grows, its old room is all that is there twice.
  readonly #shards: Shard[] = Array.from({ length: SHARDS }, () => new Shard());
  #size = 0;
  #shift = 0;

  /** `most` texts at most, 6 million by default: 134 MB. */
  constructor(most = 6_000_000) {
    this.#most = most;
  }

  /** 0: every text is kept in mind; otherwise one of 2^shift. */
  get shift(): number {
    return this.#shift;
  }

  /** The first sighting of a text, when there was one; otherwise this one is it. Texts that are not in the sample are never found. */
  meet(print: Fingerprint, sighting: Sighting): Sighting | undefined {
    if (trailingZeros(print.low) < this.#shift) return undefined;
    const before = this.#shards[print.high % SHARDS].meet(print, sighting);
    if (before === undefined && ++this.#size >= this.#most) {
      this.#shift++;
      this.#size = 0;
      for (const shard of this.#shards) this.#size += shard.thin(this.#shift);
    }
    return before;
  }
}

// Open addressing in columns, 16 bytes a slot; a line of 0 is an empty slot.
class Shard {
  #high = new Uint32Array(16);
  #low = new Uint32Array(16);
  #line = new Uint32Array(16);
  #file = new Uint16Array(16);
  #label = new Int16Array(16);
  #size = 0;

  meet({ high, low }: Fingerprint, sighting: Sighting): Sighting | undefined {
    const at = this.#slot(high, low);
    if (this.#line[at] !== 0) return { file: this.#file[at], line: this.#line[at], label: this.#label[at] };
    this.#put(at, high, low, sighting);
    if (++this.#size > this.#line.length * 0.75) this.#rebuild(2 * this.#line.length, 0);
    return undefined;
  }

  /** Forgets what is not in the sample, and says how many are left. */
  thin(shift: number): number {
    this.#rebuild(this.#line.length, shift);
    return this.#size;
  }

  #put(at: number, high: number, low: number, { file, line, label }: Sighting): void {
    this.#high[at] = high;
    this.#low[at] = low;
    this.#line[at] = line;
    this.#file[at] = file;
    this.#label[at] = label;
  }

  #slot(high: number, low: number): number {
    const mask = this.#line.length - 1;
    let at = (high >>> 8) & mask;
    while (this.#line[at] !== 0 && (this.#high[at] !== high || this.#low[at] !== low)) at = (at + 1) & mask;
    return at;
  }

  #rebuild(slots: number, shift: number): void {
    const [highs, lows, lines, files, labels] = [this.#high, this.#low, this.#line, this.#file, this.#label];
    this.#high = new Uint32Array(slots);
    this.#low = new Uint32Array(slots);
    this.#line = new Uint32Array(slots);
    this.#file = new Uint16Array(slots);
    this.#label = new Int16Array(slots);
    this.#size = 0;
    for (let i = 0; i < lines.length; i++) {
      if (lines[i] === 0 || trailingZeros(lows[i]) < shift) continue;
      this.#size++;
      this.#put(this.#slot(highs[i], lows[i]), highs[i], lows[i], { file: files[i], line: lines[i], label: labels[i] });
    }
  }
}

/** Zeros at the end of 32 bits. */
const trailingZeros = (word: number): number => (word === 0 ? 32 : 31 - Math.clz32(word & -word));

/** A count that stays right when the texts become a sample: kept apart by how deep in the sample a text is. */
export class SampledCount {
  readonly #levels = new Float64Array(33);

  add(low: number): void {
    this.#levels[trailingZeros(low)]++;
  }

  /** What the counts say of all texts when only those of a sample are known. */
  estimate(shift: number): number {
    return this.#levels.subarray(shift).reduce((sum, count) => sum + count, 0) * 2 ** shift;
  }
}
