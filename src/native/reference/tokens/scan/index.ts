// Pre-tokenizers as hand-written scanners: each tells where the piece that starts here ends. No regular expressions, no look-behind, one pass.
// Twin: native/services/src/tokens/scan. Knows nothing of vocabularies.
import { deepseekCoder, deepseekV3 } from "./deepseek.ts";
import { falcon, gpt2 } from "./gpt2.ts";
import type { Scanner } from "./runs.ts";
import { bert, marked, markedRuns, whole } from "./spaces.ts";
import { cased, plain } from "./tiktoken.ts";

export type { Scanner } from "./runs.ts";

/** Scanners in the order of `preTokenizers`. */
export const scanners: readonly Scanner[] = [
  (bytes, at, end) => gpt2(bytes, at, end, false),
  (bytes, at, end) => gpt2(bytes, at, end, true),
  deepseekCoder,
  (bytes, at, end) => plain(bytes, at, end, 1),
  (bytes, at, end) => plain(bytes, at, end, 3),
  (bytes, at, end) => cased(bytes, at, end, 3, true),
  (bytes, at, end) => cased(bytes, at, end, 1, false),
  deepseekV3,
  falcon,
  whole,
  marked,
  markedRuns,
  bert,
];
