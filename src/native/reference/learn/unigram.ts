// A unigram model learnt from counts of words, in plain TypeScript. The twin of native/services/src/learn/unigram.rs: same sums in the same order, so the same tokens and scores.
import { exp, ln } from "../elementary.ts";
import { type Corpus, corpusOf, endOf, type Seed, seedsOf, sortedSuffixes } from "./seeds.ts";
import { alphabetOf, type CountedWord, charactersOf, type Learned, type Settings } from "./settings.ts";

const LANES = 8;
const EACH = 256;
const PASSES = 2;
const SHRINK = 0.75;
const MARGIN = 1.1;
const LEAST_EXPECTED = 0.5;
const NONE = 0xffffffff;

/** Pieces: where each stands first, its characters, its score; and those that begin at each place of the corpus, the shortest first. */
interface Model {
  readonly at: readonly number[];
  readonly lengths: readonly number[];
  readonly scores: readonly number[];
  readonly starts: Uint32Array;
  readonly ids: Uint32Array;
}

function covered(words: readonly CountedWord[], settings: Settings): Set<number> {
  const characters = charactersOf(words);
  const total = characters.reduce((sum, [, count]) => sum + count, 0);
  const allowed = new Set(alphabetOf(words, settings));
  const kept = new Set<number>();
  let sum = 0;
  for (const [code, count] of characters) {
    if (sum / total >= settings.coverage) break;
    sum += count;
    if (code !== 0 && allowed.has(code)) kept.add(code);
  }
  return kept;
}

function* begin(corpus: Corpus, settings: Settings): Generator<number, Model> {
  const suffixes = yield* sortedSuffixes(corpus, settings.longest);
  const weight = (seed: Seed) => seed.count * seed.length;
  const chosen = seedsOf(corpus, suffixes, settings.longest)
    .sort((a, b) => weight(b) - weight(a) || a.from - b.from || a.length - b.length)
    .slice(0, settings.seeds);
  yield 0;
  const singles = singlesOf(corpus);
  const counted = [...singles.map(([, { count }]) => count), ...chosen.map(weight)];
  const total = ln(counted.reduce((sum, count) => sum + count, 0));
  const { codes } = corpus;
  const starts = new Uint32Array(codes.length + 1);
  for (const [at, code] of codes.entries()) starts[at + 1] += code === 0 ? 0 : 1;
  for (const { from, to } of chosen) for (const at of suffixes.subarray(from, to)) starts[at + 1]++;
  for (let at = 0; at < codes.length; at++) starts[at + 1] += starts[at];
  const place = starts.slice();
  const ids = new Uint32Array(starts[codes.length]);
  const single = new Map(singles.map(([code], id) => [code, id]));
  for (const [at, code] of codes.entries()) if (code !== 0) ids[place[at]++] = single.get(code) ?? 0;
  const byLength = [...chosen.keys()].sort((a, b) => chosen[a].length - chosen[b].length || a - b);
  for (const seed of byLength) for (const at of suffixes.subarray(chosen[seed].from, chosen[seed].to)) ids[place[at]++] = singles.length + seed;
  return {
    at: [...singles.map(([, { at }]) => at), ...chosen.map(({ from }) => suffixes[from])],
    lengths: [...singles.map(() => 1), ...chosen.map(({ length }) => length)],
    scores: counted.map((count) => ln(count) - total),
    starts,
    ids,
  };
}

function singlesOf(corpus: Corpus): [code: number, found: { count: number; readonly at: number }][] {
  const found = new Map<number, { count: number; readonly at: number }>();
  for (const [word, start] of corpus.starts.entries())
    for (let at = start; at < endOf(corpus, word); at++) {
      const one = found.get(corpus.codes[at]) ?? { count: 0, at };
      one.count += corpus.counts[word];
      found.set(corpus.codes[at], one);
    }
  return [...found].sort((a, b) => a[0] - b[0]);
}

function logSum(a: number, b: number): number {
  if (a === Number.NEGATIVE_INFINITY) return b;
  const [most, least] = a > b ? [a, b] : [b, a];
  return most - least > 50 ? most : most + ln(1 + exp(least - most));
}

function digamma(x: number): number {
  let result = 0;
  let at = x;
  for (; at < 7; at++) result -= 1 / at;
  at -= 0.5;
  const over = 1 / at;
  const two = over * over;
  const four = two * two;
  return result + ln(at) + (1 / 24) * two - (7 / 960) * four + (31 / 8064) * four * two - (127 / 30720) * four * four;
}

type Add = (model: Model, from: number, to: number, count: number, sums: Float64Array) => void;

function* sumsOf(model: Model, corpus: Corpus, add: Add): Generator<number, Float64Array> {
  const size = model.scores.length;
  const count = corpus.starts.length;
  const all = new Float64Array(size);
  for (let lane = 0; lane < LANES; lane++) {
    const sums = new Float64Array(size);
    for (let word = Math.floor((count * lane) / LANES); word < Math.floor((count * (lane + 1)) / LANES); word++) {
      add(model, corpus.starts[word], endOf(corpus, word), corpus.counts[word], sums);
      if (word % EACH === 0) yield 0;
    }
    for (let id = 0; id < size; id++) all[id] += sums[id];
  }
  return all;
}

const expect: Add = ({ starts, ids, lengths, scores }, from, to, count, sums) => {
  const size = to - from;
  const before = new Float64Array(size + 1).fill(Number.NEGATIVE_INFINITY);
  const behind = before.slice();
  before[0] = 0;
  behind[size] = 0;
  for (let at = 0; at < size; at++)
    for (let i = starts[from + at]; i < starts[from + at + 1]; i++) {
      const end = at + lengths[ids[i]];
      before[end] = logSum(before[end], before[at] + scores[ids[i]]);
    }
  for (let at = size - 1; at >= 0; at--)
    for (let i = starts[from + at]; i < starts[from + at + 1]; i++) behind[at] = logSum(behind[at], behind[at + lengths[ids[i]]] + scores[ids[i]]);
  const all = before[size];
  for (let at = 0; at < size; at++)
    for (let i = starts[from + at]; i < starts[from + at + 1]; i++)
      sums[ids[i]] += count * exp(before[at] + scores[ids[i]] + behind[at + lengths[ids[i]]] - all);
};

function best({ starts, ids, lengths, scores }: Model, from: number, to: number, without: boolean): number[] {
  const size = to - from;
  const reached = new Float64Array(size + 1).fill(Number.NEGATIVE_INFINITY);
  const [back, by] = [new Uint32Array(size + 1), new Uint32Array(size + 1).fill(NONE)];
  reached[0] = 0;
  for (let at = 0; at < size; at++)
    for (let i = starts[from + at]; i < starts[from + at + 1]; i++) {
      const length = lengths[ids[i]];
      if (at + length > size || (without && length === size)) continue;
      const score = reached[at] + scores[ids[i]];
      if (score > reached[at + length]) [reached[at + length], back[at + length], by[at + length]] = [score, at, ids[i]];
    }
  const path: number[] = [];
  for (let end = size; end > 0 && by[end] !== NONE; end = back[end]) path.push(by[end]);
  return path.reverse();
}

function keep(model: Model, isKept: (id: number) => boolean): Model {
  const number = new Uint32Array(model.at.length).fill(NONE);
  let fresh = 0;
  for (let id = 0; id < number.length; id++) if (isKept(id)) number[id] = fresh++;
  const of = (values: readonly number[]) => values.filter((_, id) => number[id] !== NONE);
  const starts = new Uint32Array(model.starts.length);
  const ids = model.ids.slice();
  let write = 0;
  for (let at = 0; at + 1 < starts.length; at++) {
    for (let read = model.starts[at]; read < model.starts[at + 1]; read++)
      if (number[model.ids[read]] !== NONE) ids[write++] = number[model.ids[read]];
    starts[at + 1] = write;
  }
  return { at: of(model.at), lengths: of(model.lengths), scores: of(model.scores), starts, ids: ids.slice(0, write) };
}

function maximised(model: Model, expected: Float64Array): Model {
  const isKept = (id: number) => expected[id] >= LEAST_EXPECTED || model.lengths[id] === 1;
  const count = (id: number) => Math.max(expected[id], LEAST_EXPECTED);
  let total = 0;
  for (let id = 0; id < expected.length; id++) if (isKept(id)) total += count(id);
  const logTotal = digamma(total);
  return keep({ ...model, scores: model.scores.map((score, id) => (isKept(id) ? digamma(count(id)) - logTotal : score)) }, isKept);
}

function* pruned(model: Model, corpus: Corpus, wanted: number): Generator<number, Model> {
  const used = yield* sumsOf(model, corpus, (now, from, to, count, sums) => {
    for (const id of best(now, from, to, false)) sums[id] += count;
  });
  const total = used.reduce((sum, one) => sum + one, 0);
  const words = corpus.counts.reduce((sum, one) => sum + one, 0);
  const logTotal = ln(total);
  const kept = new Set<number>();
  const losses: [loss: number, id: number][] = [];
  for (let id = 0; id < used.length; id++) {
    if (id % EACH === 0) yield 0;
    const others = best(model, model.at[id], model.at[id] + model.lengths[id], true);
    const without = others.reduce((sum, other) => sum + model.scores[other], 0);
    const alone = model.lengths[id] === 1 || others.length === 0;
    if (alone) kept.add(id);
    else if (model.scores[id] < without) continue;
    else if (used[id] === 0) losses.push([0, id]);
    else {
      const logAll = ln(total + used[id] * (others.length - 1));
      const split = others.reduce((sum, other) => sum + (ln(used[other] + used[id]) - logAll), 0);
      losses.push([(used[id] / words) * (ln(used[id]) - logTotal - split), id]);
    }
  }
  const most = Math.max(wanted, Math.floor(SHRINK * used.length));
  losses.sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  for (const [, id] of losses.slice(0, Math.max(0, most - kept.size))) kept.add(id);
  return keep(model, (id) => kept.has(id));
}

/** Learns pieces and their scores; yields once a pass, and while it works. */
export function* learnUnigram(words: readonly CountedWord[], settings: Settings): Generator<number, Learned> {
  const corpus = corpusOf(words, covered(words, settings));
  const specials = { tokens: settings.specials, merges: [], scores: settings.specials.map(() => 0) };
  if (corpus.starts.length === 0) return specials;
  const wanted = Math.max(0, settings.size - settings.specials.length);
  const most = Math.trunc(wanted * MARGIN);
  let model = yield* begin(corpus, settings);
  for (;;) {
    for (let pass = 0; pass < PASSES; pass++) {
      model = maximised(model, yield* sumsOf(model, corpus, expect));
      yield 1;
    }
    const before = model.scores.length;
    if (before <= most) break;
    model = yield* pruned(model, corpus, most);
    if (model.scores.length === before) break;
  }
  const { at, lengths, scores } = model;
  const long = (id: number) => (lengths[id] > 1 ? 1 : 0);
  const order = [...scores.keys()].sort((a, b) => long(a) - long(b) || scores[b] - scores[a] || a - b);
  const singles = lengths.filter((length) => length === 1).length;
  const chosen = order.slice(0, Math.max(wanted, singles)).sort((a, b) => scores[b] - scores[a] || a - b);
  const textOf = (id: number) => Buffer.from(String.fromCodePoint(...corpus.codes.subarray(at[id], at[id] + lengths[id])));
  return {
    tokens: [...specials.tokens, ...chosen.map(textOf)],
    merges: [],
    scores: [...specials.scores, ...chosen.map((id) => scores[id])],
  };
}
