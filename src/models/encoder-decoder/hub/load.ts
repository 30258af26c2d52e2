// From a folder of the hub to a model that reads a text and writes another.
import { InkstoneError } from "../../../core/index.ts";
import { type HubFolder, openHubFolder, widened } from "../../../formats/index.ts";
import type { Precision } from "../../../native/index.ts";
import type { Device } from "../../../tensor/index.ts";
import { packedMaker } from "../../encoder/weight-makers.ts";
import { hubSettings, type Settings } from "../../settings.ts";
import { PartReader, type ValuesByName } from "../writing/engine-weights.ts";
import { TextToText, type TextToTextParts } from "../writing/text-to-text.ts";
import { buildHubMarian } from "./marian.ts";
import { buildT5 } from "./t5.ts";

/** Ids with a meaning. */
interface Ids {
  readonly start: number;
  readonly end: number;
  readonly never: readonly number[];
}

type Build = (settings: Settings, ids: Ids, reader: PartReader) => TextToTextParts;
const families: Readonly<Record<string, Build>> = { marian: buildHubMarian, t5: buildT5 };

/** A model and what its config.json says of how it is used. */
export interface HubTextToText {
  readonly model: TextToText;
  /** Beams where nothing is said. */
  readonly beams: number;
  /** What stands before a text, by direction ("en_de"). */
  readonly prefixes: ReadonlyMap<string, string>;
}

/**
 * Loads Marian (opus-mt) or T5 from a folder with config.json and safetensors.
 *
 * Errors: `E_MODEL_FOLDER`, `E_MODEL_ARCHITECTURE`, `E_MODEL_CONFIG` (a key that is not known as well), `E_MODEL_TENSORS`, `E_MODEL_MEMORY`, `E_FORMAT_…`.
 *
 * @example
 * await loadHubTextToText(".", cpu(), "exact"); // throws E_MODEL_FOLDER
 */
export async function loadHubTextToText(path: string, device: Device, precision: Precision): Promise<HubTextToText> {
  const folder = await openHubFolder(path);
  try {
    const build = families[String(folder.config.model_type)];
    if (build === undefined)
      throw new InkstoneError("E_MODEL_ARCHITECTURE", {
        architecture: String(folder.config.model_type),
        supported: Object.keys(families).join(", "),
      });
    const settings = hubSettings(folder.config);
    const beams = settings.number({ hub: ["num_beams"] }, { low: 1, high: 16, fallback: 4 });
    checkMemory(folder);
    const reader = new PartReader(valuesOf(folder), device, packedMaker(device, precision));
    try {
      const parts = build(settings, idsOf(settings, folder.config), reader);
      return { model: new TextToText(parts, device, precision), beams, prefixes: prefixesOf(folder.config) };
    } catch (error) {
      reader.dispose();
      throw error;
    }
  } finally {
    folder.close();
  }
}

function idsOf(settings: Settings, config: Readonly<Record<string, unknown>>): Ids {
  const id = (key: string, fallback?: number) =>
    settings.number({ hub: [key] }, { low: 0, high: 2 ** 24, ...(fallback === undefined ? {} : { fallback }) });
  const padding = id("pad_token_id");
  const bad = Array.isArray(config.bad_words_ids)
    ? config.bad_words_ids.flatMap((words: unknown) => (Array.isArray(words) && words.length === 1 ? words : []))
    : [];
  return {
    start: id("decoder_start_token_id", padding),
    end: id("eos_token_id"),
    never: [padding, ...bad.filter((each): each is number => Number.isInteger(each))],
  };
}

function prefixesOf({ task_specific_params: tasks }: Readonly<Record<string, unknown>>): Map<string, string> {
  const found = new Map<string, string>();
  if (typeof tasks !== "object" || tasks === null) return found;
  for (const [task, given] of Object.entries(tasks)) {
    const [, from, to] = /^translation_(\w+)_to_(\w+)$/.exec(task) ?? [];
    const prefix = (given as { prefix?: unknown } | null)?.prefix;
    if (from !== undefined && typeof prefix === "string") found.set(`${from}_${to}`, prefix);
  }
  return found;
}

function checkMemory({ tensors }: HubFolder): void {
  let needed = 0;
  for (const { shape } of tensors.values()) needed += 4 * shape.reduce((product, size) => product * size, 1);
  const available = process.availableMemory();
  if (needed > available) throw new InkstoneError("E_MODEL_MEMORY", { needed, available });
}

function valuesOf(folder: HubFolder): ValuesByName {
  return {
    shape: (name) => folder.tensors.get(name)?.shape,
    values(name) {
      const tensor = folder.tensors.get(name);
      const known = tensor === undefined ? undefined : weightTypes[tensor.type];
      if (tensor === undefined || known === undefined)
        throw new InkstoneError("E_FORMAT_UNSUPPORTED", { tensor: name, type: tensor?.type ?? "-", supported: Object.keys(weightTypes).join(", ") });
      const bytes = new Uint8Array(tensor.bytes);
      tensor.read(0, bytes);
      return widened(bytes, known);
    },
  };
}

const weightTypes: Readonly<Record<string, "f32" | "f16" | "bf16">> = { F32: "f32", F16: "f16", BF16: "bf16" };
