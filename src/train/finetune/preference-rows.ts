// Rows of preferences as ids: a chosen and a rejected answer to one prompt. Knows no models.
import { InkstoneError } from "../../core/index.ts";
import { atPlace, chatExample, type DataRow, openRows } from "../../data/index.ts";
import { fileLabel } from "../../formats/index.ts";
import { Turns } from "../inputs/turns.ts";
import { checkSignal } from "../loop/index.ts";
import { chatRow, nothingLeft, pairRow, type ReadRowsOptions, type RowCoder, type RowCounts, type TokenRow } from "./rows.ts";

/** Two answers to a prompt, the better one first. */
export interface PreferenceRow {
  readonly chosen: TokenRow;
  readonly rejected: TokenRow;
  /** Both, for digests and sizes. */
  readonly ids: Int32Array;
}

/**
 * Reads a file of preferences: prompt, chosen, rejected as texts or lists of messages; without a prompt what both begin with is the prompt.
 * Rows without both answers, with two equal ones, or that are too long are counted and left out.
 *
 * Errors: `E_FINETUNE_DATA`; `E_TEMPLATE_MISSING`; those of `openRows`; `E_CANCELLED`.
 */
export async function readPreferenceRows(
  path: string,
  coder: RowCoder,
  { signal, most = Number.POSITIVE_INFINITY, onRefused }: ReadRowsOptions = {},
): Promise<{ readonly rows: PreferenceRow[]; readonly counts: RowCounts }> {
  const rows: PreferenceRow[] = [];
  const counts = { read: 0, withoutAnswer: 0, tooLong: 0 };
  const turns = new Turns();
  for await (const { value, line } of openRows(path, { signal })) {
    checkSignal(signal, "finetune");
    if (counts.read >= most) break;
    counts.read++;
    const made = atPlace(`${fileLabel(path)}:${line}`, () => pairOf(value, path, line, coder));
    const whole = made?.every(({ answer }) => answer.includes(1)) ?? false;
    if (made === undefined || !whole || made.some(({ ids }) => ids.length > coder.maxLength)) {
      const why = whole ? "tooLong" : "withoutAnswer";
      counts[why]++;
      onRefused?.(line, why);
    } else {
      const [chosen, rejected] = made;
      const ids = new Int32Array(chosen.ids.length + rejected.ids.length);
      ids.set(chosen.ids);
      ids.set(rejected.ids, chosen.ids.length);
      rows.push({ chosen, rejected, ids });
    }
    await turns.rest();
  }
  if (rows.length === 0) throw nothingLeft(path, counts, coder.maxLength);
  return { rows, counts };
}

type Pair = readonly [TokenRow, TokenRow];

function pairOf({ prompt, chosen, rejected }: DataRow, path: string, line: number, coder: RowCoder): Pair | undefined {
  if (chosen === undefined || rejected === undefined || chosen === null || rejected === null) {
    if (chosen === undefined && rejected === undefined) throw unknownForm(path, line);
    return undefined;
  }
  if (JSON.stringify(chosen) === JSON.stringify(rejected)) return undefined;
  if (Array.isArray(chosen) && Array.isArray(rejected)) {
    const before = Array.isArray(prompt) ? prompt : [];
    return both((answer) => chatRow(chatExample({ messages: [...before, ...(answer as unknown[])] }).messages, coder, "last"), chosen, rejected);
  }
  if (typeof chosen !== "string" || typeof rejected !== "string") throw unknownForm(path, line);
  if (typeof prompt === "string" && coder.template) {
    const turns = (content: string) => [{ role: "user", content: prompt } as const, { role: "assistant", content } as const];
    return both((answer) => chatRow(turns(answer as string), coder), chosen, rejected);
  }
  const shared = typeof prompt === "string" ? prompt : sharedStart(chosen, rejected);
  const rest = (text: string) => (typeof prompt === "string" ? text : text.slice(shared.length));
  return both((answer) => pairRow(shared, rest(answer as string), coder), chosen, rejected);
}

const both = (make: (answer: unknown) => TokenRow, chosen: unknown, rejected: unknown): Pair => [make(chosen), make(rejected)];

// What both begin with, up to the end of a word.
function sharedStart(a: string, b: string): string {
  let i = 0;
  while (i < Math.min(a.length, b.length) && a[i] === b[i]) i++;
  return a.slice(0, a.lastIndexOf(" ", i - 1) + 1);
}

function unknownForm(path: string, line: number): InkstoneError {
  return new InkstoneError("E_FINETUNE_DATA", {
    file: fileLabel(path),
    why: { en: `row at line ${line} has no texts or messages "chosen" and "rejected"`, zh: `第 ${line} 行没有文本或消息形式的 chosen 与 rejected` },
  });
}
