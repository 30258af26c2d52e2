// inkstone/formats: what programs may rely on of this room. Rooms above use index.ts.
export type { GgufFile } from "./gguf/file.ts";
export { openGguf } from "./gguf/open.ts";
export { type HubFolder, type HubTensor, openHubFolder } from "./hub-folder.ts";
export { openSafetensors, type SafetensorsFile } from "./safetensors/file.ts";
export type { SafetensorsEntry } from "./safetensors/header.ts";
export type { SafetensorsType, SafetensorsValues } from "./safetensors/types.ts";
export { type SafetensorsContent, type SafetensorsWriteOptions, writeSafetensors } from "./safetensors/write.ts";
