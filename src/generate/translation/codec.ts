// Texts to the ids that a translator reads, and back. Knows files of vocabularies; no network.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import type { Executor } from "../../native/index.ts";
import { loadTokenizer, type Tokenizer } from "../../text/index.ts";
import { exists } from "../small-files.ts";

/** What a translator needs of its vocabularies. */
export interface Codec {
  /** Without an end. */
  encode(text: string): number[];
  decode(ids: readonly number[]): string;
  dispose(): void;
}

/** Of one vocabulary for both sides, or of two. */
export async function plainCodec(source: string, target: string, executor: Executor): Promise<Codec> {
  const reads = await loadTokenizer(source, executor);
  const writes = target === source ? reads : await loadTokenizer(target, executor);
  return {
    encode: (text) => reads.encode(text),
    decode: (ids) => writes.decode(ids, { skipSpecial: true }).trim(),
    dispose() {
      reads.dispose();
      if (writes !== reads) writes.dispose();
    },
  };
}

/** Most pieces of a vocabulary. */
const MOST = 1 << 20;

/**
 * Of a folder of Marian models as the hub has them: source.spm and target.spm cut texts into pieces, vocab.json numbers them; pieces that it does not have are `<unk>`.
 * A folder with another tokenizer has that for both sides. Errors: `E_TOKENIZER_INVALID`, those of `loadTokenizer`.
 */
export async function folderCodec(folder: string, executor: Executor): Promise<Codec> {
  const [source, target, numbers] = ["source.spm", "target.spm", "vocab.json"].map((file) => join(folder, file));
  if (!(await exists(source))) return plainCodec(folder, folder, executor);
  const vocabulary = vocabularyOf(await readFile(numbers, "utf8"));
  const reads = await loadTokenizer(source, executor);
  const writes = await loadTokenizer((await exists(target)) ? target : source, executor);
  const unknown = vocabulary.get("<unk>") ?? 0;
  const toIds = mapOf(reads, vocabulary);
  const toPieces = new Map([...mapOf(writes, vocabulary)].map(([piece, id]) => [id, piece]));
  return {
    encode: (text) => reads.encode(text).map((piece) => toIds.get(piece) ?? unknown),
    decode: (ids) => {
      const pieces = ids.flatMap((id) => toPieces.get(id) ?? []);
      return writes.decode(pieces, { skipSpecial: true }).trim();
    },
    dispose() {
      reads.dispose();
      writes.dispose();
    },
  };
}

function vocabularyOf(text: string): ReadonlyMap<string, number> {
  const invalid = () =>
    new InkstoneError("E_TOKENIZER_INVALID", { where: "vocab.json", why: { en: "it is no table of pieces and ids", zh: "不是词元与编号的对照表" } });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalid();
  }
  if (typeof parsed !== "object" || parsed === null) throw invalid();
  const entries = Object.entries(parsed);
  if (entries.length > MOST || !entries.every(([, id]) => Number.isInteger(id) && id >= 0 && id < MOST)) throw invalid();
  return new Map(entries);
}

// The pieces of a model that the vocabulary has: number there -> number here.
function mapOf(tokenizer: Tokenizer, vocabulary: ReadonlyMap<string, number>): Map<number, number> {
  const found = new Map<number, number>();
  for (const [piece, id] of vocabulary) {
    const own = tokenizer.idOf(piece);
    if (own !== undefined) found.set(own, id);
  }
  return found;
}
