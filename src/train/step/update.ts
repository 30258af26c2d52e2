// The update of a training step: clipping and the optimiser's kernels, recorded. Knows no models.
import type { Scalar } from "../../native/index.ts";
import type { Optimizer } from "../../nn/index.ts";
import { type Device, defineOp, noGrad, type Op, type Tensor } from "../../tensor/index.ts";
import { Recorded } from "./recorded.ts";

const zero: Op<[gradient: Tensor]> = defineOp({
  name: "zeroGradient",
  inPlace: ([gradient]) => gradient,
  forward: (run, [y]) => run.fill({ y, n: y.size, value: 0 }),
});

/** The update, on its own: it is never cut short, so that weights and their moments are always whole. */
export class UpdateStep {
  readonly #recording: Recorded<readonly Tensor[]>;
  readonly #names: readonly string[];
  readonly #optimizer: Optimizer;

  /** `clear`: sets the gradients to zero behind it. */
  constructor(device: Device, optimizer: Optimizer, of: readonly Tensor[], clear: boolean) {
    const used = new Map<string, Scalar>();
    this.#optimizer = optimizer;
    this.#recording = new Recorded(device, (registers) => {
      const scalar = (name: string): Scalar => {
        const found = used.get(name) ?? registers.define(name);
        used.set(name, found);
        return found;
      };
      const norm = noGrad(() => optimizer.apply(of, scalar));
      if (clear) for (const gradient of of) zero(gradient);
      return norm ? [norm] : [];
    });
    this.#names = [...used.keys()];
  }

  /** One step of the optimiser; gives the norm of the gradients. Errors: `E_STEP` where one is not finite; then nothing was changed. */
  async run(names: readonly string[]): Promise<number | undefined> {
    const values = this.#optimizer.scalars();
    try {
      await this.#recording.run(Object.fromEntries(this.#names.map((name) => [name, values[name]])));
    } catch (error) {
      throw this.#optimizer.explain(error, names);
    }
    this.#optimizer.advance();
    return this.#recording.outputs[0]?.dataSync()[0];
  }

  dispose(): void {
    this.#recording.dispose();
  }
}
