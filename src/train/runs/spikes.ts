// Which losses are spikes: so many times the mean of those before. Knows no steps.

/** How many losses are the measure. */
const WINDOW = 32;

/** Watches losses as they come. */
export class SpikeWatch {
  readonly #factor: number;
  readonly #losses: number[] = [];

  /** `factor` 0: nothing is a spike. */
  constructor(factor: number) {
    this.#factor = factor;
  }

  /** Whether this loss is a spike; one that is none becomes part of the measure. There is none before the measure is whole. */
  isSpike(loss: number): boolean {
    if (this.#factor === 0 || !Number.isFinite(loss)) return false;
    const mean = this.#losses.reduce((sum, one) => sum + one, 0) / this.#losses.length;
    if (this.#losses.length === WINDOW && loss > this.#factor * mean) return true;
    this.#losses.push(loss);
    if (this.#losses.length > WINDOW) this.#losses.shift();
    return false;
  }

  /** Losses of the measure: kept in checkpoints, so that a run that goes on sees the same spikes. */
  get losses(): readonly number[] {
    return this.#losses;
  }

  /** Takes what a checkpoint kept. */
  restore(losses: readonly number[]): void {
    this.#losses.splice(0, this.#losses.length, ...losses);
  }
}
