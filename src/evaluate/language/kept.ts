// What was judged already, a line an answer, so that an evaluation that was interrupted goes on. Knows no model.
import { createHash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { InkstoneError } from "../../core/index.ts";
import type { Judged } from "../tasks/task.ts";

interface Line extends Judged {
  readonly task: string;
  readonly index: number;
}

/** A file of answers. */
export interface KeptAnswers {
  get(task: string, index: number): Judged | undefined;
  add(task: string, index: number, judged: Judged): Promise<void>;
  close(): Promise<void>;
}

const keyOf = (task: string, index: number): string => `${task} ${index}`;

function linesOf(text: string, print: string, file: string): Line[] {
  if (text === "") return [];
  const [head, ...lines] = text.slice(0, Math.max(0, text.lastIndexOf("\n"))).split("\n"); // a last line without an end was cut
  const wrong = (en: string, zh: string) => new InkstoneError("E_RESUME", { file, why: { en, zh } });
  try {
    if ((JSON.parse(head) as { evaluation?: unknown }).evaluation !== print)
      throw wrong("it belongs to another model, task or setting", "它属于另一个模型、任务或设置");
    return lines.map((line) => JSON.parse(line) as Line);
  } catch (error) {
    if (error instanceof SyntaxError) throw wrong("it is not a file of answers", "它不是作答记录文件");
    throw error;
  }
}

/**
 * Opens a file of answers, or begins one. `settings`: all that the answers depend on.
 *
 * Errors: `E_RESUME` for a file of other settings, or one that is none; those of the file system.
 */
export async function openKeptAnswers(file: string, settings: unknown): Promise<KeptAnswers> {
  const print = createHash("sha256").update(JSON.stringify(settings)).digest("hex");
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const known = new Map(linesOf(text, print, file).map((line) => [keyOf(line.task, line.index), { values: line.values, choice: line.choice }]));
  const handle = await open(file, "a");
  if (text === "") await handle.write(`${JSON.stringify({ evaluation: print })}\n`);
  else await handle.truncate(Buffer.byteLength(text.slice(0, text.lastIndexOf("\n") + 1)));
  return {
    get: (task, index) => known.get(keyOf(task, index)),
    add: async (task, index, { values, choice }) => {
      await handle.write(`${JSON.stringify({ task, index, values, choice })}\n`);
    },
    close: async () => {
      await handle.sync();
      await handle.close();
    },
  };
}
