// What a schedule is, and how one is told in words so that it can be made again. Knows no optimiser.

/** A learning rate for each step; the first step is 0. */
export type Schedule = (step: number) => number;

/** A schedule as plain data: which it is, and what it was made with. */
export interface ScheduleDescription {
  readonly name: string;
  /** What it was called with; a schedule among them as its description. */
  readonly with: readonly unknown[];
  /** Of one that gives several schedules: which. */
  readonly part?: string;
}

const descriptions = new WeakMap<Schedule, ScheduleDescription>();

/** Notes what a schedule was made with. */
export function described(schedule: Schedule, name: string, given: readonly unknown[], part?: string): Schedule {
  const told = given.map((one) => (typeof one === "function" ? (describeSchedule(one as Schedule) ?? one) : one));
  // One that holds a function of the program cannot be told.
  if (told.every((one) => typeof one !== "function")) descriptions.set(schedule, { name, with: told, ...(part === undefined ? {} : { part }) });
  return schedule;
}

/**
 * A schedule of this library as plain data; undefined for a function of the program.
 *
 * @example
 * describeSchedule(linear({ rate: 0.1, steps: 10 })); // { name: "linear", with: [{ rate: 0.1, steps: 10 }] }
 * describeSchedule(() => 0.1); // undefined
 */
export function describeSchedule(schedule: Schedule): ScheduleDescription | undefined {
  return descriptions.get(schedule);
}
