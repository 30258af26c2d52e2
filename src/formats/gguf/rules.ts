// What the metadata of a GGUF file must be for the format itself: alignment, and tokenizer arrays that fit each other. Hyper-parameters are the model's.
import { ggufLimits, InkstoneError } from "../../core/index.ts";
import { arrayOf, type GgufEntry, typeWords, wrongType } from "./metadata.ts";

type Entries = ReadonlyMap<string, GgufEntry>;

const DEFAULT_ALIGNMENT = 32;
const TOKENS = "tokenizer.ggml.tokens";

/** The alignment of the data part: general.alignment, a power of two of type uint32. */
export function alignmentOf(entries: Entries): number {
  const entry = entries.get("general.alignment");
  if (entry === undefined) return DEFAULT_ALIGNMENT;
  if (entry.type !== "uint32") throw wrongType(entry, ["uint32"]);
  const value = entry.value as number;
  if (value < 1 || value > ggufLimits.alignment || (value & (value - 1)) !== 0)
    throw new InkstoneError("E_FORMAT_VALUE", { field: entry.key, offset: entry.offset, value, allowed: ["2^k", `1…${ggufLimits.alignment}`] });
  return value;
}

/** Checks the tokenizer's arrays and special ids against its vocabulary. A file without a vocabulary passes unless it has arrays of one. */
export function checkTokenizer(entries: Entries): void {
  const tokens = entries.get(TOKENS);
  if (tokens !== undefined) expectArray(tokens, "string");
  const count = tokens?.array?.count ?? 0;
  perToken(entries.get("tokenizer.ggml.scores"), "float32", count);
  perToken(entries.get("tokenizer.ggml.token_type"), "int32", count);
  const merges = entries.get("tokenizer.ggml.merges");
  if (merges !== undefined) expectArray(merges, "string");
  if (tokens !== undefined) for (const entry of entries.values()) checkTokenId(entry, count);
}

function expectArray(entry: GgufEntry, type: string): void {
  if (entry.array?.type !== type) throw wrongType(entry, arrayOf(type));
}

function perToken(entry: GgufEntry | undefined, type: string, count: number): void {
  if (entry === undefined) return;
  const expected = { en: `${type}[${count}], one for each token`, zh: `${type}[${count}]，每个词元一个` };
  if (entry.array?.type !== type)
    throw new InkstoneError("E_FORMAT_TYPE", { field: entry.key, offset: entry.offset, expected, got: typeWords(entry) });
  if (entry.array.count !== count)
    throw new InkstoneError("E_FORMAT_COUNT", { field: entry.key, offset: entry.offset, expected, got: entry.array.count });
}

// The padding id is left alone: files that never pad say 2^32-1, and nothing here reads it.
function checkTokenId(entry: GgufEntry, count: number): void {
  const { key, offset, value } = entry;
  if (!/^tokenizer\.ggml\.\w+_token_id$/.test(key) || key === "tokenizer.ggml.padding_token_id") return;
  if (typeof value !== "number" && typeof value !== "bigint") throw wrongType(entry, ["uint32"]);
  if (!Number.isInteger(Number(value)) || value < 0 || value >= count)
    throw new InkstoneError("E_FORMAT_VALUE", { field: key, offset, value, allowed: [`0…${count - 1}`] });
}
