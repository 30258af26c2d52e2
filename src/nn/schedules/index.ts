// Schedules: learning rates over steps.
export type { Schedule } from "./schedule.ts";
