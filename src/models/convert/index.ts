// convert: models written in other types, behind a gate.
export type { Parity } from "./gate.ts";
export { type QuantizeOptions, type QuantizeResult, quantizeModel } from "./quantize.ts";
export { type Mixture, type MixtureName, mixtureNames, mixtureOf, type Place, typeOfTensor } from "./types.ts";
