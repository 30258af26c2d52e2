// The one classifier of a thread: trained or opened, then asked. Knows no messages.
import { InkstoneError, type Language } from "../../core/index.ts";
import { type Classification, jsonPieces, TextClassifier } from "../../pipelines/index.ts";
import type { ClassificationEvaluation } from "../classification.ts";
import { reportAsHtml } from "../reports.ts";
import { trainFromTable } from "../train.ts";
import type { ClassifierFacts, Trained, Training, TrainingProgress } from "./messages.ts";

/** Characters of a text in a report. */
const SHOWN_CHARACTERS = 2000;
/** Messages about rows that were left out. */
const SHOWN_ROWS = 20;

/** Holds a classifier. Everything but `train` and `load` wants one of them first. */
export class Workplace {
  #classifier: TextClassifier | undefined;
  #evaluation: ClassificationEvaluation | undefined;

  /** Errors: those of `trainFromTable`. */
  async train(training: Training, tell: (progress: TrainingProgress) => void): Promise<Trained> {
    const { file, ...options } = training;
    const trained = await trainFromTable(file, { ...options, mustTest: true, onProgress: (fraction, name) => tell({ fraction, model: name }) });
    const { evaluation, examples, skipped, scores: tried, folds } = trained;
    if (evaluation === undefined)
      throw new InkstoneError("E_DATA_SPLIT", { why: { en: "no label has two different texts", zh: "没有任何标签拥有两条不同的文本" } });
    this.#classifier = trained.classifier;
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
    };
  }

  /** Errors: those of `TextClassifier.load`. */
  async load(file: string): Promise<ClassifierFacts> {
    this.#classifier = await TextClassifier.load(file);
    return this.#facts();
  }

  classify(text: string, because: number): Promise<Classification> {
    return this.#ready().classify(text, { because });
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
    return { classes, language, card };
  }

  #ready(): TextClassifier {
    if (this.#classifier === undefined) throw new InkstoneError("E_NOT_FITTED", { what: "TextClassifier" });
    return this.#classifier;
  }
}
