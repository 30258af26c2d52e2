// Tokens of single bytes. Twin: `byte_tokens` in native/services/src/tokens/config.rs.
import { stringAt, type TokenizerConfiguration, tokenTypes } from "../../tokenizers.ts";

/** Ids of the tokens of single bytes, `<0x00>` to `<0xFF>`; undefined where one is missing. */
export function byteTokens({ tokens, types }: TokenizerConfiguration): Int32Array | undefined {
  const ids = new Int32Array(256).fill(-1);
  for (let id = 0; id < types.length; id++) {
    if (types[id] !== tokenTypes.byte) continue;
    const [, hex] = /^<0x([0-9A-Fa-f]{1,2})>$/.exec(stringAt(tokens, id).toString("utf8")) ?? [];
    if (hex === undefined) return undefined;
    const byte = Number.parseInt(hex, 16);
    if (ids[byte] < 0) ids[byte] = id;
  }
  return ids.includes(-1) ? undefined : ids;
}
