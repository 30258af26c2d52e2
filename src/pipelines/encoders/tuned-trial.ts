// An encoder tuned on folds of labelled texts, within minutes that are said, and then on all of them. Knows no other models.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Label } from "../../classical/index.ts";
import { type CrossValidation, crossValidate, type Learner, type TuneStep } from "../../train/index.ts";
import { labelsOf, TextClassifier } from "../text-classifier.ts";
import { finetuneRows } from "./finetune.ts";

/** What is tuned, and how long it may take. */
export interface TunedTrialOptions {
  /** The encoder. */
  readonly reference: string;
  /** Most minutes for its folds and the last tuning on all rows. */
  readonly minutes: number;
  /** The fold of each row; -1: always learned from. */
  readonly fold: Int32Array;
  readonly folds: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (fraction: number) => void;
}

/** What a trial came to. */
export interface TunedTrial {
  /** Of the first folds, as many as there was time for; undefined where there was none for one. */
  readonly trial: CrossValidation | undefined;
  /** Minutes that one fold and the last tuning were to take. */
  readonly minutes: number;
}

/** Tries a tuned encoder on as many of the folds as there is time for. Errors: those of `finetuneEncoder`; the signal's reason. */
export async function tryTuned(texts: readonly string[], labels: readonly Label[], options: TunedTrialOptions): Promise<TunedTrial> {
  const { reference, minutes, fold, folds, seed, signal, onProgress } = options;
  const folder = await mkdtemp(join(tmpdir(), "inkstone-trial-"));
  const opened: TextClassifier[] = [];
  try {
    const once = await probe(texts, labels, { reference, seed, signal, output: join(folder, "probe") });
    const fits = Math.min(folds, Math.floor((minutes * 60) / once) - 1);
    if (fits < 1) return { trial: undefined, minutes: (2 * once) / 60 };
    let done = 0;
    const make = (number: number): Learner<string> => {
      const learner = new TunedLearner({ reference, seed, output: join(folder, String(number)), opened });
      learner.onStep = (step) => onProgress?.((done + step.done / step.total) / fits);
      return learner;
    };
    const tried = fold.map((each) => (each < fits ? each : -1));
    const onFold = (count: number) => {
      done = count;
    };
    return { trial: await crossValidate(make, texts, labels, { fold: tried, signal, onProgress: onFold }), minutes: (2 * once) / 60 };
  } finally {
    for (const classifier of opened) await classifier.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Tunes an encoder on all texts into a folder and opens it. Errors: those of `finetuneEncoder`. */
export async function tunedOnAll(
  texts: readonly string[],
  labels: readonly Label[],
  { reference, seed, output, signal, onStep }: ProbeOptions & { readonly onStep?: (step: TuneStep) => void },
): Promise<TextClassifier> {
  await finetuneRows(reference, rowsOf(texts, labels), { task: "classify", output, seed, ...(signal && { signal }), ...(onStep && { onStep }) });
  return TextClassifier.load(output);
}

interface ProbeOptions {
  readonly reference: string;
  readonly seed: number;
  readonly output: string;
  readonly signal?: AbortSignal | undefined;
}

const rowsOf = (texts: readonly string[], labels: readonly Label[]) => texts.map((text, i) => ({ text, labels: [String(labels[i])] }));

// Seconds of one tuning, told by its first steps; where there are few, it is made.
async function probe(texts: readonly string[], labels: readonly Label[], { signal, ...options }: ProbeOptions): Promise<number> {
  const enough = new AbortController();
  const began = performance.now();
  let seconds: number | undefined;
  const onStep = ({ secondsLeft }: TuneStep) => {
    if (secondsLeft === undefined || seconds !== undefined) return;
    seconds = (performance.now() - began) / 1000 + secondsLeft;
    enough.abort();
  };
  const either = signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal]);
  try {
    const made = await tunedOnAll(texts, labels, { ...options, signal: either, onStep });
    await made.close();
  } catch (error) {
    signal?.throwIfAborted();
    if (seconds === undefined) throw error;
  }
  return seconds ?? (performance.now() - began) / 1000;
}

// Answers with the labels that it was given: a tuned encoder has only their names.
class TunedLearner implements Learner<string> {
  readonly #parts: Omit<ProbeOptions, "signal"> & { readonly opened: TextClassifier[] };
  #classifier: TextClassifier | undefined;
  #labels: readonly Label[] = [];
  onStep: (step: TuneStep) => void = () => undefined;

  constructor(parts: Omit<ProbeOptions, "signal"> & { readonly opened: TextClassifier[] }) {
    this.#parts = parts;
  }

  get classes(): readonly Label[] {
    const named = new Map(this.#labels.map((label) => [String(label), label]));
    return (this.#classifier?.classes ?? []).map((name) => named.get(String(name)) ?? name);
  }

  async fit(texts: readonly string[], labels: readonly Label[], { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#labels = labels;
    this.#classifier = await tunedOnAll(texts, labels, { ...this.#parts, signal, onStep: this.onStep });
    this.#parts.opened.push(this.#classifier);
  }

  async predict(texts: readonly string[]): Promise<Label[]> {
    return labelsOf((await this.scores(texts)) as Float64Array[], this.classes);
  }

  async scores(texts: readonly string[]): Promise<readonly Float64Array[]> {
    return (await this.#classifier?.scores(texts)) ?? [];
  }
}
