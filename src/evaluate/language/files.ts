// Where the data sets of evaluations are, and their rows. Nothing of them comes with the program.
import { access, readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { dataFolder, InkstoneError } from "../../core/index.ts";
import { type DataRow, openRows } from "../../data/index.ts";
import type { EvaluationTask, TaskFiles } from "../tasks/task.ts";

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

// Beside a checkout of the project, or of the folder at work.
const beside = [".", "..", fileURLToPath(new URL("../../../..", import.meta.url))];

/**
 * The folders that are looked at, in order: the one given alone, else INKSTONE_EVALUATION_DATA alone, else the data folder's `datasets`, then `shared/data` near by.
 *
 * @example
 * dataSetFolders("/sets"); // ["/sets"]
 */
export function dataSetFolders(given?: string): readonly string[] {
  const named = given ?? process.env.INKSTONE_EVALUATION_DATA;
  if (named !== undefined && named !== "") return [resolve(named)];
  return [join(dataFolder(), "datasets"), ...new Set(beside.map((folder) => resolve(folder, "shared", "data")))];
}

/**
 * The files of a task, in the first of the folders that has them.
 *
 * Errors: `E_EVALUATION_DATA` where none has; those of `openRows`.
 *
 * @example
 * await taskFiles("piqa", ["/nowhere"]).rows("evaluation/piqa/part.jsonl"); // throws E_EVALUATION_DATA
 */
export function taskFiles(task: string, folders: readonly string[], signal?: AbortSignal): TaskFiles {
  const find = finder(task, folders);
  const text = async (name: string): Promise<string> => readFile(await find(name), { encoding: "utf8", signal });
  return {
    async rows(name) {
      const rows: DataRow[] = [];
      for await (const { value } of openRows(await find(name), { file: name })) {
        signal?.throwIfAborted();
        rows.push(value);
      }
      return rows;
    },
    lines: async (name) => (await text(name)).split(/\r?\n/).filter((line, i, all) => line !== "" || i < all.length - 1),
    async json(name) {
      try {
        return JSON.parse(await text(name)) as unknown;
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        throw new InkstoneError("E_DATA_SHAPE", { where: name, why: { en: "it is not JSON", zh: "它不是 JSON" } });
      }
    },
    list: async (name) => (await readdir(await find(name))).filter((file) => /\.(?:csv|tsv|jsonl?)$/.test(file)).sort(),
  };
}

const finder =
  (task: string, folders: readonly string[]) =>
  async (name: string): Promise<string> => {
    for (const folder of folders) if (await isThere(join(folder, name))) return join(folder, name);
    throw new InkstoneError("E_EVALUATION_DATA", { task, file: name, folders: folders.join(", ") });
  };

/**
 * Whether the data of a task is at hand: its first file is looked for, none is read.
 *
 * @example
 * await isTaskAtHand(evaluationTask("piqa"), ["/nowhere"]); // false
 */
export async function isTaskAtHand(task: EvaluationTask, folders: readonly string[]): Promise<boolean> {
  const found = new Error("found");
  const find = finder(task.name, folders);
  const look = async (name: string): Promise<never> => {
    await find(name);
    throw found;
  };
  return task.load({ rows: look, lines: look, json: look, list: look }).then(
    () => true,
    (error: unknown) => error === found,
  );
}
