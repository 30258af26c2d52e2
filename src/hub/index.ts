// hub: the model store. References to files: catalogue, sources, verified and resumable downloads. Knows no file formats and no models' insides.
export {
  type CatalogueEntry,
  type CatalogueSource,
  type Companion,
  catalogue,
  type EncoderDeclaration,
  type WriterDeclaration,
} from "./catalogue.ts";
export { lockHolder, takeLock } from "./lock.ts";
export { type ModelReference, parseReference } from "./reference.ts";
export { localFile, localPath, pullModel, type ResolvedModel, resolveModel } from "./resolve.ts";
export { type PullOptions, type PullProgress, storePath } from "./settings.ts";
export { listModels, type RemovedModel, removeModel, type StoredModel } from "./stored.ts";
export { entryOf, type ModelUse, modelsFor, refuseOtherUse, storedFor, useOf } from "./use.ts";
