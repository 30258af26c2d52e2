// Sums of losses and what they are the mean of. Knows no models.
import { add, clip, divide, multiply, noGrad, scale, type Tensor } from "../../tensor/index.ts";

interface Summed {
  readonly total: Tensor;
  readonly count: number | Tensor;
  readonly penalty?: Tensor;
}

/** total / count; 0 where nothing counts. */
export function lossOfParts({ total, count }: Summed): Tensor {
  if (typeof count === "number") return scale(total, 1 / count);
  return divide(
    total,
    noGrad(() => clip(count, 1e-30, 3e38)),
  );
}

/** The total with its penalty, which belongs to the mean: penalty · count. */
export function penalised({ total, count, penalty }: Summed): Tensor {
  if (penalty === undefined) return total;
  return add(total, typeof count === "number" ? scale(penalty, count) : multiply(penalty, count));
}
