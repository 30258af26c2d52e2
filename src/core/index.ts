// core: what every room may know. Errors, limits, random numbers, small shared types.
export { counted } from "./counted.ts";
export * from "./errors/index.ts";
export { brainsToSingles, halvesToSingles, numberToHalf, singlesToBrains, singlesToHalves } from "./half.ts";
export * from "./home.ts";
export * from "./json-place.ts";
export { type Lazily, lazily } from "./lazily.ts";
export * from "./limits.ts";
export * from "./locale.ts";
export * from "./nearest.ts";
export * from "./options.ts";
export * from "./random.ts";
export { plainly, shortened } from "./shortened.ts";
export { softmax } from "./softmax.ts";
export * from "./sparse.ts";
export { Pieces } from "./turns.ts";
export * from "./utf8.ts";
