// The adapters that a model is opened with, and which of them an answer uses. Knows no weights.
import { basename, resolve } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { type PeftAdapter, readPeft } from "../../models/index.ts";
import type { PlainLoadOptions } from "./protocol.ts";

/** Adapters by name, in the order of their numbers, which begin at 1. */
export interface Adapters {
  readonly names: readonly string[];
  readonly read: readonly PeftAdapter[];
  /** The number of what an answer asks for: 0 for none. Errors: `E_ADAPTER_UNKNOWN`. */
  readonly numberOf: (wanted: string | undefined) => number;
}

/** Reads them. Errors: `E_ADAPTER`, those of reading. */
export async function openAdapters({ adapter, adapters = {} }: PlainLoadOptions): Promise<Adapters> {
  const usual = adapter === undefined ? undefined : basename(resolve(adapter));
  const folders = new Map([...(adapter === undefined || usual === undefined ? [] : [[usual, adapter] as const]), ...Object.entries(adapters)]);
  const names = [...folders.keys()];
  const read: PeftAdapter[] = [];
  for (const path of folders.values()) read.push(await readPeft(path));
  return {
    names,
    read,
    numberOf(wanted = usual ?? "") {
      if (wanted === "") return 0;
      const found = names.indexOf(wanted) + 1;
      if (found === 0) throw new InkstoneError("E_ADAPTER_UNKNOWN", { adapter: wanted, available: names.join(", ") || "-" });
      return found;
    },
  };
}
