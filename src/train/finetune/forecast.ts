// What a fine-tuning will cost, before it begins: its rows checked, its memory, and the time of a step that is made for it. Writes nothing.
import { openTrainableDecoder } from "../../models/index.ts";
import { cpu } from "../../tensor/index.ts";
import { TrainingLoop } from "../loop/index.ts";
import { type BaseModel, openBase } from "./model.ts";
import type { FinetunePlan } from "./plan.ts";
import { optimizerOf, refuseBase, tuningOf } from "./run.ts";
import { type CheckedSettings, type FinetuneSettings, finetuneSettings } from "./settings.ts";
import { preferenceData, type TuningData, tuningData } from "./tuning-data.ts";

/** A row that would be left out. */
export interface RefusedRow {
  readonly line: number;
  readonly why: "withoutAnswer" | "tooLong";
}

/** What is known before a run is begun. */
export interface FinetuneForecast extends FinetunePlan {
  /** The first rows that would be left out. */
  readonly refused: readonly RefusedRow[];
  readonly tokensPerStep: number;
  readonly secondsPerStep: number;
  /** Of all steps, without looks at the validation rows. */
  readonly seconds: number;
}

/** Refused rows that are told one by one. */
const MOST_TOLD = 50;

/**
 * Reads the rows, opens the model, makes two steps on the first of them, and says what the whole would take. Errors: those of `finetune` before its first step.
 *
 * @example
 * await writeFile("asked.jsonl", '{"prompt":"Ink?","completion":"Stone."}\n'.repeat(4) + '{"prompt":"Pen?","completion":""}\n');
 * const forecast = await forecastFinetune("model.gguf", "asked.jsonl", { rank: 2, epochs: 1, validation: 0 });
 * forecast.refused; // [{ line: 5, why: "withoutAnswer" }]
 */
export async function forecastFinetune(
  model: string,
  data: string,
  { signal, ...given }: FinetuneSettings & { readonly signal?: AbortSignal } = {},
): Promise<FinetuneForecast> {
  const settings = finetuneSettings(given);
  const refused: RefusedRow[] = [];
  const onRefused = (line: number, why: RefusedRow["why"]) => refused.length < MOST_TOLD && refused.push({ line, why });
  const base = await openBase(model, { signal });
  try {
    refuseBase(base, settings);
    const whole = await dataOf(base, settings, { data, signal, onRefused });
    const few = await dataOf(base, { ...settings, validation: 0 }, { data, signal, most: 4 * settings.batch * settings.accumulate });
    const open = await openTrainableDecoder(base.file, cpu(), { ...tuningOf(settings), contextLength: whole.length, signal });
    try {
      const memory = whole.memory(open);
      const perStep = (await timeOf(few, settings, open, signal)) * Math.max(1, whole.tokensPerStep / few.tokensPerStep);
      const steps = Math.min(settings.steps ?? whole.steps, whole.steps);
      const trained = open.decoder.trainableParameters().reduce((sum, { size }) => sum + size, 0);
      const parameters = open.decoder.parameterCount - (open.adapter ? trained : 0);
      const { tokensPerStep, counts } = whole;
      return { ...counts, steps, parameters, trained, memory, refused, tokensPerStep, secondsPerStep: perStep, seconds: perStep * steps };
    } finally {
      open.dispose();
    }
  } finally {
    base.close();
  }
}

type Places = Parameters<typeof tuningData>[2];

const dataOf = (base: BaseModel, settings: CheckedSettings, places: Places): Promise<TuningData> =>
  (settings.method === "dpo" || settings.method === "orpo" ? preferenceData : tuningData)(base, settings, places);

// The first step is recorded; the shortest of the later ones counts.
async function timeOf(
  data: TuningData,
  settings: CheckedSettings,
  open: Parameters<TuningData["task"]>[0],
  signal: AbortSignal | undefined,
): Promise<number> {
  const task = await data.task(open);
  const { seed, accumulate: accumulation } = settings;
  const loop = new TrainingLoop(task, data.source, { optimizer: optimizerOf(task, settings, 8), seed, accumulation, signal });
  const times: number[] = [];
  try {
    for (let epoch = 0; times.length < 3; epoch++) {
      let since = performance.now();
      for await (const { updated } of loop.epoch(epoch)) {
        if (!updated) continue;
        times.push((performance.now() - since) / 1000);
        if (times.length >= 3) break;
        since = performance.now();
      }
      signal?.throwIfAborted();
    }
  } finally {
    await loop.end();
  }
  return Math.min(...times.slice(1));
}
