// When to lower a learning rate because a measure has stopped getting better. Knows no optimiser and no callback.
import { aboveZero, aNumber, checkOption, countFromZero, fromZero } from "../../core/index.ts";

/** Options of `ReduceOnPlateau`. */
export interface ReduceOnPlateauOptions {
  /** The new rate is the old one times this. Default 0.1. */
  readonly factor?: number;
  /** Epochs without gain that are borne. Default 10. */
  readonly patience?: number;
  /** Whether less or more is better. Default "min". */
  readonly mode?: "min" | "max";
  /** How much better counts as a gain. Default 1e-4. */
  readonly minDelta?: number;
  /** Epochs after a change in which none is counted. Default 0. */
  readonly cooldown?: number;
  /** Default 0. */
  readonly minLr?: number;
  /**
   * "keras" (default): a gain is one of more than `minDelta`, and the rate falls after `patience` epochs without. "torch": a gain is one of more than the share `minDelta`
   * of the best, and the rate falls after more than `patience` epochs.
   */
  readonly form?: "keras" | "torch";
}

/** What it knows, to go on after a stop. */
export interface PlateauState {
  readonly best: number | undefined;
  readonly wait: number;
  readonly cooldown: number;
}

const inside = aNumber({ above: 0, below: 1 });

/**
 * Keras's `ReduceLROnPlateau` and PyTorch's, without their surroundings. Errors: `E_OPTION`.
 *
 * @example
 * const plateau = new ReduceOnPlateau({ factor: 0.5, patience: 2 });
 * [1, 2, 2].map((loss) => plateau.next(loss, 0.1)); // [0.1, 0.1, 0.05]
 */
export class ReduceOnPlateau {
  readonly #options: Required<ReduceOnPlateauOptions>;
  #best: number | undefined;
  #wait = 0;
  #cooldown = 0;

  constructor(options: ReduceOnPlateauOptions = {}) {
    const { factor = 0.1, patience = 10, mode = "min", minDelta = 1e-4, cooldown = 0, minLr = 0, form = "keras" } = options;
    checkOption("factor", factor, inside);
    for (const [name, value] of Object.entries({ patience, cooldown })) checkOption(name, value, countFromZero);
    for (const [name, value] of Object.entries({ minDelta, minLr })) checkOption(name, value, fromZero);
    this.#options = { factor, patience, mode, minDelta, cooldown, minLr, form };
  }

  /** The learning rate after an epoch with this measure. NaN is no gain. Errors: `E_OPTION` for a rate that is not above 0. */
  next(measure: number, learningRate: number): number {
    checkOption("learningRate", learningRate, aboveZero);
    const { factor, patience, cooldown, minLr, form } = this.#options;
    const cooling = this.#cooldown > 0;
    if (cooling) this.#cooldown--;
    if (this.#gains(measure)) [this.#best, this.#wait] = [measure, 0];
    else this.#wait++;
    // PyTorch forgets the last epoch of a cool-down, Keras counts it.
    if (form === "torch" ? cooling : this.#cooldown > 0) this.#wait = 0;
    if (this.#wait < (form === "torch" ? patience + 1 : Math.max(1, patience))) return learningRate;
    const lower = Math.max(learningRate * factor, minLr);
    if (!(lower < learningRate)) return learningRate;
    [this.#cooldown, this.#wait] = [cooldown, 0];
    return lower;
  }

  #gains(measure: number): boolean {
    if (this.#best === undefined) return !Number.isNaN(measure);
    const { mode, minDelta, form } = this.#options;
    const needed = form === "torch" ? minDelta * this.#best : minDelta;
    return mode === "min" ? measure < this.#best - needed : measure > this.#best + needed;
  }

  get state(): PlateauState {
    return { best: this.#best, wait: this.#wait, cooldown: this.#cooldown };
  }
  set state({ best, wait, cooldown }: PlateauState) {
    [this.#best, this.#wait, this.#cooldown] = [best, wait, cooldown];
  }
}
