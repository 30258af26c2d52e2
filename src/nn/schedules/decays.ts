// Keras's learning-rate schedules, with its argument names in camelCase. Knows no optimiser.
import { aboveZero, aNumber, atLeastOne, checkOption, countFromZero, fromZero, InkstoneError } from "../../core/index.ts";
import { described, type Schedule } from "./schedule.ts";

/** Options of `exponentialDecay` and `inverseTimeDecay`. */
export interface DecayOptions {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  readonly decayRate: number;
  /** In steps of `decaySteps`, not smoothly. Default false. */
  readonly staircase?: boolean;
}

function checkDecay({ initialLearningRate, decaySteps, decayRate }: DecayOptions): void {
  checkOption("initialLearningRate", initialLearningRate, aboveZero);
  checkOption("decaySteps", decaySteps, atLeastOne);
  checkOption("decayRate", decayRate, aboveZero);
}

/**
 * initialLearningRate · decayRate^(step / decaySteps). Keras's `ExponentialDecay`; PyTorch's `ExponentialLR` with decaySteps 1, `StepLR` with staircase. Errors: `E_OPTION`.
 *
 * @example
 * const schedule = exponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5, staircase: true });
 * [0, 9, 10, 20].map(schedule); // [0.1, 0.1, 0.05, 0.025]
 */
export function exponentialDecay(options: DecayOptions): Schedule {
  checkDecay(options);
  const { initialLearningRate, decaySteps, decayRate, staircase = false } = options;
  return described((step) => initialLearningRate * decayRate ** (staircase ? Math.floor(step / decaySteps) : step / decaySteps), "exponentialDecay", [
    options,
  ]);
}

/**
 * initialLearningRate / (1 + decayRate · step / decaySteps). Keras's `InverseTimeDecay`. Errors: `E_OPTION`.
 *
 * @example
 * inverseTimeDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 1 })(10); // 0.05
 */
export function inverseTimeDecay(options: DecayOptions): Schedule {
  checkDecay(options);
  const { initialLearningRate, decaySteps, decayRate, staircase = false } = options;
  return described(
    (step) => initialLearningRate / (1 + decayRate * (staircase ? Math.floor(step / decaySteps) : step / decaySteps)),
    "inverseTimeDecay",
    [options],
  );
}

/** Options of `polynomialDecay`. */
export interface PolynomialDecayOptions {
  readonly initialLearningRate: number;
  readonly decaySteps: number;
  /** Default 0.0001. */
  readonly endLearningRate?: number;
  /** Default 1. */
  readonly power?: number;
  /** Begins anew, over a longer stretch, when the end is reached. Default false. */
  readonly cycle?: boolean;
}

/**
 * (initialLearningRate - endLearningRate) · (1 - step / decaySteps)^power + endLearningRate. Keras's `PolynomialDecay`. Errors: `E_OPTION`.
 *
 * @example
 * const schedule = polynomialDecay({ initialLearningRate: 0.4, decaySteps: 10, endLearningRate: 0, power: 2 });
 * [0, 5, 10, 20].map(schedule); // [0.4, 0.1, 0, 0]
 */
export function polynomialDecay(options: PolynomialDecayOptions): Schedule {
  const { initialLearningRate, decaySteps, endLearningRate = 0.0001, power = 1, cycle = false } = options;
  checkOption("initialLearningRate", initialLearningRate, aboveZero);
  checkOption("decaySteps", decaySteps, atLeastOne);
  checkOption("endLearningRate", endLearningRate, fromZero);
  checkOption("power", power, aboveZero);
  return described(
    (step) => {
      const stretch = decaySteps * (cycle ? Math.max(1, Math.ceil(step / decaySteps)) : 1);
      return (initialLearningRate - endLearningRate) * (1 - Math.min(1, step / stretch)) ** power + endLearningRate;
    },
    "polynomialDecay",
    [options],
  );
}

/** Options of `cosineDecay`. */
export interface CosineDecayOptions {
  /** At step 0; may be 0 where there is a warm-up. */
  readonly initialLearningRate: number;
  /** Without the warm-up. */
  readonly decaySteps: number;
  /** The end, as a share of the highest rate. Default 0. */
  readonly alpha?: number;
  /** Where the warm-up goes to. Default: none. */
  readonly warmupTarget?: number;
  /** Default 0. */
  readonly warmupSteps?: number;
}

/**
 * With `warmupTarget`, in a straight line to it over `warmupSteps` steps; then along half a cosine to `alpha` of it over `decaySteps`. Keras's `CosineDecay`. Errors: `E_OPTION`.
 *
 * @example
 * const schedule = cosineDecay({ initialLearningRate: 0, warmupTarget: 0.1, warmupSteps: 4, decaySteps: 10 });
 * [0, 2, 4, 9, 14].map(schedule); // [0, 0.05, 0.1, 0.05, 0]
 */
export function cosineDecay(options: CosineDecayOptions): Schedule {
  const { initialLearningRate, decaySteps, alpha = 0, warmupTarget, warmupSteps = 0 } = options;
  checkOption("initialLearningRate", initialLearningRate, warmupTarget === undefined ? aboveZero : fromZero);
  checkOption("decaySteps", decaySteps, atLeastOne);
  checkOption("alpha", alpha, fromZero);
  checkOption("warmupSteps", warmupSteps, countFromZero);
  if (warmupTarget !== undefined) checkOption("warmupTarget", warmupTarget, aboveZero);
  const [top, before] = warmupTarget === undefined ? [initialLearningRate, 0] : [warmupTarget, warmupSteps];
  return described(
    (step) => {
      if (step < before) return initialLearningRate + ((top - initialLearningRate) * step) / before;
      const part = Math.min(1, (step - before) / decaySteps);
      return top * ((1 - alpha) * 0.5 * (1 + Math.cos(Math.PI * part)) + alpha);
    },
    "cosineDecay",
    [options],
  );
}

/** Options of `cosineDecayRestarts`. */
export interface CosineDecayRestartsOptions {
  readonly initialLearningRate: number;
  readonly firstDecaySteps: number;
  /** Each stretch is so many times as long as the one before. Default 2. */
  readonly tMul?: number;
  /** Each begins at so much of the rate of the one before. Default 1. */
  readonly mMul?: number;
  /** As in `cosineDecay`. Default 0. */
  readonly alpha?: number;
}

/**
 * Half cosines, one after the other. Keras's `CosineDecayRestarts`. Errors: `E_OPTION`.
 *
 * Source: Loshchilov & Hutter 2017, arXiv:1608.03983.
 *
 * @example
 * const schedule = cosineDecayRestarts({ initialLearningRate: 0.1, firstDecaySteps: 10 });
 * [0, 5, 10, 20].map(schedule); // [0.1, 0.05, 0.1, 0.05]
 */
export function cosineDecayRestarts(options: CosineDecayRestartsOptions): Schedule {
  const { initialLearningRate, firstDecaySteps, tMul = 2, mMul = 1, alpha = 0 } = options;
  checkOption("initialLearningRate", initialLearningRate, aboveZero);
  checkOption("firstDecaySteps", firstDecaySteps, atLeastOne);
  for (const [name, value] of Object.entries({ tMul, mMul })) checkOption(name, value, aboveZero);
  checkOption("tMul", tMul, aNumber({ from: 1 }));
  checkOption("alpha", alpha, fromZero);
  return described(
    (step) => {
      const stretches = step / firstDecaySteps;
      let restart = tMul === 1 ? Math.floor(stretches) : Math.floor(Math.log(1 - stretches * (1 - tMul)) / Math.log(tMul));
      const before = (i: number) => (tMul === 1 ? i : (1 - tMul ** i) / (1 - tMul));
      // The logarithm may fall a little short of a whole number.
      if (before(restart + 1) <= stretches) restart++;
      const part = (stretches - before(restart)) / tMul ** restart;
      return initialLearningRate * ((1 - alpha) * 0.5 * mMul ** restart * (1 + Math.cos(Math.PI * part)) + alpha);
    },
    "cosineDecayRestarts",
    [options],
  );
}

/**
 * values[i] up to and with step boundaries[i], the last value behind them all. Keras's `PiecewiseConstantDecay`.
 * Errors: `E_OPTION` unless boundaries rise and there is one value more than there are boundaries.
 *
 * @example
 * const schedule = piecewiseConstantDecay({ boundaries: [4, 9], values: [0.1, 0.05, 0.01] });
 * [0, 4, 5, 10].map(schedule); // [0.1, 0.1, 0.05, 0.01]
 */
export function piecewiseConstantDecay({
  boundaries,
  values,
}: {
  readonly boundaries: readonly number[];
  readonly values: readonly number[];
}): Schedule {
  for (const value of values) checkOption("values", value, fromZero);
  if (values.length !== boundaries.length + 1) {
    const allowed = {
      en: `${boundaries.length + 1} values for ${boundaries.length} boundaries`,
      zh: `${boundaries.length} 个边界需要 ${boundaries.length + 1} 个值`,
    };
    throw new InkstoneError("E_OPTION", { option: "values", value: values, allowed });
  }
  if (!boundaries.every((boundary, i) => i === 0 || boundary > boundaries[i - 1])) {
    throw new InkstoneError("E_OPTION", { option: "boundaries", value: boundaries, allowed: { en: "rising steps", zh: "递增的步数" } });
  }
  return described(
    (step) => {
      const found = boundaries.findIndex((boundary) => step <= boundary);
      return values[found < 0 ? boundaries.length : found];
    },
    "piecewiseConstantDecay",
    [{ boundaries, values }],
  );
}
