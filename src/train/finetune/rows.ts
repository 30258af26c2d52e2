// Rows of every usual form as ids with the places of their answers: messages, prompt and completion, Alpaca, ShareGPT, plain text. Knows no models.
import { createHash } from "node:crypto";
import { InkstoneError } from "../../core/index.ts";
import { atPlace, type ChatTurn, chatExample, type DataRow, openRows } from "../../data/index.ts";
import { fileLabel } from "../../formats/index.ts";
import { type ChatTemplate, chatTokens, type Tokenizer } from "../../text/index.ts";
import { Turns } from "../inputs/turns.ts";
import { checkSignal } from "../loop/index.ts";

/** A row as ids; `answer[i]` is 1 where ids[i] is to be learnt. */
export interface TokenRow {
  readonly ids: Int32Array;
  readonly answer: Uint8Array;
}

/** What reading found. */
export interface RowCounts {
  readonly read: number;
  /** Left out: they have no answer. */
  readonly withoutAnswer: number;
  /** Left out: longer than allowed. Plain texts are cut into pieces instead. */
  readonly tooLong: number;
}

/** Told of each row that is left out: its line, and why. */
export type OnRefused = (line: number, why: "withoutAnswer" | "tooLong") => void;

/** How to read rows. */
export interface ReadRowsOptions {
  readonly signal?: AbortSignal;
  /** Most rows that are read. Default all. */
  readonly most?: number;
  readonly onRefused?: OnRefused;
}

/** What rows are made ids with. */
export interface RowCoder {
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate | undefined;
  readonly maxLength: number;
}

/** A row before it is ids. */
type Plain =
  | { readonly kind: "chat"; readonly turns: readonly ChatTurn[] }
  | { readonly kind: "pair"; readonly prompt: string; readonly completion: string }
  | { readonly kind: "text"; readonly text: string };

/**
 * Reads a file of rows. Rows without an answer and rows that are too long are counted and left out.
 *
 * Errors: `E_FINETUNE_DATA` for an empty file, for rows of no known form, and where nothing is left; `E_TEMPLATE_MISSING` for messages where the model has no template;
 * those of `openRows`; `E_CANCELLED`.
 */
export async function readTokenRows(
  path: string,
  coder: RowCoder,
  { signal, most = Number.POSITIVE_INFINITY, onRefused }: ReadRowsOptions = {},
): Promise<{ readonly rows: TokenRow[]; readonly counts: RowCounts }> {
  const rows: TokenRow[] = [];
  const counts = { read: 0, withoutAnswer: 0, tooLong: 0 };
  const turns = new Turns();
  for await (const { value, line } of openRows(path, { signal })) {
    checkSignal(signal, "finetune");
    if (counts.read >= most) break;
    counts.read++;
    const plain = atPlace(`${fileLabel(path)}:${line}`, () => plainOf(value, path, line));
    if (plain === undefined) {
      counts.withoutAnswer++;
      onRefused?.(line, "withoutAnswer");
      continue;
    }
    const made = tokensOf(plain, coder);
    const kept = made.filter(({ ids }) => ids.length <= coder.maxLength);
    counts.tooLong += made.length - kept.length;
    if (kept.length < made.length) onRefused?.(line, "tooLong");
    rows.push(...kept);
    await turns.rest();
  }
  if (rows.length === 0) throw nothingLeft(path, counts, coder.maxLength);
  return { rows, counts };
}

/** Why nothing is left of a file. */
export function nothingLeft(path: string, { read, withoutAnswer, tooLong }: RowCounts, maxLength: number): InkstoneError {
  const why =
    read === 0
      ? { en: "it holds no rows", zh: "其中没有任何行" }
      : {
          en: `of ${read} rows ${withoutAnswer} have no answer and ${tooLong} are longer than ${maxLength} tokens`,
          zh: `共 ${read} 行，其中 ${withoutAnswer} 行没有回答，${tooLong} 行超过 ${maxLength} 个词元`,
        };
  return new InkstoneError("E_FINETUNE_DATA", { file: fileLabel(path), why });
}

const isEmpty = (value: unknown): boolean => value === undefined || value === null || (typeof value === "string" && value.trim() === "");

// undefined: a row without an answer.
function plainOf(row: DataRow, path: string, line: number): Plain | undefined {
  const { prompt, completion, text } = row;
  if (row["messages"] !== undefined || row["conversations"] !== undefined) return answered(chatExample(row).messages);
  if (row["instruction"] !== undefined) return isEmpty(row["output"]) ? undefined : answered(chatExample(row).messages);
  if (prompt !== undefined) {
    if (isEmpty(completion) || (Array.isArray(completion) && completion.length === 0)) return undefined;
    if (Array.isArray(prompt) && Array.isArray(completion)) return answered(chatExample({ messages: [...prompt, ...completion] }).messages);
    if (typeof prompt === "string" && typeof completion === "string") return { kind: "pair", prompt, completion };
  }
  if (typeof text === "string") return text.trim() === "" ? undefined : { kind: "text", text };
  const fields = Object.keys(row).join(", ");
  throw new InkstoneError("E_FINETUNE_DATA", {
    file: fileLabel(path),
    why: { en: `row at line ${line} is of no known form (its fields: ${fields})`, zh: `第 ${line} 行的格式未知（字段：${fields}）` },
  });
}

const answered = (turns: readonly ChatTurn[]): Plain | undefined =>
  turns.some(({ role, content }) => role === "assistant" && content.trim() !== "") ? { kind: "chat", turns } : undefined;

function tokensOf(plain: Plain, coder: RowCoder): TokenRow[] {
  if (plain.kind === "chat") return [chatRow(plain.turns, coder)];
  if (plain.kind === "text") return textRows(plain.text, coder);
  const { prompt, completion } = plain;
  if (coder.template === undefined) return [pairRow(prompt, completion, coder)];
  return [
    chatRow(
      [
        { role: "user", content: prompt },
        { role: "assistant", content: completion },
      ],
      coder,
    ),
  ];
}

/** A conversation through the template: every answer, or the last, is to be learnt, up to the token that ends it. */
export function chatRow(
  turns: readonly ChatTurn[],
  { tokenizer, template }: Pick<RowCoder, "tokenizer" | "template">,
  which: "all" | "last" = "all",
): TokenRow {
  const ids = Int32Array.from(chatTokens(tokenizer, template, turns, { addGenerationPrompt: false }));
  const answer = new Uint8Array(ids.length);
  const last = turns.findLastIndex(({ role }) => role === "assistant");
  for (const [k, { role, content }] of turns.entries()) {
    if (role !== "assistant" || content.trim() === "" || (which === "last" && k !== last)) continue;
    const before = chatTokens(tokenizer, template, turns.slice(0, k), { addGenerationPrompt: true });
    const upTo = chatTokens(tokenizer, template, turns.slice(0, k + 1), { addGenerationPrompt: false });
    const from = sharedLength(before, ids);
    // A template that writes earlier turns otherwise than the last: only what stands in the whole can be learnt.
    const to = Math.min(sharedLength(upTo, ids), ids.length);
    const end = ids.subarray(from, to).findIndex((id) => tokenizer.endOfTurn.has(id));
    answer.fill(1, from, end < 0 ? to : from + end + 1);
  }
  return { ids, answer };
}

function sharedLength(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const most = Math.min(a.length, b.length);
  let i = 0;
  while (i < most && a[i] === b[i]) i++;
  return i;
}

/** Prompt and answer as plain text, the answer ended by the token that ends a text. */
export function pairRow(prompt: string, completion: string, { tokenizer }: Pick<RowCoder, "tokenizer">): TokenRow {
  const before = [...(tokenizer.bos !== undefined && tokenizer.bos !== tokenizer.eos ? [tokenizer.bos] : []), ...tokenizer.encode(prompt)];
  const learnt = [...tokenizer.encode(completion), ...(tokenizer.eos === undefined ? [] : [tokenizer.eos])];
  const ids = Int32Array.from([...before, ...learnt]);
  return { ids, answer: new Uint8Array(ids.length).fill(1, before.length) };
}

// All of a text is learnt but its first token; a long one in pieces.
function textRows(text: string, { tokenizer, maxLength }: RowCoder): TokenRow[] {
  const all = [...tokenizer.encode(text), ...(tokenizer.eos === undefined ? [] : [tokenizer.eos])];
  return Array.from({ length: Math.ceil(all.length / maxLength) }, (_, i) => {
    const ids = Int32Array.from(all.slice(i * maxLength, (i + 1) * maxLength));
    return { ids, answer: new Uint8Array(ids.length).fill(1) };
  }).filter(({ ids }) => ids.length > 1);
}

/**
 * Splits rows by a digest of their ids: the same rows are on the same side whatever stands around them, and so are rows that are there twice.
 *
 * @example
 * const row = (...ids: number[]) => ({ ids: Int32Array.from(ids), answer: new Uint8Array(ids.length) });
 * splitRows([row(1, 2), row(3, 4), row(5, 6), row(7, 8)], 0.25).validation.length; // 1
 */
export function splitRows<Row extends { readonly ids: Int32Array }>(rows: readonly Row[], share: number): { train: Row[]; validation: Row[] } {
  const wanted = Math.min(rows.length - 1, Math.round(rows.length * share));
  const keyed = rows.map((row, i) => ({ row, i, key: createHash("sha256").update(new Uint8Array(row.ids.buffer)).digest("hex") }));
  const sorted = [...keyed].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.i - b.i));
  let count = wanted;
  while (count > 0 && count < sorted.length && sorted[count].key === sorted[count - 1].key) count++;
  if (count >= rows.length) count = 0;
  const kept = new Set(sorted.slice(0, count).map(({ i }) => i));
  return { train: rows.filter((_, i) => !kept.has(i)), validation: rows.filter((_, i) => kept.has(i)) };
}
