// The data of a fine-tuning: rows read, split, packed, as batches of its task. Knows no runs.
import { InkstoneError } from "../../core/index.ts";
import { fileLabel } from "../../formats/index.ts";
import type { TrainableDecoder } from "../../models/index.ts";
import type { Batch, BatchSource, TrainingTask } from "../loop/index.ts";
import { estimateMemory, type MemoryEstimate } from "./estimate.ts";
import type { BaseModel } from "./model.ts";
import { PackedRows, placesFor } from "./pack.ts";
import { PairBatches, preferenceTask, referenceMargins } from "./preference.ts";
import { type PreferenceRow, readPreferenceRows } from "./preference-rows.ts";
import { type ReadRowsOptions, type RowCoder, type RowCounts, readTokenRows, splitRows, type TokenRow } from "./rows.ts";
import type { CheckedSettings } from "./settings.ts";
import { answersTask } from "./task.ts";

/** Longest rows and windows where nothing is said. */
const USUAL_LENGTH = 1024;

/** Data that is ready to be trained on. */
export interface TuningData {
  readonly source: BatchSource;
  /** Batches of the validation rows; undefined where there are none. */
  readonly validation: (() => Iterable<Batch>) | undefined;
  readonly counts: {
    readonly rows: { readonly train: number; readonly validation: number; readonly withoutAnswer: number; readonly tooLong: number };
    readonly tokens: number;
    readonly answerTokens: number;
  };
  /** Tokens of a window. */
  readonly length: number;
  /** Updates of the first pass, and of all passes. */
  readonly perEpoch: number;
  readonly steps: number;
  readonly tokensPerStep: number;
  task(open: TrainableDecoder): Promise<TrainingTask>;
  memory(open: TrainableDecoder): MemoryEstimate;
}

/** Where rows come from. */
export interface DataPlaces extends Pick<ReadRowsOptions, "most" | "onRefused"> {
  readonly data: string;
  readonly validationData?: string;
  readonly signal?: AbortSignal;
}

/** The longest row that is allowed: as asked for, within the model's context. */
export function longestOf({ file, reference }: BaseModel, { maxLength }: CheckedSettings): number {
  const context =
    "metadata" in file ? contextOfGguf(file.metadata) : Number(file.config["max_position_embeddings"] ?? file.config["n_positions"] ?? USUAL_LENGTH);
  if (maxLength !== undefined && maxLength > context) {
    throw new InkstoneError("E_FINETUNE", {
      model: reference,
      why: { en: `maxLength ${maxLength} is beyond its context of ${context}`, zh: `maxLength ${maxLength} 超出其上下文长度 ${context}` },
    });
  }
  return maxLength ?? Math.min(context, USUAL_LENGTH);
}

function contextOfGguf(metadata: Extract<BaseModel["file"], { metadata: unknown }>["metadata"]): number {
  return metadata.numberOr(`${metadata.string("general.architecture")}.context_length`, USUAL_LENGTH);
}

/** A window's length: as long as allowed, shorter where few or short rows leave it empty. */
export function windowLength(rows: readonly { readonly ids: Int32Array }[], most: number): number {
  const [longest, total] = rows.reduce(([l, t], { ids }) => [Math.max(l, ids.length), t + ids.length], [0, 0]);
  return Math.min(most, Math.max(64 * Math.ceil(longest / 64), 64 * Math.ceil(Math.min(total, 512) / 64)));
}

type ReadRows<Row> = (path: string, coder: RowCoder, options: DataPlaces) => Promise<{ readonly rows: Row[]; readonly counts: RowCounts }>;

// Rows to train on and rows to look at: those of a file of their own, else some that are held out.
async function halvesOf<Row extends { readonly ids: Int32Array }>(
  read: ReadRows<Row>,
  base: BaseModel,
  settings: CheckedSettings,
  places: DataPlaces,
) {
  const template = settings.template === "none" ? undefined : base.template;
  const most = longestOf(base, settings);
  const coder = { tokenizer: base.tokenizer, template, maxLength: most };
  const { rows, counts } = await read(places.data, coder, places);
  const apart = places.validationData === undefined ? undefined : (await read(places.validationData, coder, places)).rows;
  const halves = apart ? { train: rows, validation: apart } : splitRows(rows, settings.validation);
  if (halves.train.length === 0)
    throw new InkstoneError("E_FINETUNE_DATA", {
      file: fileLabel(places.data),
      why: { en: "no rows are left to train on", zh: "没有剩下可训练的行" },
    });
  return { ...halves, counts, most };
}

/** Reads, splits and packs. Errors: those of `readTokenRows`; `E_FINETUNE_DATA` where a validation file holds nothing. */
export async function tuningData(base: BaseModel, settings: CheckedSettings, places: DataPlaces): Promise<TuningData> {
  const { train, validation, counts, most } = await halvesOf(readTokenRows, base, settings, places);
  const { batch, seed, accumulate, epochs } = settings;
  const length = windowLength([...train, ...validation], most);
  const sizes = { batch, length, seed };
  const answers = mostAnswers([new PackedRows(train, sizes), new PackedRows(validation, sizes)], epochs);
  const source = new PackedRows(train, { ...sizes, answers });
  const held = new PackedRows(validation, { ...sizes, answers });
  const updates = (epoch: number) => Math.ceil(source.stepsOf(epoch) / accumulate);
  let steps = 0;
  for (let epoch = 0; epoch < epochs && steps < (settings.steps ?? Number.POSITIVE_INFINITY); epoch++) steps += updates(epoch);
  return {
    source,
    validation: validation.length > 0 ? () => held.inOrder() : undefined,
    counts: {
      rows: { train: train.length, validation: validation.length, withoutAnswer: counts.withoutAnswer, tooLong: counts.tooLong },
      tokens: train.reduce((sum, { ids }) => sum + ids.length, 0),
      answerTokens: train.reduce((sum, row) => sum + answerTokensOf(row), 0),
    },
    length,
    perEpoch: updates(0),
    steps,
    tokensPerStep: batch * accumulate * length,
    task: async (open) => answersTask(open, settings, { batch, length }),
    memory: (open) => estimateMemory(open, settings, { batch, length }, answers, false),
  };
}

const answerTokensOf = ({ answer }: TokenRow): number => answer.subarray(1).reduce((sum, one) => sum + one, 0);

// One shape for all batches: a recording, and the memory of one.
function mostAnswers(sources: readonly PackedRows[], epochs: number): number {
  return placesFor(Math.max(...sources.map((source) => source.mostAnswers(epochs))));
}

/** The same for preferences: pairs of answers, and how likely they are at the beginning. Errors: as `tuningData`. */
export async function preferenceData(base: BaseModel, settings: CheckedSettings, places: DataPlaces): Promise<TuningData> {
  const { train, validation, counts, most } = await halvesOf(readPreferenceRows, base, settings, places);
  const { batch, seed, accumulate, epochs, method } = settings;
  const longest = [...train, ...validation].reduce((length, { ids }) => Math.max(length, ids.length), 0);
  const length = 64 * Math.ceil(longest / 64);
  const answersOf = ({ chosen, rejected }: PreferenceRow) => answerTokensOf(chosen) + answerTokensOf(rejected);
  const all = [...train, ...validation].map(answersOf).sort((a, b) => b - a);
  const answers = placesFor(all.slice(0, batch).reduce((sum, count) => sum + count, 0));
  const sizes = { batch, length, seed, answers, means: method === "orpo" };
  const [source, held] = [new PairBatches(train, sizes), new PairBatches(validation, sizes)];
  const perEpoch = Math.ceil(source.steps / accumulate);
  return {
    source,
    validation: validation.length > 0 ? () => held.inOrder() : undefined,
    counts: {
      rows: { train: train.length, validation: validation.length, withoutAnswer: counts.withoutAnswer, tooLong: counts.tooLong },
      tokens: train.reduce((sum, { ids }) => sum + ids.length, 0),
      answerTokens: train.reduce((sum, row) => sum + answersOf(row), 0),
    },
    length: most,
    perEpoch,
    steps: perEpoch * epochs,
    tokensPerStep: batch * accumulate * length,
    task: async (open) => {
      if (method === "dpo") await referenceMargins(open, settings, [source, held], sizes, places.signal);
      return preferenceTask(open, settings, sizes);
    },
    memory: (open) => estimateMemory(open, settings, sizes, answers, true),
  };
}
