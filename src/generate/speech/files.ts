// Which files a recogniser is made of: a folder as CTranslate2 has it, or a model of the catalogue. Reads small files only.
import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { entryOf, modelsFor, type PullProgress, refuseOtherUse, resolveModel } from "../../hub/index.ts";
import { exists, type Json, readJson } from "../small-files.ts";
import type { SpeechFiles } from "./protocol.ts";
import { whisperLanguages } from "./whisper-languages.ts";

/** How a fetch is watched. */
export interface SpeechWishes {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
}

function idsOf(config: Json, key: string): number[] {
  const value = config[key] ?? [];
  const fits = Array.isArray(value) && value.length < 65_536 && value.every((id) => Number.isInteger(id) && id >= 0);
  if (!fits) throw new InkstoneError("E_MODEL_CONFIG", { key, value: typeof value, allowed: { en: "a list of ids", zh: "编号列表" } });
  return value as number[];
}

async function filesOf(name: string, weights: string, config: string, tokenizer: string): Promise<SpeechFiles> {
  const said = await readJson(config);
  if (said === undefined) throw new InkstoneError("E_MODEL_FILE_MISSING", { path: `${name}/config.json` });
  return { name, weights, tokenizer, never: idsOf(said, "suppress_ids"), neverFirst: idsOf(said, "suppress_ids_begin"), languages: whisperLanguages };
}

/**
 * The files of a recogniser: a folder with model.bin, config.json and tokenizer.json, or a name of the catalogue (fetched when it is not at hand).
 *
 * Errors: `E_MODEL_FILE_MISSING`, `E_MODEL_CONFIG`, `E_MODEL_USE` for a model that is for something else; those of `resolveModel`.
 */
export async function speechFiles(reference: string, { signal, onProgress }: SpeechWishes = {}): Promise<SpeechFiles> {
  const found = await stat(reference).catch(() => undefined);
  if (found?.isDirectory()) {
    const [folder, name] = [resolve(reference), basename(resolve(reference))];
    for (const file of ["model.bin", "tokenizer.json"])
      if (!(await exists(join(folder, file)))) throw new InkstoneError("E_MODEL_FILE_MISSING", { path: `${name}/${file}` });
    return filesOf(name, join(folder, "model.bin"), join(folder, "config.json"), folder);
  }
  refuseOtherUse(reference, "speech");
  const models = modelsFor("speech").join(", ");
  if (found?.isFile()) throw new InkstoneError("E_MODEL_USE", { model: basename(reference), models: `${models}, a folder with model.bin` });
  const { path, companions = {} } = await resolveModel(reference, { signal, onProgress });
  if (entryOf(reference) === undefined) throw new InkstoneError("E_MODEL_USE", { model: reference, models });
  return filesOf(reference, path, companions["config.json"], companions["tokenizer.json"]);
}
