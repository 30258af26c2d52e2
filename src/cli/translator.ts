// Opening a translator for a verb, by the name of its model. Knows which kinds of models translate.
import type { TextTranslator } from "../generate/index.ts";
import { openWithProgress } from "./encoder.ts";
import { ofRun, openModel } from "./model.ts";
import type { Surroundings } from "./terminal.ts";

/** A translator of a model: one that does nothing else, or a language model that is asked to translate. Errors: those of `Translator.open` and `openModel`. */
export async function openTranslator(reference: string, around: Surroundings): Promise<TextTranslator> {
  const { isTranslator, Translator } = await import("../generate/index.ts");
  // Of a run that is going on: its best weights so far.
  await ofRun(reference);
  if (await isTranslator(reference)) return openWithProgress(around, (more) => Translator.open(reference, more));
  const { modelTranslator } = await import("../apps/index.ts");
  return modelTranslator(await openModel(reference, {}, around), reference);
}
