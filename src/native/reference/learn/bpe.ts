// Byte-pair encoding learnt from counts of words, in plain TypeScript. The twin of native/services/src/learn/bpe.rs: same merges, same ids.
import { trainedKinds } from "../../learn.ts";
import { type Candidate, Queue } from "./queue.ts";
import { alphabetOf, type CountedWord, type Learned, type Settings } from "./settings.ts";

/** Steps between two rests. */
const EACH = 64;
const PREFIX = Buffer.from("##");
/** Pairs are keyed by first * SPAN + second. */
const SPAN = 2 ** 26;

class Vocabulary {
  readonly tokens: Buffer[] = [];
  /** Characters of each token, without its prefix. */
  readonly lengths: number[] = [];
  readonly #ids: Map<string, number> = new Map();

  add(token: Buffer, length: number): number {
    const key = token.toString("latin1");
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#ids.set(key, this.tokens.length);
    this.lengths.push(length);
    return this.tokens.push(token) - 1;
  }

  merged(first: number, second: number, prefixed: boolean): number {
    const right = this.tokens[second];
    const begins = prefixed && right.subarray(0, 2).equals(PREFIX);
    return this.add(Buffer.concat([this.tokens[first], begins ? right.subarray(2) : right]), this.lengths[first] + this.lengths[second]);
  }
}

interface Word {
  symbols: number[];
  readonly count: number;
}

function bytesInOrder(): number[] {
  const itself = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  return [...all.filter(itself), ...all.filter((byte) => !itself(byte))];
}

function prepare(words: readonly CountedWord[], settings: Settings): { vocabulary: Vocabulary; corpus: Word[] } {
  const vocabulary = new Vocabulary();
  for (const special of settings.specials) vocabulary.add(special, 1);
  const corpus: Word[] = [];
  const put = (symbols: number[], count: number) => {
    if (symbols.length > 1) corpus.push({ symbols, count });
  };
  if (settings.kind === trainedKinds.bytes) {
    const ids = new Map(bytesInOrder().map((byte) => [byte, vocabulary.add(Buffer.of(byte), 1)]));
    for (const { codes, count } of words)
      put(
        codes.map((byte) => ids.get(byte) ?? 0),
        count,
      );
    return { vocabulary, corpus };
  }
  const prefixed = settings.kind === trainedKinds.wordpiece;
  const codes = alphabetOf(words, settings);
  const text = (code: number) => Buffer.from(String.fromCodePoint(code));
  const first = new Map(codes.map((code) => [code, vocabulary.add(text(code), 1)]));
  const inside = new Set(prefixed ? words.flatMap((word) => word.codes.slice(1)) : []);
  const later = new Map(
    codes.filter((code) => inside.has(code)).map((code) => [code, vocabulary.add(Buffer.concat([PREFIX, text(code)]), 1)] as const),
  );
  for (const word of words) {
    let symbols: number[] = [];
    for (const [i, code] of word.codes.entries()) {
      const id = (prefixed && i > 0 ? later : first).get(code);
      if (id !== undefined) symbols.push(id);
      else {
        put(symbols, word.count);
        symbols = [];
      }
    }
    put(symbols, word.count);
  }
  return { vocabulary, corpus };
}

type Changed = (first: number, second: number, more: boolean) => void;

function mergeWord(word: Word, { first, second }: Candidate, id: number, changed: Changed): void {
  const { symbols } = word;
  const made: number[] = [];
  for (let read = 0; read < symbols.length; ) {
    if (read + 1 >= symbols.length || symbols[read] !== first || symbols[read + 1] !== second) {
      made.push(symbols[read++]);
      continue;
    }
    if (made.length > 0) {
      changed(made[made.length - 1], first, false);
      changed(made[made.length - 1], id, true);
    }
    if (read + 2 < symbols.length) {
      changed(second, symbols[read + 2], false);
      changed(id, symbols[read + 2], true);
    }
    made.push(id);
    read += 2;
  }
  word.symbols = made;
}

// How often pairs stand, and in which words those stand that became more.
class Pairs {
  readonly counts: Map<number, number> = new Map();
  readonly #places: Map<number, number[]> = new Map();

  change(first: number, second: number, by: number, word: number): void {
    const key = first * SPAN + second;
    this.counts.set(key, (this.counts.get(key) ?? 0) + by);
    if (by < 0) return;
    const found = this.#places.get(key);
    if (found === undefined) this.#places.set(key, [word]);
    else if (found[found.length - 1] !== word) found.push(word);
  }

  drain(queue: Queue): void {
    for (const [key, places] of this.#places) {
      const count = this.counts.get(key) ?? 0;
      if (count > 0) queue.push({ count, first: Math.floor(key / SPAN), second: key % SPAN, places });
    }
    this.#places.clear();
  }
}

/** Learns merges; yields once a token or while it counts. */
export function* learnBpe(words: readonly CountedWord[], settings: Settings): Generator<number, Learned> {
  const { vocabulary, corpus } = prepare(words, settings);
  const pairs = new Pairs();
  for (const [i, { symbols, count }] of corpus.entries()) {
    for (let at = 1; at < symbols.length; at++) pairs.change(symbols[at - 1], symbols[at], count, i);
    if (i % (EACH * 16) === 0) yield 0;
  }
  const queue = new Queue(order(vocabulary, settings));
  pairs.drain(queue);
  const merges: (readonly [number, number])[] = [];
  while (vocabulary.tokens.length < settings.size) {
    const top = queue.pop();
    if (top === undefined) break;
    const now = pairs.counts.get(top.first * SPAN + top.second) ?? 0;
    if (now !== top.count) {
      top.count = now;
      if (now > 0) queue.push(top);
      continue;
    }
    if (now < settings.fewest) break;
    const id = vocabulary.merged(top.first, top.second, settings.kind === trainedKinds.wordpiece);
    merges.push([top.first, top.second]);
    const { lengths } = vocabulary;
    for (const [i, place] of top.places.entries()) {
      const { count } = corpus[place];
      mergeWord(corpus[place], top, id, (first, second, more) => {
        if (!more) pairs.change(first, second, -count, place);
        else if (lengths[first] + lengths[second] < settings.longest) pairs.change(first, second, count, place);
      });
      if (i % (EACH * 16) === 0 && i > 0) yield 0;
    }
    pairs.drain(queue);
    yield 1;
  }
  return { tokens: vocabulary.tokens, merges: lastOfEach(merges), scores: [] };
}

function order({ tokens }: Vocabulary, { greatest }: Settings): (a: Candidate, b: Candidate) => boolean {
  return (a, b) => {
    if (a.count !== b.count) return a.count > b.count;
    if (a.first === b.first && a.second === b.second) return (a.places[0] ?? -1) < (b.places[0] ?? -1);
    const text = greatest ? Buffer.compare(tokens[b.first], tokens[a.first]) || Buffer.compare(tokens[b.second], tokens[a.second]) : 0;
    return text !== 0 ? text < 0 : a.first < b.first || (a.first === b.first && a.second < b.second);
  };
}

// A pair that was merged again, because one of its tokens was made in a second way, counts for its last merge.
function lastOfEach(merges: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const last = new Map(merges.map(([first, second], i) => [first * SPAN + second, i]));
  return merges.filter(([first, second], i) => last.get(first * SPAN + second) === i);
}
