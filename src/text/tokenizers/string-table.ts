// Strings as services take them.
import type { StringTable } from "../../native/index.ts";

/** Strings, all well-formed, as one table. */
export function stringTable(strings: readonly string[]): StringTable {
  const bytes = Buffer.from(strings.join(""), "utf8");
  const offsets = new Uint32Array(strings.length + 1);
  for (const [i, text] of strings.entries()) offsets[i + 1] = offsets[i] + Buffer.byteLength(text, "utf8");
  return { bytes, offsets };
}
