// The "bpe" service in plain TypeScript: byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909), on bytes (Radford et al. 2019) or on characters
// (SentencePiece's, Kudo & Richardson 2018). The twin of native/services/src/bpe: same configuration, same methods, same ids. Knows no files and no templates.
import { type StringTable, stringAt, type TokenizerConfiguration, tokenizerFlags, tokenTypes } from "../../tokenizers.ts";
import { byteTokens } from "../tokens/byte-tokens.ts";
import { characterBytes, codePointAt } from "../tokens/classes.ts";
import { type PieceModel, type Refuse, type TokenizerTwin, tokenizerTwin } from "../tokens/index.ts";
import { MergeTable } from "./merges.ts";

/** Token ids of the vocabulary's strings. */
type Vocabulary = ReadonlyMap<string, number>;

const textOf = (table: StringTable, index: number) => stringAt(table, index).toString("latin1");

/** Texts of normal tokens; the first of equals counts. Strings stand for bytes: latin1 both ways. */
function vocabularyOf({ tokens, types }: TokenizerConfiguration): Vocabulary {
  const found = new Map<string, number>();
  for (let id = 0; id < types.length; id++) {
    if (types[id] !== tokenTypes.normal) continue;
    const text = textOf(tokens, id);
    if (!found.has(text)) found.set(text, id);
  }
  return found;
}

/** GPT-2's alphabet: printable Latin-1 bytes stand for themselves, the other 68 for the characters from U+0100 on. */
function alphabet(): string[] {
  let others = 0;
  return Array.from({ length: 256 }, (_, byte) => {
    const itself = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return Buffer.from(String.fromCharCode(itself ? byte : 256 + others++), "utf8").toString("latin1");
  });
}

/** Writes the symbols of a piece, gives how many. What the vocabulary lacks becomes its bytes, the unknown token, or nothing. */
type Symbols = (bytes: Uint8Array, from: number, end: number, out: Int32Array) => number;

function byteSymbols(vocabulary: Vocabulary): Symbols {
  const ids = alphabet().map((character) => vocabulary.get(character) ?? -1);
  return (bytes, from, end, out) => {
    let count = 0;
    for (let i = from; i < end; i++) if (ids[bytes[i]] >= 0) out[count++] = ids[bytes[i]];
    return count;
  };
}

function characterSymbols(configuration: TokenizerConfiguration, vocabulary: Vocabulary): Symbols {
  const { flags = 0, unknown } = configuration;
  const known = new Map<number, number>();
  for (const [text, id] of vocabulary) {
    const bytes = Buffer.from(text, "latin1");
    if (bytes.length > 0 && characterBytes(bytes[0]) === bytes.length) known.set(codePointAt(bytes, 0), id);
  }
  const byByte = (flags & tokenizerFlags.byteFallback) !== 0 ? byteTokens(configuration) : undefined;
  const fuse = (flags & tokenizerFlags.fuseUnknown) !== 0;
  return (bytes, from, end, out) => {
    let count = 0;
    for (let at = from; at < end; ) {
      const next = at + characterBytes(bytes[at]);
      const id = known.get(codePointAt(bytes, at));
      if (id !== undefined) out[count++] = id;
      else if (byByte !== undefined) for (let i = at; i < next; i++) out[count++] = byByte[bytes[i]];
      else if (unknown !== undefined && !(fuse && count > 0 && out[count - 1] === unknown)) out[count++] = unknown;
      at = next;
    }
    return count;
  };
}

function listed(merges: StringTable, vocabulary: Vocabulary, refuse: Refuse): MergeTable {
  const count = merges.offsets.length - 1;
  const table = new MergeTable(count);
  for (let i = 0; i < count; i++) {
    const text = textOf(merges, i);
    const gap = text.indexOf(" ");
    if (gap <= 0 || gap === text.length - 1 || text.includes(" ", gap + 1)) refuse(`merge ${i} is not two pieces`);
    const [left, right] = [vocabulary.get(text.slice(0, gap)), vocabulary.get(text.slice(gap + 1))];
    const product = vocabulary.get(text.slice(0, gap) + text.slice(gap + 1));
    if (left === undefined || right === undefined) return refuse(`merge ${i}: its ${left === undefined ? "first" : "second"} piece is no token`);
    if (product === undefined) return refuse(`merge ${i}: the two together are no token`);
    table.add(left, right, i, product);
  }
  return table;
}

/** Every cut of every token into two tokens is a merge; its rank is the token's. */
function ranked({ numbers }: TokenizerConfiguration, vocabulary: Vocabulary): MergeTable {
  const found: [number, number, number, number][] = [];
  for (const [text, id] of vocabulary) {
    for (let cut = 1; cut < text.length; cut++) {
      const [left, right] = [vocabulary.get(text.slice(0, cut)), vocabulary.get(text.slice(cut))];
      if (left !== undefined && right !== undefined) found.push([left, right, numbers?.[id] ?? id, id]);
    }
  }
  const table = new MergeTable(found.length);
  for (const merge of found) table.add(...merge);
  return table;
}

/** Texts of tokens as they stand in a text. */
function wholeTokens(vocabulary: Vocabulary, characters: boolean): Vocabulary {
  if (characters) return vocabulary;
  const letters = new Map(alphabet().map((character, byte) => [Buffer.from(character, "latin1").toString("utf8"), byte]));
  const plain = (text: string) => Array.from(Buffer.from(text, "latin1").toString("utf8"), (letter) => String.fromCharCode(letters.get(letter) ?? 0));
  return new Map([...vocabulary].map(([text, id]) => [plain(text).join(""), id]));
}

function modelOf(configuration: TokenizerConfiguration & { merges: StringTable }, refuse: Refuse): PieceModel {
  const flags = configuration.flags ?? 0;
  const characters = (flags & tokenizerFlags.characters) !== 0;
  const vocabulary = vocabularyOf(configuration);
  const merges = (flags & tokenizerFlags.byRank) !== 0 ? ranked(configuration, vocabulary) : listed(configuration.merges, vocabulary, refuse);
  const symbolsOf = characters ? characterSymbols(configuration, vocabulary) : byteSymbols(vocabulary);
  const whole = (flags & tokenizerFlags.wholeFirst) !== 0 ? wholeTokens(vocabulary, characters) : undefined;
  let symbols = new Int32Array(256);
  return (bytes, from, end) => {
    const token = whole?.get(Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString("latin1"));
    if (token !== undefined) return [token];
    if (symbols.length < end - from) symbols = new Int32Array(end - from);
    return symbols.subarray(0, merges.merge(symbols, symbolsOf(bytes, from, end, symbols)));
  };
}

/**
 * Makes the twin from a configuration (`packTokenizer`). Errors: `E_SERVICE` naming the merge, the token or the length that is wrong.
 */
export function createBpe(configuration: Uint8Array): TokenizerTwin {
  return tokenizerTwin("bpe", configuration, modelOf);
}
