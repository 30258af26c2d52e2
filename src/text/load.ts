// A tokenizer from a file: a GGUF file (a vocabulary alone will do) or a tokenizer.json, told apart by their first bytes.
import { InkstoneError } from "../core/index.ts";
import { openFileSource, parseGguf } from "../formats/index.ts";
import type { Executor } from "../native/index.ts";
import { tokenizerFromGguf } from "./from-gguf.ts";
import { MOST_JSON_BYTES, tokenizerFromJson } from "./from-json.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * Opens the tokenizer of a file.
 *
 * Errors: `E_FORMAT_NO_FILE`, `E_FORMAT_NOT_A_FILE`, `E_FORMAT_UNREADABLE`, and those of `tokenizerFromGguf` and `tokenizerFromJson`.
 *
 * @example
 * (await loadTokenizer("tokenizer.json", openExecutor())).encode("Hello"); // [15496]
 */
export async function loadTokenizer(path: string, executor: Executor): Promise<Tokenizer> {
  const source = openFileSource(path);
  try {
    const magic = new Uint8Array(4);
    source.read(0, magic);
    if (Buffer.from(magic).toString("latin1") === "GGUF") return tokenizerFromGguf(parseGguf(source).metadata, executor);
    if (source.size > MOST_JSON_BYTES) throw new InkstoneError("E_TOKENIZER_SIZE", { what: source.name, got: source.size, limit: MOST_JSON_BYTES });
    const json = new Uint8Array(source.size);
    return tokenizerFromJson(json.subarray(0, source.read(0, json)), executor);
  } finally {
    source.close();
  }
}
