// Pieces that a unigram model begins with: what stands at least twice and cannot be made longer without standing less often. Twin: native/services/src/learn/seeds.rs.
import { classTable, LETTER, MARK } from "../tokens/classes.ts";
import type { CountedWord } from "./settings.ts";

const BLANK = 0x2581;

/** Words as characters, each ended by 0; what has no token parts them. */
export interface Corpus {
  readonly codes: Uint32Array;
  readonly starts: readonly number[];
  readonly counts: readonly number[];
}

/** Words of characters that have tokens. */
export function corpusOf(words: readonly CountedWord[], kept: ReadonlySet<number>): Corpus {
  const codes: number[] = [];
  const starts: number[] = [];
  const counts: number[] = [];
  for (const word of words) {
    let open = false;
    for (const code of word.codes) {
      if (kept.has(code)) {
        if (!open) {
          starts.push(codes.length);
          counts.push(word.count);
        }
        codes.push(code);
      } else if (open) codes.push(0);
      open = kept.has(code);
    }
    if (open) codes.push(0);
  }
  return { codes: Uint32Array.from(codes), starts, counts };
}

/** Place of the 0 behind a word. */
export function endOf({ starts, codes }: Corpus, word: number): number {
  return (starts[word + 1] ?? codes.length) - 1;
}

/** A piece: where it stands in the order of suffixes, its characters, how often it stands. */
export interface Seed {
  readonly from: number;
  readonly to: number;
  readonly length: number;
  readonly count: number;
}

/** Places of the corpus in the order of what stands there, looking at so many characters. */
export function* sortedSuffixes({ codes }: Corpus, longest: number): Generator<number, Uint32Array> {
  let rank = codes;
  let order: Uint32Array = Uint32Array.from(codes.keys()).filter((at) => codes[at] !== 0);
  for (let length = 0; length < longest; length = length === 0 ? 1 : 2 * length) {
    yield 0;
    const step = Math.max(length, 1);
    const keys = Float64Array.from(codes, (_, at) => rank[at] * 2 ** 26 + (length === 0 ? 0 : (rank[at + step] ?? 0)));
    order = order.slice().sort((a, b) => keys[a] - keys[b] || a - b);
    const next = new Uint32Array(codes.length);
    let number = 0;
    for (let i = 0; i < order.length; i++) {
      if (i === 0 || keys[order[i]] !== keys[order[i - 1]]) number++;
      next[order[i]] = number;
    }
    rank = next;
  }
  return order;
}

/** Pieces of at least two characters with how often they stand. */
export function seedsOf(corpus: Corpus, suffixes: Uint32Array, longest: number): Seed[] {
  const { codes, starts, counts } = corpus;
  const shared = (a: number, b: number) => {
    let length = 0;
    while (length < longest && codes[a + length] !== 0 && codes[a + length] === codes[b + length]) length++;
    return length;
  };
  const countAt = new Float64Array(codes.length);
  for (const [word, start] of starts.entries()) countAt.fill(counts[word], start, endOf(corpus, word));
  const before = new Float64Array(suffixes.length + 1);
  for (const [i, at] of suffixes.entries()) before[i + 1] = before[i] + countAt[at];
  const found: Seed[] = [];
  const keep = (at: number, seed: Seed) => {
    if (seed.length > 1 && seed.count >= 2 && isPiece(codes.subarray(at, at + seed.length))) found.push(seed);
  };
  const open: { from: number; length: number }[] = [];
  for (const [i, at] of suffixes.entries()) {
    const next = i + 1 < suffixes.length ? shared(at, suffixes[i + 1]) : 0;
    const own = shared(at, at);
    if (own > Math.max(open.at(-1)?.length ?? 0, next)) keep(at, { from: i, to: i + 1, length: own, count: countAt[at] });
    let begin = i;
    for (let last = open.at(-1); last !== undefined && last.length > next; last = open.at(-1)) {
      open.pop();
      keep(at, { from: last.from, to: i + 1, length: last.length, count: before[i + 1] - before[last.from] });
      begin = last.from;
    }
    if (next > (open.at(-1)?.length ?? 0)) open.push({ from: begin, length: next });
  }
  return found;
}

function isPiece(codes: Uint32Array): boolean {
  let before: number | undefined;
  for (const [i, code] of codes.entries()) {
    if (code === BLANK) {
      if (i > 0) return false;
      continue;
    }
    const now = script(code);
    if (now === undefined) continue;
    if (before !== undefined && before !== now) return false;
    before = now;
  }
  return true;
}

const inRange = (code: number, ranges: readonly (readonly [number, number])[]) => ranges.some(([first, last]) => code >= first && code <= last);
const eastern = [
  [0x3040, 0x30ff],
  [0x31f0, 0x31ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x20000, 0x3ffff],
  [0x3005, 0x3005],
  [0x3007, 0x3007],
] as const;
const scripts = [
  [
    [0, 0x24f],
    [0x1e00, 0x1eff],
  ],
  [[0x370, 0x3ff]],
  [[0x400, 0x52f]],
  [
    [0x1100, 0x11ff],
    [0xac00, 0xd7a3],
  ],
] as const;

// Scripts by their blocks, Japanese with Chinese; marks have that of what they stand on.
function script(code: number): number | undefined {
  const kind = classTable()[code];
  if (kind === MARK) return undefined;
  if (inRange(code, eastern)) return 1;
  if ((kind & LETTER) === 0) return 0;
  const found = scripts.findIndex((ranges) => inRange(code, ranges));
  return found < 0 ? 6 : found + 2;
}
