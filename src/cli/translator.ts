// Opening a translator for a verb, by the name of its model. Knows which kinds of models translate.
import type { TextTranslator } from "../generate/index.ts";
import { openModel } from "./model.ts";
import type { Surroundings } from "./terminal.ts";

/** A translator of a model: a language model that is asked to translate. Errors: those of `openModel`. */
export async function openTranslator(reference: string, around: Surroundings): Promise<TextTranslator> {
  const { modelTranslator } = await import("../apps/index.ts");
  return modelTranslator(await openModel(reference, {}, around), reference);
}
