// What linear classifiers are once they are fitted: predictions, reasons, saving. How they are fitted is their own affair.
import type { SparseMatrix } from "../core/index.ts";
import type { Executor } from "../native/index.ts";
import { coefficientsOf, fitted, highest, type LinearWeights, linearContributions, linearScores, saveLinear } from "./linear.ts";
import type { ClassWeight, Contribution, ExplainingClassifier, FitOptions, Label, SavedModel } from "./types.ts";

/** Options that are not saved as they are. */
interface LinearOptions {
  readonly classWeight?: ClassWeight;
  readonly executor?: Executor;
}

/** A linear classifier. */
export abstract class LinearModel<Options extends LinearOptions> implements ExplainingClassifier {
  protected abstract readonly type: string;
  protected readonly options: Options;
  protected weights: LinearWeights | undefined;

  constructor(options: Options) {
    this.options = options;
  }

  abstract fit(x: SparseMatrix, y: readonly Label[], options?: FitOptions): Promise<this>;

  get classes(): readonly Label[] {
    return this.fitted().classes;
  }

  scores(x: SparseMatrix): Float64Array[] {
    return linearScores(x, this.fitted());
  }

  predict(x: SparseMatrix): Label[] {
    return highest(this.scores(x), this.classes);
  }

  contributions(x: SparseMatrix, label: Label, { most }: { readonly most?: number } = {}): Contribution[][] {
    return linearContributions(x, label, this.fitted(), most);
  }

  /** Coefficients for a class, a value a column. Errors: `E_NOT_FITTED`, `E_OPTION`. */
  coefficients(label: Label): Float64Array {
    return coefficientsOf(label, this.fitted());
  }

  /** Intercepts, a value a class; of two classes, one value, for the second. Errors: `E_NOT_FITTED`. */
  get intercepts(): Float64Array {
    return this.fitted().intercepts;
  }

  /** Keeps coefficients of 32 bits from now on: half the memory and half the file, answers that differ in the seventh digit. Errors: `E_NOT_FITTED`. */
  narrow(): void {
    const weights = this.fitted();
    this.weights = { ...weights, coefficients: Float32Array.from(weights.coefficients) };
  }

  toJSON(): SavedModel {
    const { executor: _, classWeight, ...options } = this.options;
    const plain = classWeight instanceof Map ? Object.fromEntries(classWeight) : classWeight;
    return saveLinear(this.type, { ...options, classWeight: plain }, this.fitted());
  }

  protected fitted(): LinearWeights {
    return fitted(this.weights, this.type);
  }
}
