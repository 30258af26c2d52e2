// Schedules by the names of their functions: what saved optimisers are made of again.
import { listed, refuseOption } from "../../core/index.ts";
import { cosineDecay, cosineDecayRestarts, exponentialDecay, inverseTimeDecay, piecewiseConstantDecay, polynomialDecay } from "./decays.ts";
import { oneCycle, oneCycleFastai } from "./one-cycle.ts";
import type { Schedule, ScheduleDescription } from "./schedule.ts";
import { constant, cosine, inverseSquareRoot, later, linear, noam, warmUp } from "./simple.ts";

type Maker = (...given: never[]) => Schedule | { readonly learningRate: Schedule; readonly momentum: Schedule };

const makers: Readonly<Record<string, Maker>> = {
  constant,
  cosine,
  cosineDecay,
  cosineDecayRestarts,
  exponentialDecay,
  inverseSquareRoot,
  inverseTimeDecay,
  later,
  linear,
  noam,
  oneCycle,
  oneCycleFastai,
  piecewiseConstantDecay,
  polynomialDecay,
  warmUp,
};

const isDescription = (value: unknown): value is ScheduleDescription =>
  typeof value === "object" && value !== null && "name" in value && "with" in value && Array.isArray(value.with);

/**
 * The schedule of a description. Errors: `E_OPTION` for a name that is not known, and those of the schedule.
 *
 * @example
 * makeSchedule({ name: "warmUp", with: [2, { name: "constant", with: [0.1] }, 0] })(1); // 0.05
 */
export function makeSchedule(description: ScheduleDescription): Schedule {
  const { name, part } = description;
  if (!Object.hasOwn(makers, name)) refuseOption("schedule", name, listed(Object.keys(makers)));
  const given = description.with.map((one) => (isDescription(one) ? makeSchedule(one) : one));
  const made = makers[name](...(given as never[]));
  if (typeof made === "function") return made;
  return part === "momentum" ? made.momentum : made.learningRate;
}
