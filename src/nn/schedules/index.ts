// Schedules: learning rates over steps.
export * from "./decays.ts";
export * from "./one-cycle.ts";
export { type PlateauState, ReduceOnPlateau, type ReduceOnPlateauOptions } from "./reduce-on-plateau.ts";
export type { Schedule } from "./schedule.ts";
export * from "./simple.ts";
