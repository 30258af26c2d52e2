// The "unigram" service in plain TypeScript: the likeliest segmentation by a unigram language model (Kudo 2018, arXiv:1804.10959), found by Viterbi's algorithm.
// Twin of native/services/src/unigram.rs: same sums in the same order, so the same ids.
import { stringAt, type TokenizerConfiguration, tokenizerFlags, tokenTypes } from "../tokenizers.ts";
import { byteTokens } from "./tokens/byte-tokens.ts";
import { characterBytes } from "./tokens/classes.ts";
import { type PieceModel, type Refuse, type TokenizerTwin, tokenizerTwin } from "./tokens/index.ts";
import { Trie } from "./tokens/trie.ts";

/** By how much an unknown character is less likely than the least likely token. */
const UNKNOWN_PENALTY = 10;

function modelOf(configuration: TokenizerConfiguration, refuse: Refuse): PieceModel {
  const { tokens, types, unknown, numbers, flags = 0 } = configuration;
  if (unknown === undefined) return refuse("it has no token for unknown characters");
  if (numbers === undefined || numbers.length !== types.length || !numbers.every(Number.isFinite))
    return refuse("it has not a score for every token");
  const trie = new Trie();
  let least = Number.POSITIVE_INFINITY;
  for (let id = 0; id < types.length; id++) {
    if (types[id] !== tokenTypes.normal) continue;
    least = Math.min(least, numbers[id]);
    trie.add(stringAt(tokens, id), id);
  }
  const unknownScore = (least === Number.POSITIVE_INFINITY ? 0 : least) - UNKNOWN_PENALTY;
  const bytesOf = (flags & tokenizerFlags.byteFallback) !== 0 ? byteTokens(configuration) : undefined;
  return (bytes, from, end) => {
    const size = end - from + 1;
    const [scores, starts, ids] = [new Float64Array(size), new Int32Array(size).fill(-1), new Int32Array(size)];
    for (let at = from; at < end; ) {
      const here = at;
      const next = at + characterBytes(bytes[at]);
      const offer = (to: number, score: number, id: number) => {
        const place = to - from;
        const sum = scores[here - from] + score;
        if (starts[place] >= 0 && !(sum > scores[place])) return;
        [scores[place], starts[place], ids[place]] = [sum, here - from, id];
      };
      let single = false;
      trie.each(bytes, at, end, (to, id) => {
        offer(to, numbers[id], id);
        single ||= to === next;
      });
      if (!single) offer(next, unknownScore, unknown);
      at = next;
    }
    return written(pathOf(starts, size - 1), { starts, ids, unknown, bytesOf, bytes, from });
  };
}

function pathOf(starts: Int32Array, last: number): number[] {
  const path: number[] = [];
  for (let end = last; end > 0; end = starts[end]) path.push(end);
  return path.reverse();
}

interface Found {
  readonly starts: Int32Array;
  readonly ids: Int32Array;
  readonly unknown: number;
  readonly bytesOf: Int32Array | undefined;
  readonly bytes: Uint8Array;
  readonly from: number;
}

/** Unknown characters in a row are one unknown token, or all their bytes. */
function written(path: readonly number[], { starts, ids, unknown, bytesOf, bytes, from }: Found): number[] {
  const out: number[] = [];
  let afterUnknown = false;
  for (const end of path) {
    const isUnknown = ids[end] === unknown;
    if (isUnknown && bytesOf !== undefined) for (let i = starts[end]; i < end; i++) out.push(bytesOf[bytes[from + i]]);
    else if (!(isUnknown && afterUnknown)) out.push(ids[end]);
    afterUnknown = isUnknown;
  }
  return out;
}

/**
 * Makes the twin from a configuration (`packTokenizer`). Errors: `E_SERVICE`.
 *
 * @example
 * createUnigram(new Uint8Array(4)); // throws E_SERVICE
 */
export function createUnigram(configuration: Uint8Array): TokenizerTwin {
  return tokenizerTwin("unigram", configuration, modelOf);
}
