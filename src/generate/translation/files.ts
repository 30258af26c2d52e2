// Which files a translator is made of: a folder of the hub or of Firefox, or a model of the catalogue. Reads small files only.
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { catalogue, entryOf, type PullProgress, refuseOtherUse, resolveModel } from "../../hub/index.ts";
import { exists, readJson } from "../small-files.ts";
import type { TranslatorFiles } from "./protocol.ts";

/** How a fetch is watched. */
export interface TranslatorWishes {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
}

/** A folder of the hub, a run whose last export is one; or as Firefox calls them: model.enpt.intgemm.alphas.bin, vocab.enpt.spm, srcvocab and trgvocab: as Firefox calls them. */
async function ofFolder(folder: string): Promise<TranslatorFiles> {
  const name = basename(folder);
  if (await exists(join(folder, "config.json"))) return { name, model: { kind: "hub", folder } };
  if (await exists(join(folder, "hub", "config.json"))) return { name, model: { kind: "hub", folder: join(folder, "hub") } };
  const files = await readdir(folder);
  const one = (pattern: RegExp) => files.find((file) => pattern.test(file));
  const weights = one(/^model\..*\.bin$/) ?? one(/\.bin$/);
  if (weights === undefined) throw new InkstoneError("E_MODEL_FILE_MISSING", { path: `${name}/config.json` });
  const both = one(/^vocab\..*spm$/);
  const [source, target] = [one(/^srcvocab\..*spm$/) ?? both, one(/^trgvocab\..*spm$/) ?? both];
  if (source === undefined || target === undefined) throw new InkstoneError("E_MODEL_FILE_MISSING", { path: `${name}/vocab.spm` });
  const [, from, to] = /^model\.([a-z]{2})([a-z]{2})\./.exec(weights) ?? [];
  return { name, from, to, model: { kind: "marian", weights: join(folder, weights), source: join(folder, source), target: join(folder, target) } };
}

/**
 * Names of the catalogue that translate, those of a direction where one is given.
 *
 * @example
 * translators({ to: "pt" }); // ["bergamot:en-pt"]
 */
export function translators({ from, to }: { readonly from?: string | undefined; readonly to?: string | undefined } = {}): string[] {
  return catalogue.flatMap(({ name, writer }) => {
    if (writer?.use !== "translation" || (from !== undefined && writer.from !== from) || (to !== undefined && writer.to !== to)) return [];
    return [name];
  });
}

/**
 * Whether a reference means a model that translates and does nothing else: a name of the catalogue, or a folder of Marian, T5 or Firefox's.
 *
 * @example
 * await isTranslator("bergamot:en-pt"); // true
 * await isTranslator("smollm2:135m"); // false
 */
export async function isTranslator(reference: string): Promise<boolean> {
  const found = await stat(reference).catch(() => undefined);
  if (!found?.isDirectory()) return translators().includes(reference);
  const config = (await readJson(join(reference, "config.json"))) ?? (await readJson(join(reference, "hub", "config.json")));
  if (config !== undefined) return config.model_type === "marian" || config.model_type === "t5";
  return (await readdir(reference)).some((file) => file.endsWith(".spm"));
}

/**
 * The files of a translator: a folder (config.json with safetensors and a vocabulary, or Firefox's), or a name of the catalogue (fetched when it is not at hand).
 *
 * Errors: `E_MODEL_FILE_MISSING`, `E_MODEL_USE` for a model that is for something else; those of `resolveModel`.
 */
export async function translatorFiles(reference: string, { signal, onProgress }: TranslatorWishes = {}): Promise<TranslatorFiles> {
  const found = await stat(reference).catch(() => undefined);
  if (found?.isDirectory()) return ofFolder(resolve(reference));
  refuseOtherUse(reference, "translation");
  const models = translators().join(", ");
  if (found?.isFile()) throw new InkstoneError("E_MODEL_USE", { model: basename(reference), models: `${models}, a folder` });
  const { path, companions = {} } = await resolveModel(reference, { signal, onProgress });
  const writer = entryOf(reference)?.writer;
  if (writer?.use !== "translation") throw new InkstoneError("E_MODEL_USE", { model: reference, models });
  const vocabulary = companions["vocab.spm"];
  const { from, to } = writer;
  return { name: reference, from, to, model: { kind: "marian", weights: path, source: vocabulary, target: vocabulary } };
}
