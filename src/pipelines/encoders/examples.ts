// Rows of texts as what an encoder reads and what it is tuned for. Knows no files and no training.
import { InkstoneError } from "../../core/index.ts";
import { compareLabels } from "../../data/index.ts";
import { idsOfWords, passageWindows, placedWords } from "../../generate/index.ts";
import type { EncoderInput } from "../../models/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { ClassExample, MaskedExample, NearExample, ScoredExample, SpanExample, TagExample } from "../../train/index.ts";
import type { LabelledRow, QuestionRow, TaggedRow, TwoTexts } from "./rows.ts";

/** Texts as a model reads them. */
export class TextCoder {
  readonly tokenizer: Tokenizer;
  readonly longest: number;
  readonly #lowercase: boolean;
  /** Texts that were longer than the model reads, and were cut. */
  cut = 0;

  constructor(tokenizer: Tokenizer, longest: number, lowercase: boolean) {
    this.tokenizer = tokenizer;
    this.longest = longest;
    this.#lowercase = lowercase;
  }

  #cased(text: string): string {
    return this.#lowercase ? text.toLowerCase() : text;
  }

  /** Texts, or pairs of them, with the special tokens of the model. */
  async inputs(texts: readonly string[], seconds?: readonly string[], signal?: AbortSignal): Promise<EncoderInput[]> {
    const options = { signal };
    const first = await this.tokenizer.encodeAll(
      texts.map((text) => this.#cased(text)),
      options,
    );
    const others =
      seconds &&
      (await this.tokenizer.encodeAll(
        seconds.map((text) => this.#cased(text)),
        options,
      ));
    const around = this.tokenizer.forModel([], others === undefined ? undefined : []).ids.length;
    return first.map((ids, i) => {
      if (ids.length + (others?.[i].length ?? 0) + around > this.longest) this.cut++;
      return this.tokenizer.forModel(ids, others?.[i], this.longest);
    });
  }

  /** Ids of each word of each text. */
  words(lists: Parameters<typeof idsOfWords>[1], signal?: AbortSignal): Promise<number[][][]> {
    return idsOfWords(this.tokenizer, lists, { lowercase: this.#lowercase, signal });
  }
}

/** All labels of rows in their order; of those that may have many, of all lists. Errors: `E_FIT_ONE_CLASS`. */
export function labelsIn(rows: readonly { readonly labels: readonly string[] }[], many: boolean): string[] {
  const labels = [...new Set(rows.flatMap((row) => row.labels))].sort(compareLabels);
  if (labels.length < (many ? 1 : 2)) throw new InkstoneError("E_FIT_ONE_CLASS", { label: labels[0] ?? "-" });
  return labels;
}

const unknownLabel = (label: string, row: number) => new InkstoneError("E_FIT_LABEL", { row, label });

/** Labelled texts and pairs. Errors: `E_FIT_LABEL` for a label that is not among `labels`. */
export async function classExamples(
  rows: readonly LabelledRow[],
  labels: readonly string[],
  coder: TextCoder,
  signal?: AbortSignal,
): Promise<ClassExample[]> {
  const pairs = rows.some(({ second }) => second !== undefined);
  const inputs = await coder.inputs(
    rows.map(({ text }) => text),
    pairs ? rows.map(({ second = "" }) => second) : undefined,
    signal,
  );
  const number = new Map(labels.map((label, i) => [label, i]));
  return rows.map((row, i) => ({
    input: inputs[i],
    labels: row.labels.map((label) => {
      const found = number.get(label);
      if (found === undefined) throw unknownLabel(label, i);
      return found;
    }),
  }));
}

/** Tagged words. What lies behind the model's last place is left out. */
export async function tagExamples(
  rows: readonly TaggedRow[],
  tags: readonly string[],
  coder: TextCoder,
  signal?: AbortSignal,
): Promise<TagExample[]> {
  const pieces = await coder.words(
    rows.map(({ words }) => words),
    signal,
  );
  const number = new Map(tags.map((tag, i) => [tag, i]));
  const before = coder.tokenizer.forModel([-1]).ids.indexOf(-1);
  return rows.map((row, i) => {
    const input = coder.tokenizer.forModel(pieces[i].flat(), undefined, coder.longest);
    const room = input.ids.length - (coder.tokenizer.forModel([]).ids.length - before);
    const [firsts, own]: [number[], number[]] = [[], []];
    let at = before;
    for (const [word, ids] of pieces[i].entries()) {
      if (at + ids.length > room) {
        coder.cut++;
        break;
      }
      const tag = number.get(row.tags[word]);
      if (tag === undefined) throw unknownLabel(row.tags[word], i);
      if (ids.length > 0) {
        firsts.push(at);
        own.push(tag);
      }
      at += ids.length;
    }
    return { input, firsts, tags: own };
  });
}

/** Questions on windows of their passages; a window that does not hold the answer has [0, 0]. */
export async function spanExamples(rows: readonly QuestionRow[], coder: TextCoder, signal?: AbortSignal): Promise<SpanExample[]> {
  const questions = rows.map(({ question }) => placedWords(question));
  const passages = rows.map(({ context }) => placedWords(context));
  const [asked, read] = [await coder.words(questions, signal), await coder.words(passages, signal)];
  return rows.flatMap(({ start, end }, i) => {
    return passageWindows(asked[i].flat(), read[i], coder).map(({ input, first, words, offset }) => {
      const inside = words.filter((word) => start >= 0 && passages[i][word].start < end && passages[i][word].end > start);
      const whole = inside.length > 0 && passages[i][inside[0]].start <= start && passages[i][inside.at(-1) as number].end >= end;
      if (!whole) return { input, answer: [0, 0] as const };
      const place = (word: number) => offset + first(word);
      const last = inside.at(-1) as number;
      return { input, answer: [place(inside[0]), place(last) + Math.max(0, read[i][last].length - 1)] as const };
    });
  });
}

/** Texts that belong together. Errors: `E_TRAINING_ROW` where rows have different numbers of `far`. */
export async function nearExamples(rows: readonly TwoTexts[], coder: TextCoder, signal?: AbortSignal): Promise<NearExample[]> {
  const each = rows[0].far.length;
  for (const [row, { far }] of rows.entries())
    if (far.length !== each)
      throw new InkstoneError("E_TRAINING_ROW", {
        what: "far",
        row,
        why: { en: `has ${far.length} texts, the first row ${each}`, zh: `有 ${far.length} 条文本，首行为 ${each} 条` },
      });
  const kinds = [
    rows.map(({ first }) => first),
    rows.map(({ second }) => second),
    ...Array.from({ length: each }, (_, i) => rows.map(({ far }) => far[i])),
  ];
  const inputs: EncoderInput[][] = [];
  for (const texts of kinds) inputs.push(await coder.inputs(texts, undefined, signal));
  return rows.map(({ second }, i) => ({ anchor: inputs[0][i], near: inputs[1][i], far: inputs.slice(2).map((kind) => kind[i]), group: second }));
}

/** Texts with scores. Errors: `E_TRAINING_ROW` for a row without one. */
export async function scoredExamples(rows: readonly TwoTexts[], coder: TextCoder, signal?: AbortSignal): Promise<ScoredExample[]> {
  const scores = rows.map(({ score }, row) => {
    if (score === undefined) throw new InkstoneError("E_TRAINING_ROW", { what: "score", row, why: { en: "is missing", zh: "缺失" } });
    return score;
  });
  const first = await coder.inputs(
    rows.map((row) => row.first),
    undefined,
    signal,
  );
  const second = await coder.inputs(
    rows.map((row) => row.second),
    undefined,
    signal,
  );
  return rows.map((_, i) => ({ first: first[i], second: second[i], score: scores[i] }));
}

/** Plain texts in pieces that the model reads. */
export async function maskedExamples(rows: readonly { readonly text: string }[], coder: TextCoder, signal?: AbortSignal): Promise<MaskedExample[]> {
  const all = await coder.tokenizer.encodeAll(
    rows.map(({ text }) => text),
    { signal },
  );
  const room = coder.longest - coder.tokenizer.forModel([]).ids.length;
  return all.flatMap((ids) =>
    Array.from({ length: Math.ceil(ids.length / room) }, (_, i) => ({ input: coder.tokenizer.forModel(ids.slice(i * room, (i + 1) * room)) })),
  );
}
