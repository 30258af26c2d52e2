// Rows of files as what encoders are tuned on: labelled texts and pairs, tagged words, questions on passages, texts that belong together. Knows no tokens.
import { InkstoneError, type Words } from "../../core/index.ts";
import { columnsOf, type DataRow, guessLabelColumn, guessTextColumn, openRows, readConll, readSquad } from "../../data/index.ts";
import { fileLabel } from "../../formats/index.ts";
import { type PlacedWord, placedWords } from "../../generate/index.ts";
import { textOf } from "../read-examples.ts";
import type { EncoderTask } from "./tasks.ts";

/** A text (or two) and its labels. */
export interface LabelledRow {
  readonly text: string;
  readonly second?: string;
  readonly labels: readonly string[];
}

/** Words and the tag of each. */
export interface TaggedRow {
  readonly words: readonly PlacedWord[];
  readonly tags: readonly string[];
}

/** A question on a passage; `start` -1: it is not answered there. */
export interface QuestionRow {
  readonly question: string;
  readonly context: string;
  readonly start: number;
  readonly end: number;
}

/** Two texts that belong together, or with a score how alike they are; `far`: others that do not belong to the first. */
export interface TwoTexts {
  readonly first: string;
  readonly second: string;
  readonly score?: number;
  readonly far: readonly string[];
}

/** Rows of each task. */
export interface RowsOfTask {
  readonly classify: LabelledRow;
  readonly pair: LabelledRow;
  readonly tag: TaggedRow;
  readonly qa: QuestionRow;
  readonly similarity: TwoTexts;
  readonly words: { readonly text: string };
}

/** Names of columns. */
export interface RowColumns {
  /** Default "text"; of pairs "first"; of tagged words "words", else "tokens". */
  readonly text?: string | undefined;
  /** Default "second". */
  readonly second?: string | undefined;
  /** Default "label"; of scored pairs "score"; of tagged words "tags", else "ner_tags". */
  readonly label?: string | undefined;
  /** Table without a first row of names: columns are called 1, 2, …. */
  readonly header?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LOOKED_AT = 200;

/**
 * The columns of labelled texts: those that are named, else `text` and `label` where they are there, else those that look like it by their names and values.
 *
 * Errors: those of the readers.
 *
 * @example
 * await writeFileDurably("intents.csv", "category,query\ncard,where is my card\nrate,what is the rate\n");
 * await labelledColumns("intents.csv"); // { text: "query", label: "category" }
 */
export async function labelledColumns(
  path: string,
  { text, label, ...rest }: RowColumns = {},
): Promise<RowColumns & { text: string; label: string }> {
  const rows: DataRow[] = [];
  if (text === undefined || label === undefined) {
    const { header, signal } = rest;
    const options = { header, signal };
    for await (const { value } of openRows(path, options)) if (rows.push(value) === LOOKED_AT) break;
  }
  const columns = columnsOf(rows);
  const usual = (name: string, guess: () => string | undefined) => (columns.length === 0 || columns.includes(name) ? name : (guess() ?? name));
  const asText = text ?? usual("text", () => guessTextColumn(rows, columns));
  return { ...rest, text: asText, label: label ?? usual("label", () => guessLabelColumn(rows, columns, asText)) };
}

type Reader<Row> = (path: string, columns: RowColumns) => AsyncGenerator<Row>;

/**
 * The rows of a file, as its task wants them.
 *
 * classify: `text`, `label` (a list: many labels). pair: `first`, `second`, `label`. similarity: `first`, `second`, and `score` or `far`, where there are such. tag: CoNLL, or `words` and `tags`
 * (`tokens` and `ner_tags`), or `text` and `entities` [{start, end, label}]. qa: SQuAD's form, or `question`, `context`, `answer` or `answers` (texts, or the hub's { text, answer_start }). words: `text`.
 *
 * Errors: `E_DATA_COLUMN`, `E_DATA_ROW` with file and line, `E_DATA_EMPTY`; those of the readers.
 *
 * @example
 * await writeFile("pairs.csv", "first,second,label\na man eats,someone has lunch,same\n");
 * (await readEncoderRows("pair", "pairs.csv"))[0]; // { text: "a man eats", second: "someone has lunch", labels: ["same"] }
 */
export async function readEncoderRows<T extends EncoderTask>(task: T, path: string, columns: RowColumns = {}): Promise<RowsOfTask[T][]> {
  const readers: { readonly [K in EncoderTask]: Reader<RowsOfTask[K]> } = {
    classify: labelledRows,
    pair: (file, names) => labelledRows(file, { ...names, text: names.text ?? "first", second: names.second ?? "second" }),
    tag: taggedRows,
    qa: questionRows,
    similarity: twoTexts,
    words: plainRows,
  };
  const rows: RowsOfTask[T][] = [];
  for await (const row of (readers[task] as Reader<RowsOfTask[T]>)(path, columns)) rows.push(row);
  if (rows.length === 0) throw new InkstoneError("E_DATA_EMPTY", { what: [fileLabel(path)] });
  return rows;
}

// A row with what is asked of its cells.
class Cells {
  readonly #row: DataRow;
  readonly #file: string;
  readonly #line: number;

  constructor(row: DataRow, file: string, line: number) {
    this.#row = row;
    this.#file = file;
    this.#line = line;
  }

  has(column: string): boolean {
    return Object.hasOwn(this.#row, column) && this.#row[column] !== null;
  }

  /** The second name where only that one is there: data sets of the hub have "tokens" and "ner_tags". */
  either(usual: string, other: string): string {
    return !this.has(usual) && this.has(other) ? other : usual;
  }

  raw(column: string): unknown {
    if (Object.hasOwn(this.#row, column)) return this.#row[column];
    throw new InkstoneError("E_DATA_COLUMN", { file: this.#file, column, found: Object.keys(this.#row).join(", ") });
  }

  text(column: string): string {
    const found = textOf(this.raw(column));
    if (typeof found !== "string") throw this.fault(column, found);
    if (found === "") throw this.fault(column, { en: "is empty", zh: "为空" });
    return found;
  }

  texts(column: string): string[] {
    const value = this.raw(column);
    if (!Array.isArray(value)) return [this.text(column)];
    return value.map((each) => {
      const found = textOf(each);
      if (typeof found !== "string") throw this.fault(column, found);
      return found;
    });
  }

  number(column: string): number {
    const value = Number(this.text(column));
    if (!(value >= 0 && value <= 1)) throw this.fault(column, { en: "is no number from 0 to 1", zh: "不是 0 到 1 之间的数" });
    return value;
  }

  fault(column: string, why: Words): InkstoneError {
    return new InkstoneError("E_DATA_ROW", {
      file: this.#file,
      line: this.#line,
      column: 1,
      why: { en: `"${column}" ${why.en}`, zh: `“${column}”${why.zh}` },
    });
  }
}

async function* cellsOf(path: string, { header, signal }: RowColumns): AsyncGenerator<Cells> {
  const options = { header, signal };
  for await (const { value, line } of openRows(path, options)) yield new Cells(value, fileLabel(path), line);
}

async function* labelledRows(path: string, columns: RowColumns): AsyncGenerator<LabelledRow> {
  const { text = "text", second, label = "label" } = columns;
  for await (const cells of cellsOf(path, columns))
    yield { text: cells.text(text), ...(second === undefined ? {} : { second: cells.text(second) }), labels: cells.texts(label) };
}

async function* plainRows(path: string, columns: RowColumns): AsyncGenerator<{ text: string }> {
  for await (const cells of cellsOf(path, columns)) {
    const found = textOf(cells.raw(columns.text ?? "text"));
    if (typeof found === "string" && found !== "") yield { text: found };
  }
}

async function* twoTexts(path: string, columns: RowColumns): AsyncGenerator<TwoTexts> {
  const { text = "first", second = "second", label = "score" } = columns;
  for await (const cells of cellsOf(path, columns))
    yield {
      first: cells.text(text),
      second: cells.text(second),
      ...(cells.has(label) ? { score: cells.number(label) } : {}),
      far: cells.has("far") ? cells.texts("far") : [],
    };
}

/** Words of a sentence as if a blank stood between them. */
export function wordsInRow(words: readonly string[]): PlacedWord[] {
  let at = 0;
  return words.map((text) => {
    const placed = { text, start: at, end: at + text.length };
    at = placed.end + 1;
    return placed;
  });
}

async function* taggedRows(path: string, columns: RowColumns): AsyncGenerator<TaggedRow> {
  if (/\.(conll|iob|bio|tsv|txt)$/i.test(path)) {
    for await (const { words, tags } of readConll(path)) yield { words: wordsInRow(words), tags };
    return;
  }
  for await (const cells of cellsOf(path, columns)) {
    if (cells.has("entities")) yield entityRow(cells, columns.text ?? "text");
    else {
      const label = columns.label ?? cells.either("tags", "ner_tags");
      const [words, tags] = [cells.texts(columns.text ?? cells.either("words", "tokens")), cells.texts(label)];
      if (words.length !== tags.length)
        throw cells.fault(label, {
          en: `has ${tags.length} tags for ${words.length} words`,
          zh: `有 ${tags.length} 个标签，词有 ${words.length} 个`,
        });
      yield { words: wordsInRow(words), tags };
    }
  }
}

// Spans of characters as tags of words: B- where one begins, I- where it goes on.
function entityRow(cells: Cells, column: string): TaggedRow {
  const text = String(cells.raw(column) ?? "");
  const entities = cells.raw("entities");
  const isSpan = (one: unknown): one is { start: number; end: number; label: string } => {
    const { start, end, label } = (one ?? {}) as Record<string, unknown>;
    return typeof label === "string" && Number.isInteger(start) && Number.isInteger(end) && Number(start) >= 0 && Number(end) <= text.length;
  };
  if (!Array.isArray(entities) || !entities.every(isSpan))
    throw cells.fault("entities", { en: "is no list of {start, end, label} within the text", zh: "不是文本范围内的 {start, end, label} 列表" });
  const words = placedWords(text);
  const tags = words.map(({ start, end }) => {
    const own = entities.find((entity) => entity.start < end && entity.end > start);
    return own === undefined ? "O" : `${own.start >= start ? "B" : "I"}-${own.label}`;
  });
  return { words, tags };
}

async function* questionRows(path: string, columns: RowColumns): AsyncGenerator<QuestionRow> {
  if (/\.json$/i.test(path)) {
    for await (const { question, context, answers } of readSquad(path)) {
      const found = answers.find(({ start }) => start >= 0);
      if (answers.length === 0 || found !== undefined) yield { question, context, start: found?.start ?? -1, end: found?.end ?? -1 };
    }
    return;
  }
  for await (const cells of cellsOf(path, columns)) {
    const [question, context] = [cells.text("question"), String(cells.raw("context"))];
    const { answer = "", from } = answerIn(cells);
    const start = answer === "" ? -1 : context.indexOf(answer, from);
    if (answer !== "" && (start < 0 || (from !== undefined && start !== from)))
      throw cells.fault("answer", { en: "does not stand in the context, or not where it is said to", zh: "不在上下文中，或不在所说的位置" });
    yield { question, context, start, end: start < 0 ? -1 : start + answer.length };
  }
}

// The first answer; as data sets of the hub have it, { text: [...], answer_start: [...] }, with the character at which it begins.
function answerIn(cells: Cells): { readonly answer?: string; readonly from?: number } {
  const { text, answer_start: starts } = (cells.has("answers") ? cells.raw("answers") : {}) as { text?: unknown; answer_start?: unknown };
  if (!Array.isArray(text)) return { answer: (cells.has("answer") ? cells.texts("answer") : cells.texts("answers"))[0] };
  const [answer, from] = [text[0], Array.isArray(starts) ? starts[0] : undefined];
  const isRight = (answer === undefined || typeof answer === "string") && (from === undefined || (Number.isInteger(from) && from >= 0));
  if (!isRight) throw cells.fault("answers", { en: "is no { text: [...], answer_start: [...] }", zh: "不是 { text: [...], answer_start: [...] }" });
  return { answer, from };
}
