// What a low-rank adapter is made of, in numbers. Knows no files and no tensors.

/** Settings of a low-rank adapter, under peft's meanings. */
export interface AdapterSettings {
  /** Width of the addition. */
  readonly rank: number;
  readonly alpha: number;
  /** Share of the inputs of the addition that is dropped in training. */
  readonly dropout: number;
  /** Modules by the end of their names on the hub ("q_proj"), or all of the blocks' matrices. */
  readonly targets: "all-linear" | readonly string[];
  /** alpha / sqrt(rank) in place of alpha / rank (rsLoRA). */
  readonly rankStabilised: boolean;
  /** Sizes of rows apart from their directions (DoRA). */
  readonly decomposed: boolean;
}

/**
 * What an addition is multiplied by.
 *
 * @example
 * adapterScale({ rank: 16, alpha: 32, rankStabilised: true }); // 8
 */
export function adapterScale({ rank, alpha, rankStabilised }: Pick<AdapterSettings, "rank" | "alpha" | "rankStabilised">): number {
  return alpha / (rankStabilised ? Math.sqrt(rank) : rank);
}

/** Whether a module of the hub is among the targets. */
export function isTarget(module: string, targets: AdapterSettings["targets"]): boolean {
  return targets === "all-linear" || targets.some((target) => module === target || module.endsWith(`.${target}`));
}
