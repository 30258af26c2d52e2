// Tables read by id.
import { defineOp, elementsOf, expectShape, type Op, type Rows } from "../op.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Rows of a table by id: y[i] = table[ids[i]]. Shapes: table [V, C], ids [...] i32 -> [..., C]. Types: f32.
 * The gradient of the table is dense; the parts of an id that comes several times are summed in the order of the ids.
 *
 * Errors: `E_SHAPE`; `E_TENSOR_TYPE`; `E_KERNEL` "index" with the first id outside [0, V).
 *
 * @example
 * embedding(tensor([[1, 2], [3, 4]]), tensor(Int32Array.of(1, 0, 1))).dataSync(); // [3, 4, 1, 2, 3, 4]
 */
export const embedding: Op<[table: Tensor, ids: Tensor]> = defineOp({
  name: "embedding",
  shape: ([table, ids]) => {
    expectShape(table.shape.length === 2, "embedding", { en: "a table of two dimensions", zh: "二维表" }, table);
    return { shape: [...ids.shape, table.shape[1]] };
  },
  forward: (run, [table, ids], y) => run.embedding({ table, ids, y, count: ids.size, vocabulary: table.shape[0], width: table.shape[1] }),
  gradient(run, [table, ids], dy, [dtable]) {
    if (dtable) run.embeddingGrad({ ids, dy, dtable, count: ids.size, vocabulary: table.shape[0], width: table.shape[1] });
  },
});

/**
 * Rows of x in any order: y[i] = x[rows[i]]. Shapes: x [T, C], rows [n] i32 -> [n, C]; of `options.rows` of them the results are valid. Types: f32.
 *
 * Errors: `E_SHAPE`; `E_KERNEL` "index" for a row outside x.
 *
 * @example
 * selectRows(tensor([[1, 2], [3, 4]]), tensor(Int32Array.of(1, 1))).dataSync(); // [3, 4, 3, 4]
 */
export const selectRows: Op<[x: Tensor, rows: Tensor, options?: Rows]> = defineOp({
  name: "selectRows",
  shape: ([x, rows]) => {
    expectShape(x.shape.length === 2, "selectRows", { en: "x of two dimensions", zh: "二维的 x" }, x);
    return { shape: [...rows.shape, x.shape[1]] };
  },
  forward(run, [x, rows, options], y) {
    run.embedding({ table: x, ids: rows, y, count: elementsOf("selectRows", rows, options), vocabulary: x.shape[0], width: x.shape[1] });
  },
});
