// A tag for each word of a sentence: cross-entropy at the first piece of each word, judged by whole entities.
import { accuracy, entityScores } from "../../metrics/index.ts";
import type { EncoderInput } from "../../models/index.ts";
import { embedding, softCrossEntropy, sum } from "../../tensor/index.ts";
import { valuesColumn } from "../loop/index.ts";
import { countColumn, type Judge, type Objective, roomFor, rowsColumn } from "./objective.ts";

/** A sentence in pieces, and the tag of each word by number. */
export interface TagExample {
  readonly input: EncoderInput;
  /** Where the first piece of each word lies. Words that were cut off are not among them. */
  readonly firsts: readonly number[];
  readonly tags: readonly number[];
}

const STEP = 32;

/**
 * Tags words. `names`: what tags are called; where they are B-, I- and O, whole entities are judged.
 *
 * @example
 * tagObjective(["O", "B-PER", "I-PER"]).outputs; // 3
 */
export function tagObjective(names: readonly string[]): Objective<TagExample> {
  const classes = names.length;
  return {
    head: "tokens",
    outputs: classes,
    texts: ({ input }) => [input],
    columns(examples, { places }) {
      const words = examples.flatMap(({ firsts, tags }, i) => firsts.map((at, word) => ({ row: places[i].first + at, tag: tags[word] })));
      const room = roomFor(words.length, STEP);
      const [rows, targets] = [new Int32Array(room), new Float32Array(room * classes)];
      for (const [i, { row, tag }] of words.entries()) {
        rows[i] = row;
        targets[i * classes + tag] = 1;
      }
      return [rowsColumn("words", rows), valuesColumn("targets", targets, [room, classes]), countColumn(words.length)];
    },
    loss(states, head, [rows, targets, count]) {
      const scores = head.forward(embedding(states, rows));
      return { total: sum(softCrossEntropy(scores, targets, { reduction: "none" })), count, scores };
    },
    judge: () => new TagJudge(names),
  };
}

class TagJudge implements Judge<TagExample> {
  readonly #names: readonly string[];
  readonly #truth: string[][] = [];
  readonly #said: string[][] = [];

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  take(examples: readonly TagExample[], scores: Float32Array): void {
    const classes = this.#names.length;
    let row = 0;
    for (const { tags } of examples) {
      this.#truth.push(tags.map((tag) => this.#names[tag]));
      this.#said.push(
        tags.map(() => {
          const own = scores.subarray(row * classes, ++row * classes);
          return this.#names[own.reduce((best, value, at) => (value > own[best] ? at : best), 0)];
        }),
      );
    }
  }

  metrics(): Record<string, number> {
    const words = accuracy(this.#truth.flat(), this.#said.flat());
    if (!this.#names.some((name) => name.startsWith("B-"))) return { accuracy: words };
    return { entityF1: entityScores(this.#truth, this.#said).micro.f, accuracy: words };
  }
}
