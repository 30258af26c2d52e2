// Schedules: learning rates over steps.
export * from "./decays.ts";
export { makeSchedule } from "./named.ts";
export * from "./one-cycle.ts";
export { type PlateauState, ReduceOnPlateau, type ReduceOnPlateauOptions } from "./reduce-on-plateau.ts";
export { describeSchedule, type Schedule, type ScheduleDescription } from "./schedule.ts";
export * from "./simple.ts";
