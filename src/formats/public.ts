// inkstone/formats: what programs may rely on of this room. Rooms above use index.ts.
export { openSafetensors, type SafetensorsFile } from "./safetensors/file.ts";
export type { SafetensorsEntry } from "./safetensors/header.ts";
export type { SafetensorsType, SafetensorsValues } from "./safetensors/types.ts";
export { type SafetensorsContent, type SafetensorsWriteOptions, writeSafetensors } from "./safetensors/write.ts";
