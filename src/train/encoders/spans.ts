// Where in a passage the answer stands: cross-entropy over the pieces of each input for its first and its last.
import type { EncoderInput } from "../../models/index.ts";
import { add, embedding, scale, slice, softCrossEntropy, sum } from "../../tensor/index.ts";
import { valuesColumn } from "../loop/index.ts";
import { type Judge, type Objective, roomFor, rowsColumn } from "./objective.ts";

/** A question with a window of its passage. */
export interface SpanExample {
  readonly input: EncoderInput;
  /** First and last piece of the answer; [0, 0]: this window does not hold it. */
  readonly answer: readonly [first: number, last: number];
}

const STEP = 64;
const HIDDEN = -1e9;

/**
 * Finds answers.
 *
 * @example
 * spanObjective().outputs; // 2
 */
export function spanObjective(): Objective<SpanExample> {
  return {
    head: "answers",
    outputs: 2,
    texts: ({ input }) => [input],
    columns(examples, { places }) {
      const room = roomFor(Math.max(...places.map(({ length }) => length)), STEP);
      const size = examples.length * room;
      const rows = new Int32Array(size);
      const [hidden, starts, ends] = [new Float32Array(size).fill(HIDDEN), new Float32Array(size), new Float32Array(size)];
      for (const [i, { answer }] of examples.entries()) {
        for (let at = 0; at < places[i].length; at++) {
          rows[i * room + at] = places[i].first + at;
          hidden[i * room + at] = 0;
        }
        starts[i * room + answer[0]] = ends[i * room + answer[1]] = 1;
      }
      const shape = [examples.length, room];
      return [
        rowsColumn("pieces", rows, shape),
        ...Object.entries({ hidden, starts, ends }).map(([name, values]) => valuesColumn(name, values, shape)),
      ];
    },
    loss(states, head, [pieces, hidden, starts, ends]) {
      const [rows, room] = pieces.shape;
      const scores = embedding(head.forward(states), pieces);
      const side = (at: number) => add(slice(scores, [0, 0, at], [-1, -1, 1]).reshape([rows, room]), hidden);
      const lost = (at: number, targets: typeof starts) => sum(softCrossEntropy(side(at), targets, { reduction: "none" }));
      return { total: scale(add(lost(0, starts), lost(1, ends)), 0.5), count: rows, scores };
    },
    judge: () => new SpanJudge(),
  };
}

// The share of windows whose best span is the right one.
class SpanJudge implements Judge<SpanExample> {
  #right = 0;
  #all = 0;

  take(examples: readonly SpanExample[], scores: Float32Array): void {
    const room = scores.length / 2 / examples.length;
    for (const [i, { input, answer }] of examples.entries()) {
      const best = [0, 1].map((side) => {
        let most = 0;
        for (let at = 1; at < input.ids.length; at++) if (scores[(i * room + at) * 2 + side] > scores[(i * room + most) * 2 + side]) most = at;
        return most;
      });
      this.#right += best[0] === answer[0] && best[1] === answer[1] ? 1 : 0;
      this.#all++;
    }
  }

  metrics(): Record<string, number> {
    return { exactWindows: this.#right / (this.#all || 1) };
  }
}
