// The one classifier of a thread: trained or opened, then asked. Knows no messages.
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InkstoneError, type Language } from "../../core/index.ts";
import { answersOf, type Classification, classifyTable, jsonPieces, readExamples, TextClassifier } from "../../pipelines/index.ts";
import { type ClassificationEvaluation, evaluateClassification } from "../classification.ts";
import { reportAsHtml } from "../reports.ts";
import { trainFromTable } from "../train.ts";
import type { ClassifierFacts, LabelledTable, Measured, TableColumns, Trained, Training, TrainingProgress } from "./messages.ts";

/** Characters of a text in a report. */
const SHOWN_CHARACTERS = 2000;
/** Messages about rows that were left out. */
const SHOWN_ROWS = 20;

/** Of fewer rows no encoder is tuned, although it is asked for: folds of a few rows cannot tell whether it is better. */
const LEAST_TUNED = 24;

/** Holds a classifier. Everything but `train` and `load` wants one of them first. */
export class Workplace {
  #classifier: TextClassifier | undefined;
  #folder: string | undefined;
  #evaluation: ClassificationEvaluation | undefined;

  /** Errors: those of `trainFromTable`. */
  async train(training: Training, tell: (progress: TrainingProgress) => void): Promise<Trained> {
    const { file, encoders, ...options } = training;
    const own = encoders && { encoders: { ...encoders, leastRows: LEAST_TUNED } };
    const trained = await trainFromTable(file, {
      ...options,
      ...own,
      mustTest: true,
      onProgress: (fraction, name) => tell({ fraction, model: name }),
    });
    const { evaluation, examples, skipped, scores: tried, folds } = trained;
    if (evaluation === undefined)
      throw new InkstoneError("E_DATA_SPLIT", { why: { en: "no label has two different texts", zh: "没有任何标签拥有两条不同的文本" } });
    this.#classifier = trained.classifier;
    this.#folder = encoders !== undefined && trained.scores[0].model === "tuned" ? encoders.folder : undefined;
    this.#evaluation = {
      ...evaluation,
      worst: evaluation.worst.map((each) => ({ ...each, text: each.text.slice(0, SHOWN_CHARACTERS) })),
    };
    return {
      ...this.#facts(),
      examples,
      skipped: { count: skipped.length, examples: skipped.slice(0, SHOWN_ROWS) },
      tried,
      repeats: folds?.repeats ?? 0,
      untested: folds?.untested ?? [],
      report: evaluation.report,
      worst: this.#evaluation.worst,
      ...(trained.untriedMinutes === undefined ? {} : { untriedMinutes: trained.untriedMinutes }),
    };
  }

  /** Errors: those of `TextClassifier.load`. */
  async load(file: string): Promise<ClassifierFacts> {
    this.#classifier = await TextClassifier.load(file);
    this.#folder = (await stat(file)).isDirectory() ? file : undefined;
    return this.#facts();
  }

  classify(text: string, because: number): Promise<Classification> {
    return this.#ready().classify(text, { because });
  }

  /** Its answers to a table, beside what stands there; broken rows are counted. Errors: those of `readExamples`; E_EVALUATION_LABELS. */
  async evaluate({ file, text, label }: TableColumns): Promise<Measured> {
    const classifier = this.#ready();
    const { examples, skipped } = await readExamples(file, { text, label, skipBad: true });
    const { report, confusion, worst } = evaluateClassification(await answersOf(classifier, examples));
    return {
      examples: examples.length,
      report,
      confusion,
      worst: worst.map((each) => ({ ...each, text: each.text.slice(0, SHOWN_CHARACTERS) })),
      skipped: { count: skipped.length, examples: skipped.slice(0, SHOWN_ROWS) },
    };
  }

  /** A table with its answers as two more columns, as it is called, beside the table; broken rows are left out. Errors: those of `classifyTable`. */
  async label({ file, text }: { readonly file: string; readonly text?: string }): Promise<LabelledTable> {
    const output = join(dirname(file), `labelled-${basename(file)}`);
    const { rows, skipped } = await classifyTable(this.#ready(), file, output, { text, skipBad: true });
    return { bytes: await readFile(output), rows, skipped: skipped.length };
  }

  /** The pipeline as bytes of JSON. */
  save(): Uint8Array {
    return Buffer.concat([...jsonPieces(this.#ready().toJSON())]);
  }

  /** The report of its training as HTML; null for one that was opened. */
  report(language: Language): string | null {
    return this.#evaluation === undefined ? null : reportAsHtml(this.#evaluation, { language, card: this.#ready().card });
  }

  #facts(): ClassifierFacts {
    const { classes, language, card } = this.#ready();
    return { classes, language, card, ...(this.#folder === undefined ? {} : { folder: this.#folder }) };
  }

  #ready(): TextClassifier {
    if (this.#classifier === undefined) throw new InkstoneError("E_NOT_FITTED", { what: "TextClassifier" });
    return this.#classifier;
  }
}
