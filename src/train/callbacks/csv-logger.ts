// CSVLogger: the logs of each epoch as a table.
import { readFile } from "node:fs/promises";
import { aFlag, aName, readOptions } from "../../core/index.ts";
import { csvLine, writeFileDurably } from "../../formats/index.ts";
import type { Callback, Logs } from "./callback.ts";

/** Options of `CSVLogger`, as in Keras. */
export interface CSVLoggerOptions {
  /** Default ",". */
  readonly separator?: string;
  /** Goes on behind what the file holds already. Default false. */
  readonly append?: boolean;
}

/**
 * Writes `epoch` and the logs of each epoch to a CSV file, whole after each epoch. Keras's `CSVLogger`. Errors: E_IO, E_IO_FULL, E_IO_CREATE.
 *
 * @example
 * const callback = new CSVLogger("training.csv");
 */
export class CSVLogger implements Callback {
  readonly adds: readonly string[] = [];
  readonly #path: string;
  readonly #options: CSVLoggerOptions;
  #text = "";
  #names: string[] | undefined;

  constructor(path: string, options: CSVLoggerOptions = {}) {
    this.#path = path;
    this.#options = readOptions("CSVLogger", options, { separator: aName, append: aFlag });
  }

  async onTrainBegin(): Promise<void> {
    this.#text = "";
    this.#names = undefined;
    if (!this.#options.append) return;
    this.#text = await readFile(this.#path, "utf8").catch(() => "");
    if (this.#text !== "")
      this.#names = this.#text
        .split(/\r?\n/, 1)[0]
        .split(this.#options.separator ?? ",")
        .slice(1);
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const options = { delimiter: this.#options.separator ?? "," };
    if (this.#names === undefined) {
      this.#names = Object.keys(logs).sort();
      this.#text += csvLine(["epoch", ...this.#names], options);
    }
    this.#text += csvLine([String(epoch), ...this.#names.map((name) => (Object.hasOwn(logs, name) ? String(logs[name]) : "NA"))], options);
    await writeFileDurably(this.#path, this.#text);
  }
}
