// A tokenizer from a Hugging Face tokenizer.json: BPE, WordPiece, Unigram with their parts; what is not known is refused by its name. And from a saved WordTokenizer.
import { InkstoneError, jsonErrorPlace, jsonTooDeep, type Phrase } from "../../../core/index.ts";
import { type Executor, sharedExecutor } from "../../../native/index.ts";
import { type DeclaredIds, PieceTokenizer } from "../piece-tokenizer.ts";
import type { Tokenizer } from "../tokenizer.ts";
import { WordTokenizer } from "../word-tokenizer.ts";
import { partsOfModel } from "./model.ts";
import { isPlain, type Plain } from "./value.ts";

/** Most bytes of a tokenizer.json. */
export const MOST_JSON_BYTES: number = 64 << 20;

/** Deepest nesting of a tokenizer.json; known ones nest six deep. */
const DEEPEST = 64;

function invalid(where: string, en: string, zh: string): never {
  const why: Phrase = { en, zh };
  throw new InkstoneError("E_TOKENIZER_INVALID", { where, why });
}

/**
 * The tokenizer of a tokenizer.json (its text or its bytes): model BPE, WordPiece or Unigram, with the normalizers, pre-tokenizers, post-processors and decoders that are
 * known; or what a `WordTokenizer` gave as JSON. `declared`: ids that only a file beside it names.
 *
 * Errors: `E_TOKENIZER_KIND` names the part that is not supported; `E_TOKENIZER_INVALID` the line:column, token or merge that is wrong; `E_TOKENIZER_SIZE`.
 *
 * @example
 * tokenizerFromJson(await readFile("tokenizer.json")).encode("Hello"); // [15496]
 */
export function tokenizerFromJson(json: string | Uint8Array, executor: Executor = sharedExecutor(), declared: DeclaredIds = {}): Tokenizer {
  const got = typeof json === "string" ? Buffer.byteLength(json, "utf8") : json.length;
  if (got > MOST_JSON_BYTES) throw new InkstoneError("E_TOKENIZER_SIZE", { what: "tokenizer.json", got, limit: MOST_JSON_BYTES });
  const file = parse(typeof json === "string" ? json : new TextDecoder().decode(json));
  if (file.type === "word-tokenizer") return WordTokenizer.fromJSON(file);
  if (!isPlain(file.model)) return invalid("model", "it is missing", "缺失");
  return new PieceTokenizer(executor, { ...partsOfModel(file, file.model), declared });
}

function parse(text: string): Plain {
  let value: unknown;
  const deep = jsonTooDeep(text, DEEPEST);
  if (deep !== undefined) invalid(deep, "it is nested too deeply", "嵌套过深");
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return invalid(jsonErrorPlace(text), "this is not JSON", "不是 JSON");
  }
  return isPlain(value) ? value : invalid("1:1", "this is no JSON object", "不是 JSON 对象");
}
