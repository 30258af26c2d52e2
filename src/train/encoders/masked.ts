// Hidden words guessed from what stands around them: what encoders learn from plain texts.
import type { EncoderInput } from "../../models/index.ts";
import { crossEntropy, embedding } from "../../tensor/index.ts";
import { type BatchPlace, countColumn, type Judge, type Objective, roomFor, rowsColumn } from "./objective.ts";

/** A text, or a piece of one. */
export interface MaskedExample {
  readonly input: EncoderInput;
}

/** What hides words. */
export interface MaskedSettings {
  readonly mask: number;
  readonly vocabulary: number;
  /** Ids that are never hidden: [CLS], [SEP] and their kin. */
  readonly special: ReadonlySet<number>;
  /** Default 0.15. */
  readonly share?: number;
}

const STEP = 32;
const IGNORED = -100;

/**
 * Masked-language modelling: 15 % of the ids are to be guessed; of these 80 % read [MASK], 10 % another id, 10 % themselves. Source: Devlin et al. 2018, arXiv:1810.04805, section 3.1.
 *
 * @example
 * maskedObjective({ mask: 103, vocabulary: 30_522, special: new Set([101, 102]) }).head; // "words"
 */
export function maskedObjective({ mask, vocabulary, special, share = 0.15 }: MaskedSettings): Objective<MaskedExample> {
  // The same for a look as for a step: by what is drawn, or by places alone.
  const still = (element: number): number => ((element * 2_654_435_761) % 4_294_967_296) / 4_294_967_296;
  const chosen = (examples: readonly MaskedExample[], { places, draw = still }: BatchPlace) =>
    examples.flatMap(({ input }, i) =>
      input.ids.flatMap((id, at) => {
        const row = places[i].first + at;
        return !special.has(id) && draw(3 * row) < share ? [{ row, id, how: draw(3 * row + 1), other: draw(3 * row + 2) }] : [];
      }),
    );
  return {
    head: "words",
    outputs: vocabulary,
    texts: ({ input }) => [input],
    columns(examples, place) {
      const words = chosen(examples, place);
      const room = roomFor(words.length, STEP);
      const [rows, targets] = [new Int32Array(room), new Int32Array(room).fill(IGNORED)];
      for (const [i, { row, id }] of words.entries()) [rows[i], targets[i]] = [row, id];
      return [rowsColumn("hidden", rows), rowsColumn("targets", targets), countColumn(words.length)];
    },
    disguise(ids, examples, place) {
      for (const { row, how, other } of chosen(examples, place)) {
        if (how < 0.8) ids[row] = mask;
        else if (how < 0.9) ids[row] = Math.floor(other * vocabulary);
      }
    },
    loss(states, head, [rows, targets, count]) {
      const scores = head.forward(embedding(states, rows));
      const total = crossEntropy(scores, targets, { ignoreIndex: IGNORED, reduction: "sum" });
      return { total, count, scores: total.reshape([1]) };
    },
    judge: () => new MaskedJudge(),
  };
}

// e^-loss a word: the geometric mean of the probabilities of hidden words would need their count; batches are alike, so their means are.
class MaskedJudge implements Judge<MaskedExample> {
  #loss = 0;
  #words = 0;

  take(examples: readonly MaskedExample[], scores: Float32Array): void {
    this.#loss += scores[0];
    this.#words += examples.reduce((sum, { input }: { input: EncoderInput }) => sum + input.ids.length, 0);
  }

  /** Of all ids, the share of a hidden one's loss: more is better, so it comes negated. */
  metrics(): Record<string, number> {
    return { likelihood: Math.exp(-this.#loss / (0.15 * this.#words || 1)) };
  }
}
