// Muon: momentum made orthogonal, for hidden matrices; AdamW for all else.
import { aboveZero, aFlag, belowOne, checkOption, fromZero, InkstoneError, oneOf, type Rules, whole } from "../../core/index.ts";
import { adamUpdate, muonMomentum, newtonSchulz, sgdUpdate, type Tensor, valueOn } from "../../tensor/index.ts";
import { corrections } from "./adam.ts";
import { given } from "./given.ts";
import type { Grouped, ParameterGroup, Parameters } from "./groups.ts";
import { Optimizer, type OptimizerOptions, type Slot, type UpdateCall } from "./optimizer.ts";

/** How the learning rate follows from the shape [R, C] of a matrix: names of PyTorch's `adjust_lr_fn`. */
export type MuonAdjustment = "original" | "match_rms_adamw" | "spectral_unclamped" | "none";

/** Options of `Muon`. */
export interface MuonOptions extends OptimizerOptions {
  /** Default 0.95. */
  readonly momentum?: number;
  /** Default true. */
  readonly nesterov?: boolean;
  /** Steps of the Newton-Schulz iteration. Default 5. */
  readonly nsSteps?: number;
  /** "original": sqrt(max(1, R / C)); "match_rms_adamw": 0.2 · sqrt(max(R, C)); "spectral_unclamped": sqrt(R / C). Default "original" in PyTorch's form. */
  readonly adjustLrFn?: MuonAdjustment;
  /** rmsRate · sqrt(max(R, C)) in the place of `adjustLrFn`; 0: no adjustment. Default 0.2 in Keras's form. */
  readonly rmsRate?: number;
  /** Of parameters that AdamW treats. Default 0.004 in Keras's form, 0.01 in PyTorch's. */
  readonly adamWeightDecay?: number;
  /** Default 0.9. */
  readonly adamBeta1?: number;
  /** Default 0.999. */
  readonly adamBeta2?: number;
  /** Of AdamW. Default 1e-7 in Keras's form, 1e-8 in PyTorch's. */
  readonly epsilon?: number;
}

interface MuonSettings {
  [name: string]: number | boolean;
  momentum: number;
  nesterov: boolean;
  nsSteps: number;
  adamWeightDecay: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  torch: boolean;
}

const adjustments: Readonly<Record<MuonAdjustment, (rows: number, columns: number) => number>> = {
  original: (rows, columns) => Math.sqrt(Math.max(1, rows / columns)),
  match_rms_adamw: (rows, columns) => 0.2 * Math.sqrt(Math.max(rows, columns)),
  spectral_unclamped: (rows, columns) => Math.sqrt(rows / columns),
  none: () => 1,
};

function adjustmentOf({ adjustLrFn, rmsRate }: MuonOptions, torch: boolean): (rows: number, columns: number) => number {
  if (adjustLrFn !== undefined && !Object.hasOwn(adjustments, adjustLrFn)) {
    throw new InkstoneError("E_OPTION", { option: "adjustLrFn", value: adjustLrFn, allowed: Object.keys(adjustments) });
  }
  const rate = rmsRate ?? (torch || adjustLrFn ? undefined : 0.2);
  if (rate === undefined) return adjustments[adjustLrFn ?? "original"];
  checkOption("rmsRate", rate, fromZero);
  return rate === 0 ? adjustments.none : (rows, columns) => rate * Math.sqrt(Math.max(rows, columns));
}

const muonRules: Rules<Omit<MuonOptions, keyof OptimizerOptions>> = {
  momentum: belowOne,
  nesterov: aFlag,
  nsSteps: whole(0, 99),
  adjustLrFn: oneOf(Object.keys(adjustments)),
  rmsRate: fromZero,
  adamWeightDecay: fromZero,
  adamBeta1: belowOne,
  adamBeta2: belowOne,
  epsilon: aboveZero,
};

/**
 * Muon. Matrices move along their momentum with all singular values made near 1; vectors, and groups with `adam`, by AdamW. `bindModule` (and so `compile`) leaves embeddings to AdamW.
 * `new Muon(options)`: Keras's (learningRate 0.001, weightDecay 0.004, rmsRate 0.2). `new Muon(parameters, options)`: PyTorch's (learningRate 0.001, weightDecay 0.1,
 * adjustLrFn "original"). PyTorch iterates in bf16; here that is so within `withPrecision("bf16")`, else f32.
 *
 * R and C are the dimensions of the parameter as it lies: [out, in] in PyTorch's layers, [in, out] in Keras's.
 *
 * Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"; Liu et al. 2025, arXiv:2502.16982. Errors: as `Optimizer`.
 *
 * @example
 * const x = tensor([[3, 0], [0, 4]]).requireGrad();
 * const optimizer = new Muon([x], { learningRate: 0.5, weightDecay: 0, nsSteps: 0 });
 * add(x, x).backward(tensor([[3, 0], [0, 3]]));
 * optimizer.step();
 * x.dataSync(); // [2.6464, 0, 0, 3.6464]
 */
export class Muon extends Optimizer<MuonSettings> {
  readonly #adjustment: (rows: number, columns: number) => number;

  constructor(options?: MuonOptions);
  constructor(parameters: Parameters, options?: MuonOptions);
  constructor(first?: Parameters | MuonOptions, second?: MuonOptions) {
    const { parameters, options, torch } = given("Muon", first, second, muonRules);
    const { momentum = 0.95, nesterov = true, nsSteps = 5, epsilon = torch ? 1e-8 : 1e-7 } = options;
    const { adamWeightDecay = torch ? 0.01 : 0.004, adamBeta1: beta1 = 0.9, adamBeta2: beta2 = 0.999 } = options;
    for (const [option, value] of Object.entries({ momentum, adamBeta1: beta1, adamBeta2: beta2 })) checkOption(option, value, belowOne);
    checkOption("nsSteps", nsSteps, whole(0, 99));
    checkOption("epsilon", epsilon, aboveZero);
    checkOption("adamWeightDecay", adamWeightDecay, fromZero);
    const settings = { momentum, nesterov, nsSteps, adamWeightDecay, beta1, beta2, epsilon, torch };
    super("muon", parameters, { learningRate: 0.001, weightDecay: torch ? 0.1 : 0.004, ...options }, settings);
    this.#adjustment = adjustmentOf(options, torch);
  }

  protected override groupsOf(module: Grouped): readonly ParameterGroup[] {
    const tables = new Set(module.lookupTables);
    const all = module.trainableParameters();
    return [
      { parameters: all.filter((parameter) => !tables.has(parameter)) },
      { parameters: all.filter((parameter) => tables.has(parameter)), adam: true },
    ];
  }

  protected stateOf(parameter: Tensor, { adam = false }: ParameterGroup): Record<string, number> {
    return adam || parameter.shape.length !== 2 ? { m: 0, v: 0 } : { momentumBuffer: 0 };
  }

  protected numbers(step: number): Record<string, number> {
    return { momentum: this.momentum(this.settings.momentum), ...corrections(step, this.settings), adamWeightDecay: this.settings.adamWeightDecay };
  }

  protected update(slot: Slot, gradient: Tensor, call: UpdateCall): void {
    const { momentumBuffer } = slot.state;
    if (momentumBuffer === undefined) this.#byAdam(slot, gradient, call);
    else this.#orthogonally(slot.parameter, momentumBuffer, gradient, call);
  }

  #orthogonally(parameter: Tensor, momentumBuffer: Tensor, gradient: Tensor, call: UpdateCall): void {
    const { nesterov, nsSteps } = this.settings;
    const momentum = call.scalar("momentum");
    const { factor, limit, squares, learningRate, weightDecay } = call;
    const direction = muonMomentum(gradient, { momentumBuffer, factor, momentum, nesterov, limit, squares });
    const [rows, columns] = parameter.shape;
    const move = newtonSchulz(direction.reshape(parameter.shape), { steps: nsSteps });
    sgdUpdate(parameter, move, { learningRate, weightDecay, decoupled: true, factor: valueOn(parameter, this.#adjustment(rows, columns)) });
  }

  #byAdam({ parameter, state, group }: Slot, gradient: Tensor, { scalar, ...call }: UpdateCall): void {
    const { beta1, beta2, epsilon } = this.settings;
    const numbers = { beta1, beta2, epsilon, correction1: scalar("correction1"), correction2: scalar("correction2") };
    const weightDecay = group.weightDecay ?? scalar("adamWeightDecay");
    adamUpdate(parameter, gradient, { m: state["m"], v: state["v"], decoupled: true, ...numbers, ...call, weightDecay });
  }
}
