// One-cycle schedules: up, then down below where it began, with momentum the other way. Knows no optimiser.
import { aboveZero, atLeastOne, checkOption, fromZero, share } from "../../core/index.ts";
import { described, type Schedule } from "./schedule.ts";

/** A learning rate and the momentum (or beta1) that goes with it. */
export interface OneCycle {
  readonly learningRate: Schedule;
  readonly momentum: Schedule;
}

/** Options of `oneCycle`, with PyTorch's names and defaults. */
export interface OneCycleOptions {
  readonly maxLr: number;
  readonly totalSteps: number;
  /** Share of the steps that it rises. Default 0.3. */
  readonly pctStart?: number;
  /** Default "cos". */
  readonly annealStrategy?: "cos" | "linear";
  /** Default 0.85. */
  readonly baseMomentum?: number;
  /** Default 0.95. */
  readonly maxMomentum?: number;
  /** It begins at maxLr / divFactor. Default 25. */
  readonly divFactor?: number;
  /** It ends at maxLr / divFactor / finalDivFactor. Default 1e4. */
  readonly finalDivFactor?: number;
  /** Down to where it began in the same time, and then to the end. Default false. */
  readonly threePhase?: boolean;
}

/** A stretch of a schedule: to `end` (a step) from one rate and momentum to another. */
interface Phase {
  readonly end: number;
  readonly rates: readonly [number, number];
  readonly momenta: readonly [number, number];
}

type Anneal = (from: number, to: number, part: number) => number;
const byCosine: Anneal = (from, to, part) => to + ((from - to) / 2) * (Math.cos(Math.PI * part) + 1);
const byLine: Anneal = (from, to, part) => from + (to - from) * part;

function through(phases: readonly Phase[], anneal: Anneal, name: string, options: unknown): OneCycle {
  const along =
    (values: (phase: Phase) => readonly [number, number]): Schedule =>
    (step) => {
      const found = phases.findIndex(({ end }) => step <= end);
      const at = found < 0 ? phases.length - 1 : found;
      const start = at === 0 ? 0 : phases[at - 1].end;
      const [from, to] = values(phases[at]);
      // A phase without steps is over as soon as it begins.
      const part = phases[at].end > start ? Math.min(1, (step - start) / (phases[at].end - start)) : 1;
      return anneal(from, to, part);
    };
  return {
    learningRate: described(
      along(({ rates }) => rates),
      name,
      [options],
      "learningRate",
    ),
    momentum: described(
      along(({ momenta }) => momenta),
      name,
      [options],
      "momentum",
    ),
  };
}

/**
 * PyTorch's `OneCycleLR`: maxLr / divFactor -> maxLr -> maxLr / divFactor / finalDivFactor over `totalSteps` steps; momentum from `maxMomentum` down to `baseMomentum` and back.
 * `new AdamW(parameters, { learningRate: cycle.learningRate, momentumSchedule: cycle.momentum })`. Errors: `E_OPTION`.
 *
 * Source: Smith & Topin 2018, arXiv:1708.07120.
 *
 * @example
 * const { learningRate, momentum } = oneCycle({ maxLr: 0.25, totalSteps: 11, pctStart: 6 / 11 });
 * [0, 5].map(learningRate); // [0.01, 0.25]
 * [0, 5].map(momentum); // [0.95, 0.85]
 */
export function oneCycle(options: OneCycleOptions): OneCycle {
  const { maxLr, totalSteps, pctStart = 0.3, annealStrategy = "cos", baseMomentum = 0.85, maxMomentum = 0.95 } = options;
  const { divFactor = 25, finalDivFactor = 1e4, threePhase = false } = options;
  for (const [name, value] of Object.entries({ maxLr, divFactor, finalDivFactor })) checkOption(name, value, aboveZero);
  checkOption("totalSteps", totalSteps, atLeastOne);
  for (const [name, value] of Object.entries({ pctStart, baseMomentum, maxMomentum })) checkOption(name, value, share);
  const start = maxLr / divFactor;
  const [last, up] = [start / finalDivFactor, pctStart * totalSteps - 1];
  const rise: Phase = { end: up, rates: [start, maxLr], momenta: [maxMomentum, baseMomentum] };
  const phases: readonly Phase[] = threePhase
    ? [
        rise,
        { end: 2 * up, rates: [maxLr, start], momenta: [baseMomentum, maxMomentum] },
        { end: totalSteps - 1, rates: [start, last], momenta: [maxMomentum, maxMomentum] },
      ]
    : [rise, { end: totalSteps - 1, rates: [maxLr, last], momenta: [baseMomentum, maxMomentum] }];
  return through(phases, annealStrategy === "cos" ? byCosine : byLine, "oneCycle", options);
}

/** Options of `oneCycleFastai`, with fast.ai's names and defaults. */
export interface OneCycleFastaiOptions {
  readonly lrMax: number;
  readonly totalSteps: number;
  /** Share of the steps that it rises. Default 0.25. */
  readonly pctStart?: number;
  /** It begins at lrMax / div. Default 25. */
  readonly div?: number;
  /** It ends at lrMax / divFinal. Default 1e5. */
  readonly divFinal?: number;
  /** Momentum at the beginning, at the top and at the end. Default 0.95, 0.85, 0.95. */
  readonly moms?: readonly [number, number, number];
}

/**
 * fast.ai's `fit_one_cycle`: cosines lrMax / div -> lrMax -> lrMax / divFinal, the first over `pctStart` of all steps. Errors: `E_OPTION`.
 *
 * Source: Howard & Gugger 2020, "fastai: A Layered API for Deep Learning", arXiv:2002.04688.
 *
 * @example
 * const { learningRate, momentum } = oneCycleFastai({ lrMax: 0.25, totalSteps: 20 });
 * [0, 5].map(learningRate); // [0.01, 0.25]
 * [0, 5].map(momentum); // [0.95, 0.85]
 */
export function oneCycleFastai(options: OneCycleFastaiOptions): OneCycle {
  const { lrMax, totalSteps, pctStart = 0.25, div = 25, divFinal = 1e5, moms = [0.95, 0.85, 0.95] } = options;
  for (const [name, value] of Object.entries({ lrMax, div, divFinal })) checkOption(name, value, aboveZero);
  checkOption("totalSteps", totalSteps, atLeastOne);
  checkOption("pctStart", pctStart, share);
  for (const momentum of moms) checkOption("moms", momentum, fromZero);
  const phases: readonly Phase[] = [
    { end: pctStart * totalSteps, rates: [lrMax / div, lrMax], momenta: [moms[0], moms[1]] },
    { end: totalSteps, rates: [lrMax, lrMax / divFinal], momenta: [moms[1], moms[2]] },
  ];
  return through(phases, byCosine, "oneCycleFastai", options);
}
