// Attention of rows that are written step by step, where rows may go on from one another: beams.
import type { Scalar } from "../../native/index.ts";
import { defineOp, elementsOf, expectShape, type Op, type Rows, rowsOf } from "../op.ts";
import { Tensor } from "../tensor.ts";

/** Keys and values of what has been written, of one layer: each [positions, rows, H, D]. */
export interface History {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** Where a step stands. */
export interface HistoryOptions extends Rows {
  /** Position of all rows. */
  readonly position: Scalar;
  /** i32 [rows, positions]: in which row of the history each row has its past, position by position. */
  readonly ancestors: Tensor;
  /** Usually 1 / sqrt(D). */
  readonly scale: number;
  /** Added to scores: [H, positions], by how far back. Default: nothing. */
  readonly bias?: Tensor | undefined;
}

type Arguments = [q: Tensor, k: Tensor, v: Tensor, history: History, options: HistoryOptions];

/**
 * Puts the keys and values of each row at its place of the history, then attends to the row's past, itself included:
 * y[r, h] = softmax over j (scale · q[r, h] · K[j, a(r, j), h] + bias[h, position - j]) · V. Beams share what they have in common; to follow another row is to write ancestors.
 *
 * Shapes: q, k, v [B, H, D] -> [B, H, D], B at most the rows of the history. Types: f32. Errors: `E_SHAPE`; `E_KERNEL` "index" for an ancestor or a position that is not there.
 *
 * Source: Vaswani et al. 2017, arXiv:1706.03762; the bias Raffel et al. 2020, arXiv:1910.10683, section 2.1.
 *
 * @example
 * const history = { keys: zeros([4, 1, 1, 1]), values: zeros([4, 1, 1, 1]) };
 * const row = (value: number) => tensor([[[value]]]);
 * const ancestors = tensor(Int32Array.of(0, 0, 0, 0), [1, 4]);
 * historyAttention(row(0), row(0), row(2), history, { position: 0, ancestors, scale: 1 });
 * historyAttention(row(0), row(0), row(4), history, { position: 1, ancestors, scale: 1 }).dataSync(); // [3]
 */
export function historyAttention(q: Tensor, k: Tensor, v: Tensor, history: History, options: HistoryOptions): Tensor {
  return attend(q, k, v, history, options);
}

const attend: Op<Arguments> = defineOp<Arguments>({
  name: "historyAttention",
  shape([q, k, v, { keys, values }, { ancestors, bias }]) {
    const [capacity, slots, heads, width] = keys.shape;
    expectShape(
      keys.shape.length === 4 && values.size === keys.size,
      "historyAttention",
      { en: "a history [positions, rows, H, D]", zh: "形如 [位置, 行, H, D] 的历史" },
      keys,
    );
    for (const each of [q, k, v]) {
      const fits = each.shape.length === 3 && each.shape[0] <= slots && each.shape[1] === heads && each.shape[2] === width;
      expectShape(
        fits && each.size === q.size,
        "historyAttention",
        () => ({ en: `at most ${slots} rows [${heads}, ${width}]`, zh: `不超过 ${slots} 行 [${heads}, ${width}]` }),
        each,
      );
    }
    const inside = ancestors.shape.length === 2 && ancestors.shape[0] >= q.shape[0] && ancestors.shape[1] === capacity;
    expectShape(
      inside,
      "historyAttention",
      () => ({ en: `ancestors [${slots}, ${capacity}]`, zh: `形如 [${slots}, ${capacity}] 的 ancestors` }),
      ancestors,
    );
    if (bias)
      expectShape(
        bias.size === heads * capacity,
        "historyAttention",
        () => ({ en: `a bias [${heads}, ${capacity}]`, zh: `形如 [${heads}, ${capacity}] 的偏置` }),
        bias,
      );
    return q;
  },
  forward(run, [q, k, v, { keys, values }, options], y) {
    const { position, ancestors, scale, bias } = options;
    const [capacity, slots, heads, width] = keys.shape;
    const sizes = { rows: rowsOf("historyAttention", q, options), slots, heads, width, position, capacity, scale, hasBias: bias ? 1 : 0 };
    run.historyAttention({ q, k, v, ancestors, bias: bias ?? new Tensor(q.storage, [0], "f32", q.offset), y, keys, values, ...sizes });
  },
});

/**
 * Keeps rows for the next run of a recording: `into` itself, changed in place. Shapes: into [B, C], x [n, C], n at most B. Types: f32. Errors: `E_SHAPE`.
 *
 * @example
 * const kept = zeros([2, 1]);
 * keepRows(kept, tensor([[3]]));
 * kept.dataSync(); // [3, 0]
 */
export const keepRows: Op<[into: Tensor, x: Tensor, options?: Rows]> = defineOp<[Tensor, Tensor, Rows?]>({
  name: "keepRows",
  inPlace: ([into, x]) => {
    const fits = into.shape.length === 2 && x.shape.length === 2 && x.shape[1] === into.shape[1] && x.shape[0] <= into.shape[0];
    expectShape(fits, "keepRows", () => ({ en: `at most [${into.shape.join(", ")}]`, zh: `不超过 [${into.shape.join(", ")}]` }), x);
    return into;
  },
  forward: (run, [into, x, options]) => run.copy({ x, y: into, n: elementsOf("keepRows", x, options) }),
});
