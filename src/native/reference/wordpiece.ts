// The "wordpiece" service in plain TypeScript: the longest piece first (Schuster & Nakajima 2012; as BERT has it, Devlin et al. 2018, arXiv:1810.04805).
// Twin of native/services/src/wordpiece.rs. A token that begins with ## goes on with a word. White space between words is left out.
import { stringAt, type TokenizerConfiguration, tokenTypes } from "../tokenizers.ts";
import { classTable, codePointAt, SPACE } from "./tokens/classes.ts";
import { type PieceModel, type Refuse, type TokenizerTwin, tokenizerTwin } from "./tokens/index.ts";
import { Trie } from "./tokens/trie.ts";

function modelOf({ tokens, types, unknown, longest = 0 }: TokenizerConfiguration, refuse: Refuse): PieceModel {
  if (unknown === undefined) return refuse("it has no token for unknown words");
  const [begins, continues] = [new Trie(), new Trie()];
  for (let id = 0; id < types.length; id++) {
    if (types[id] !== tokenTypes.normal) continue;
    const text = stringAt(tokens, id);
    const goesOn = text.length > 2 && text[0] === 0x23 && text[1] === 0x23;
    if (goesOn) continues.add(text.subarray(2), id);
    else begins.add(text, id);
  }
  const characters = (bytes: Uint8Array) => bytes.reduce((count, byte) => count + Number((byte & 0xc0) !== 0x80), 0);
  return (bytes, from, end) => {
    if (classTable()[codePointAt(bytes, from)] === SPACE) return [];
    if (longest > 0 && end - from > longest && characters(bytes.subarray(from, end)) > longest) return [unknown];
    const ids: number[] = [];
    for (let at = from; at < end; ) {
      let after = at;
      let id = unknown;
      (at === from ? begins : continues).each(bytes, at, end, (to, found) => {
        after = to;
        id = found;
      });
      if (after === at) return [unknown];
      ids.push(id);
      at = after;
    }
    return ids;
  };
}

/**
 * Makes the twin from a configuration (`packTokenizer`). Errors: `E_SERVICE`.
 *
 * @example
 * createWordPiece(new Uint8Array(4)); // throws E_SERVICE
 */
export function createWordPiece(configuration: Uint8Array): TokenizerTwin {
  return tokenizerTwin("wordpiece", configuration, modelOf);
}
