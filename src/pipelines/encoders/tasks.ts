// What encoders are tuned for, by name. Knows no rows.

/** What an encoder is tuned for. */
export type EncoderTask = "classify" | "pair" | "tag" | "qa" | "similarity" | "words";

/** All of them. */
export const encoderTasks: readonly EncoderTask[] = ["classify", "pair", "tag", "qa", "similarity", "words"];
