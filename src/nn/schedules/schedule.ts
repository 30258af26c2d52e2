// What a schedule is. Knows no optimiser.

/** A learning rate for each step; the first step is 0. */
export type Schedule = (step: number) => number;
