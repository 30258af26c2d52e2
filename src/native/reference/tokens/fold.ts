// Characters that stand for others: each is left out, stays, or becomes a short text. Twin: native/services/src/tokens/fold.rs.
import { stringAt, type TokenizerConfiguration, tokenizerFlags } from "../../tokenizers.ts";

/** The blocks that BERT takes for Chinese: every character is a word of its own. */
const chinese: readonly (readonly [number, number])[] = [
  [0x4e00, 0x9fff],
  [0x3400, 0x4dbf],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b73f],
  [0x2b740, 0x2b81f],
  [0x2b920, 0x2ceaf],
  [0xf900, 0xfaff],
  [0x2f800, 0x2fa1f],
];

/** What a text becomes; undefined where nothing changes. */
export function foldOf({ fold, flags = 0 }: TokenizerConfiguration): ((bytes: Uint8Array) => Uint8Array) | undefined {
  const apart = (flags & tokenizerFlags.chineseApart) !== 0;
  if ((fold === undefined || fold.codes.length === 0) && !apart) return undefined;
  const map = new Map(fold === undefined ? [] : Array.from(fold.codes, (code, i) => [code, stringAt(fold.texts, i).toString("utf8")]));
  const folded = (character: string) => {
    const code = character.codePointAt(0) as number;
    const text = map.get(code) ?? character;
    return apart && chinese.some(([first, last]) => code >= first && code <= last) ? ` ${text} ` : text;
  };
  return (bytes) => Buffer.from(Array.from(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8"), folded).join(""), "utf8");
}
