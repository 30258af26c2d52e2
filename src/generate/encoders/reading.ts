// What heads on every row say of a text: tags of words, spans that answer, words for hidden ones. Runs in an encoder's thread.
import type { EncoderInput, EncoderRunOptions, Head, RunningEncoder } from "../../models/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { AnswerSpan, EncoderAnswers, EncoderCall, EncoderFiles, FilledWord, ScoredWord } from "./protocol.ts";
import { idsOfWords, type PlacedWord, placedWords } from "./words.ts";

/** An open encoder with a head, and how it is run. */
export interface Reading {
  readonly files: EncoderFiles;
  readonly encoder: RunningEncoder;
  readonly head: Head;
  readonly tokenizer: Tokenizer;
  readonly longest: number;
  readonly run: EncoderRunOptions;
}

const countOf = (inputs: readonly EncoderInput[]) => inputs.reduce((sum, { ids }) => sum + ids.length, 0);

const idsOf = ({ tokenizer, files }: Reading, lists: readonly (readonly PlacedWord[])[]) =>
  idsOfWords(tokenizer, lists, { lowercase: files.lowercase });

/** Tags the words of texts; of what is longer than the model reads, piece by piece. */
export async function tagWords(reading: Reading, texts: readonly string[]): Promise<EncoderAnswers["tag"]> {
  const { encoder, head, tokenizer, longest, run } = reading;
  const { width } = encoder.config;
  const lists = texts.map(placedWords);
  const pieces = await idsOf(reading, lists);
  const before = tokenizer.forModel([-1]).ids.indexOf(-1);
  const room = longest - tokenizer.forModel([]).ids.length;
  const parts: { text: number; words: number[]; firsts: number[]; input: EncoderInput }[] = [];
  for (const [text, words] of pieces.entries()) {
    let part: { text: number; words: number[]; firsts: number[]; ids: number[] } = { text, words: [], firsts: [], ids: [] };
    const end = () => void parts.push({ ...part, input: tokenizer.forModel(part.ids, undefined, longest) });
    for (const [word, ids] of words.entries()) {
      if (ids.length === 0) continue;
      if (part.ids.length + ids.length > room && part.ids.length > 0) {
        end();
        part = { text, words: [], firsts: [], ids: [] };
      }
      part.words.push(word);
      part.firsts.push(before + part.ids.length);
      part.ids.push(...ids);
    }
    if (part.ids.length > 0) end();
  }
  const found: ScoredWord[][] = texts.map(() => []);
  const scored = new Map<number, Float32Array[]>();
  const inputs = parts.map(({ input }) => input);
  const take = (index: number, rows: Float32Array) =>
    void scored.set(
      index,
      parts[index].firsts.map((at) => head.scores(rows.slice(at * width, (at + 1) * width))),
    );
  encoder.run(inputs, take, run);
  for (const [index, { text, words }] of parts.entries())
    for (const [i, word] of words.entries()) found[text].push({ ...lists[text][word], scores: (scored.get(index) as Float32Array[])[i] });
  return { words: found, tokens: countOf(inputs) };
}

/** A part of a passage behind its question. */
export interface PassageWindow {
  readonly input: EncoderInput;
  /** Words of the passage that are in it. */
  readonly words: readonly number[];
  /** Where the first of its pieces lies in the input. */
  readonly offset: number;
  /** Where a word's first piece lies behind `offset`. */
  readonly first: (word: number) => number;
}

/** Windows of a passage overlap by this share of their room. */
const OVERLAP = 0.5;
/** The longest question: a third of what the model reads. */
const QUESTION = 1 / 3;

/**
 * Windows over a passage, each as long as the model reads.
 *
 * @example
 * const tokenizer = await loadTokenizer("tokenizer.json", openExecutor());
 * passageWindows([1, 2], [[3], [4]], { tokenizer, longest: 30 }).length; // 1
 * tokenizer.dispose();
 */
export function passageWindows(
  asked: readonly number[],
  words: readonly (readonly number[])[],
  { tokenizer, longest }: { readonly tokenizer: Tokenizer; readonly longest: number },
): PassageWindow[] {
  const question = asked.slice(0, Math.floor(longest * QUESTION));
  const room = Math.max(8, longest - question.length - tokenizer.forModel([], []).ids.length);
  const offset = tokenizer.forModel(question, [-1]).ids.indexOf(-1);
  const windows: PassageWindow[] = [];
  for (let from = 0; from < Math.max(1, words.length); ) {
    const places = new Map<number, number>();
    const ids: number[] = [];
    let to = from;
    while (to < words.length && ids.length + words[to].length <= room) {
      places.set(to, ids.length);
      ids.push(...words[to++]);
    }
    if (to === from && to < words.length) to++; // a word longer than the room
    windows.push({ input: tokenizer.forModel(question, ids), words: [...places.keys()], offset, first: (word) => places.get(word) ?? 0 });
    if (to >= words.length) break;
    from = Math.max(from + 1, to - Math.floor((to - from) * OVERLAP));
  }
  return windows;
}

/** Spans of passages that answer questions, likeliest first: softmax over first and last pieces of all windows, at most `longest` words. */
export async function findAnswers(
  reading: Reading,
  { questions, contexts, top, longest }: Extract<EncoderCall, { kind: "answer" }>,
): Promise<EncoderAnswers["answer"]> {
  const { encoder, head, run } = reading;
  const { width } = encoder.config;
  const [asked, passages] = [questions.map(placedWords), contexts.map(placedWords)];
  const [askedIds, passageIds] = [await idsOf(reading, asked), await idsOf(reading, passages)];
  const windows = questions.flatMap((_, question) =>
    passageWindows(askedIds[question].flat(), passageIds[question], reading).map((window) => ({ ...window, question })),
  );
  const scores = new Map<number, Float32Array[]>();
  const take = (index: number, rows: Float32Array) => {
    const each = Array.from({ length: rows.length / width }, (_, row) => head.scores(rows.slice(row * width, (row + 1) * width)));
    scores.set(index, each);
  };
  const inputs = windows.map(({ input }) => input);
  encoder.run(inputs, take, run);
  const answers = questions.map((_, question) => {
    const spans: (AnswerSpan & { logit: number })[] = [];
    let empty = Number.POSITIVE_INFINITY;
    for (const [index, window] of windows.entries()) {
      if (window.question !== question) continue;
      const rows = scores.get(index) as Float32Array[];
      empty = Math.min(empty, rows[0][0] + rows[0][1]);
      const start = (word: number) => rows[window.offset + window.first(word)][0];
      const end = (word: number) => rows[window.offset + window.first(word) + Math.max(0, passageIds[question][word].length - 1)][1];
      for (const [i, from] of window.words.entries())
        for (const to of window.words.slice(i, i + longest)) {
          const [{ start: begin }, { end: stop }] = [passages[question][from], passages[question][to]];
          spans.push({ text: contexts[question].slice(begin, stop), start: begin, end: stop, score: 0, logit: start(from) + end(to) });
        }
    }
    return best(spans, empty, top);
  });
  return { answers, tokens: countOf(inputs) };
}

// Shares of all spans and of none; the same span of two windows counts once, as its better one.
function best(spans: readonly (AnswerSpan & { logit: number })[], empty: number, top: number): { spans: AnswerSpan[]; empty: number } {
  const byPlace = new Map<string, AnswerSpan & { logit: number }>();
  for (const span of spans) {
    const key = `${span.start} ${span.end}`;
    const known = byPlace.get(key);
    if (known === undefined || known.logit < span.logit) byPlace.set(key, span);
  }
  const sorted = [...byPlace.values()].sort((a, b) => b.logit - a.logit || a.start - b.start);
  const most = Math.max(empty, sorted[0]?.logit ?? empty);
  const all = sorted.reduce((sum, { logit }) => sum + Math.exp(logit - most), Math.exp(empty - most));
  return {
    spans: sorted.slice(0, top).map(({ logit, ...span }) => ({ ...span, score: Math.exp(logit - most) / all })),
    empty: Math.exp(empty - most) / all,
  };
}

/** The likeliest words for each [MASK] of texts. */
export async function fillWords(reading: Reading, { texts, top }: Extract<EncoderCall, { kind: "fill" }>): Promise<EncoderAnswers["fill"]> {
  const { encoder, head, tokenizer, files, longest, run } = reading;
  const { width } = encoder.config;
  const mask = tokenizer.idOf("[MASK]") ?? tokenizer.idOf("<mask>") ?? -1;
  const inputs: EncoderInput[] = [];
  for (const text of texts) {
    const ids: number[] = [];
    for (const [i, part] of text.split(/\[MASK\]|<mask>/).entries()) {
      if (i > 0) ids.push(mask);
      ids.push(...tokenizer.encode(files.lowercase ? part.toLowerCase() : part));
    }
    inputs.push(tokenizer.forModel(ids, undefined, longest));
  }
  const filled: FilledWord[][][] = texts.map(() => []);
  const take = (index: number, rows: Float32Array) => {
    for (const [at, id] of inputs[index].ids.entries())
      if (id === mask) filled[index].push(likeliest(head.scores(rows.slice(at * width, (at + 1) * width)), tokenizer, top));
  };
  encoder.run(inputs, take, run);
  return { filled, tokens: countOf(inputs) };
}

function likeliest(scores: Float32Array, tokenizer: Tokenizer, top: number): FilledWord[] {
  const most = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const all = scores.reduce((sum, score) => sum + Math.exp(score - most), 0);
  const order = Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
  return order.slice(0, top).map((token) => ({ token, text: tokenizer.decode([token]).trim(), score: Math.exp(scores[token] - most) / all }));
}
