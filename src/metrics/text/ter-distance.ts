// Edit distance between words within a beam around the diagonal, with the alignment that it took. Knows no shifts.

const UNREACHED = 1e9;
const BEAM = 25;
const MOVE = { same: 1, replace: 2, remove: 3, insert: 4 } as const;

/** How the words of a hypothesis lie against those of a reference. */
export interface Alignment {
  readonly distance: number;
  /** For each word of the reference, the word of the hypothesis that it lies at; -1 before the first. */
  readonly places: Int32Array;
  /** Words that are not the same on the other side. */
  readonly wrong: Uint8Array;
  readonly wrongInReference: Uint8Array;
}

/** One reference, and the rows of the table that the last hypothesis filled: the next one of that length goes on where it differs. */
export class EditTable {
  readonly #reference: Int32Array;
  readonly #costs: Int32Array[] = [];
  readonly #moves: Uint8Array[] = [];
  #last: Int32Array = new Int32Array(0);

  /** Words as numbers, the same word the same number. */
  constructor(reference: Int32Array) {
    this.#reference = reference;
    this.#costs.push(Int32Array.from({ length: reference.length + 1 }, (_, j) => j));
    this.#moves.push(new Uint8Array(reference.length + 1).fill(MOVE.insert));
  }

  /** The distance alone. */
  distance(words: Int32Array): number {
    let known = 0;
    if (words.length === this.#last.length) while (known < words.length && words[known] === this.#last[known]) known++;
    for (let i = known + 1; i <= words.length; i++) this.#fill(i, words);
    this.#last = words;
    return this.#costs[words.length][this.#reference.length];
  }

  // The beam follows the diagonal of the two lengths; the last row reaches the end whatever it costs.
  #fill(i: number, words: Int32Array): void {
    const width = this.#reference.length;
    const ratio = width / words.length;
    const beam = BEAM < ratio / 2 ? Math.ceil(ratio / 2 + BEAM) : BEAM;
    const diagonal = Math.floor(i * ratio);
    const end = i === words.length ? width + 1 : Math.min(width + 1, diagonal + beam);
    const above = this.#costs[i - 1];
    this.#costs[i] ??= new Int32Array(width + 1);
    this.#moves[i] ??= new Uint8Array(width + 1);
    const costs = this.#costs[i].fill(UNREACHED);
    const moves = this.#moves[i];
    for (let j = Math.max(0, diagonal - beam); j < end; j++) {
      const same = j > 0 && words[i - 1] === this.#reference[j - 1];
      const take = (cost: number, move: number) => {
        if (cost >= costs[j]) return;
        costs[j] = cost;
        moves[j] = move;
      };
      if (j > 0) take(above[j - 1] + (same ? 0 : 1), same ? MOVE.same : MOVE.replace);
      take(above[j] + 1, MOVE.remove);
      if (j > 0) take(costs[j - 1] + 1, MOVE.insert);
    }
  }

  /** Distance and alignment. */
  align(words: Int32Array): Alignment {
    const distance = this.distance(words);
    const places = new Int32Array(this.#reference.length).fill(-1);
    const wrong = new Uint8Array(words.length);
    const wrongInReference = new Uint8Array(this.#reference.length);
    for (let [i, j] = [words.length, this.#reference.length]; i > 0 || j > 0; ) {
      const move = this.#moves[i][j];
      if (move === MOVE.remove) wrong[--i] = 1;
      else if (move === MOVE.insert) {
        places[--j] = i - 1;
        wrongInReference[j] = 1;
      } else {
        places[--j] = --i;
        if (move === MOVE.replace) wrong[i] = wrongInReference[j] = 1;
      }
    }
    return { distance, places, wrong, wrongInReference };
  }
}
