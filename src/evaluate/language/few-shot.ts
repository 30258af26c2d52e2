// The examples before a question: fixed by the seed, never the question itself.
import { InkstoneError, uniform } from "../../core/index.ts";
import type { Question } from "../tasks/task.ts";

// Of its own, so that nothing else draws the same numbers.
const OPERATION = 0x46_45_57_53;

/** Row numbers in the order of a draw. */
function drawn(count: number, seed: number): number[] {
  const keys = Array.from({ length: count }, (_, i) => uniform(seed, 0, OPERATION, i));
  return keys.map((_, i) => i).sort((a, b) => keys[a] - keys[b]);
}

/** What gives the text before a question. */
export type Before = (question: Question) => string;

/**
 * `k` examples with their answers, an empty line behind each.
 *
 * Errors: `E_EVALUATION_EXAMPLES` where there are not enough.
 */
export function fewShot(task: string, pool: readonly Question[], k: number, seed: number, ofGroup: boolean): Before {
  if (k === 0) return () => "";
  const order = drawn(pool.length, seed).map((at) => pool[at]);
  return (question) => {
    const examples: string[] = [];
    for (const other of order) {
      if (examples.length === k) break;
      if (other === question || other.example === undefined || (ofGroup && other.group !== question.group)) continue;
      examples.push(`${other.example}\n\n`);
    }
    if (examples.length < k) throw new InkstoneError("E_EVALUATION_EXAMPLES", { task, wanted: k, found: examples.length });
    return examples.join("");
  };
}
