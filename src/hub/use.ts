// What the models of the catalogue are for. Knows no files and no network.
import { InkstoneError } from "../core/index.ts";
import { type CatalogueEntry, catalogue } from "./catalogue.ts";
import { localPath } from "./resolve.ts";

/** What a model is for: to write text, vectors, re-ranking, speech into text, one language into another, Chinese words. */
export type ModelUse = "chat" | "embed" | "rerank" | "speech" | "translation" | "words";

/** What an entry of the catalogue is for. */
export const useOf = ({ use, encoder, writer }: CatalogueEntry): ModelUse => use ?? encoder?.use ?? writer?.use ?? "chat";

/** The entry of the catalogue that a reference names, if one is. */
export const entryOf = (reference: string): CatalogueEntry | undefined => catalogue.find(({ name }) => name === reference.toLowerCase());

/** Names of the catalogue that are for a use, in its order. */
export const modelsFor = (wanted: ModelUse): string[] => catalogue.filter((entry) => useOf(entry) === wanted).map(({ name }) => name);

/** Those of them that are in the store. */
export async function storedFor(wanted: ModelUse): Promise<string[]> {
  const names = modelsFor(wanted);
  const there = await Promise.all(names.map(async (name) => (await localPath(name)) !== undefined));
  return names.filter((_, i) => there[i]);
}

/** Refuses a name of the catalogue that is for something else, before anything is fetched. Errors: `E_MODEL_USE` with the models there are for this. */
export function refuseOtherUse(reference: string, wanted: ModelUse): void {
  const entry = entryOf(reference);
  if (entry !== undefined && useOf(entry) !== wanted)
    throw new InkstoneError("E_MODEL_USE", { model: reference, models: modelsFor(wanted).join(", ") });
}
