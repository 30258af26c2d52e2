// The one classifier of a thread: trained or opened, then asked. Knows no messages.
import { InkstoneError, type Language } from "../../core/index.ts";
import { type ClassificationEvaluation, evaluateClassification, reportAsHtml } from "../../evaluate/index.ts";
import { type Classification, evaluateTraining, readExamples, TextClassifier, trainTextClassifier } from "../../pipelines/index.ts";
import type { ClassifierFacts, Trained, Training, TrainingProgress } from "./messages.ts";

/** Characters of a text in a report. */
const SHOWN_CHARACTERS = 2000;
/** Messages about rows that were left out. */
const SHOWN_ROWS = 20;

/** Holds a classifier. Everything but `train` and `load` wants one of them first. */
export class Workplace {
  #classifier: TextClassifier | undefined;
  #evaluation: ClassificationEvaluation | undefined;

  /** Errors: those of `readExamples` and `trainTextClassifier`; E_FIELD for too many labels. */
  async train(training: Training, tell: (progress: TrainingProgress) => void): Promise<Trained> {
    const { file, text, label, model, folds, seed, skipBad } = training;
    const { examples, skipped } = await readExamples(file, { text, label, skipBad });
    refuseManyLabels(new Set(examples.map((example) => example.label)).size, training.mostLabels);
    const trained = await trainTextClassifier(examples, { model, folds, seed, onProgress: (fraction, name) => tell({ fraction, model: name }) });
    const evaluation = evaluateClassification(evaluateTraining(examples, trained));
    this.#classifier = trained.classifier;
    this.#evaluation = { ...evaluation, worst: evaluation.worst.map((each) => ({ ...each, text: each.text.slice(0, SHOWN_CHARACTERS) })) };
    const tried = trained.tried.map(({ name, trial: { metrics } }) => ({
      model: name,
      accuracy: { mean: metrics.accuracy.mean, deviation: metrics.accuracy.deviation },
      macroF1: { mean: metrics.macroF1.mean, deviation: metrics.macroF1.deviation },
    }));
    return {
      ...this.#facts(),
      examples: examples.length,
      skipped: { count: skipped.length, examples: skipped.slice(0, SHOWN_ROWS) },
      tried,
      report: evaluation.report,
      worst: this.#evaluation.worst,
    };
  }

  /** Errors: those of `TextClassifier.load`. */
  async load(file: string): Promise<ClassifierFacts> {
    this.#classifier = await TextClassifier.load(file);
    return this.#facts();
  }

  classify(text: string, because: number): Classification {
    return this.#ready().classify(text, { because });
  }

  /** The pipeline as bytes of JSON. */
  save(): Uint8Array {
    return new TextEncoder().encode(`${JSON.stringify(this.#ready())}\n`);
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

// Weights are a number a feature and label: a column of texts taken for labels would fill the memory.
function refuseManyLabels(found: number, most: number): void {
  if (found <= most) return;
  const why = {
    en: `its column has ${found} different labels, at most ${most} can be learned`,
    zh: `该列有 ${found} 个不同标签，最多可学习 ${most} 个`,
  };
  throw new InkstoneError("E_FIELD", { field: "label", why });
}
