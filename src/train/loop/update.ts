// The update of a training step: clipping and the optimiser's kernels, recorded. Knows no models.
import type { Scalar } from "../../native/index.ts";
import type { Optimizer, Weight } from "../../nn/index.ts";
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

  /** `gradients`: by parameter; one that the optimiser has and that is missing here is left as it is. `clear`: sets the gradients to zero behind it. */
  constructor(device: Device, optimizer: Optimizer, gradients: ReadonlyMap<Tensor, Tensor>, clear: boolean) {
    const used = new Map<string, Scalar>();
    this.#optimizer = optimizer;
    this.#recording = new Recorded(device, (registers) => {
      const scalar = (name: string): Scalar => {
        const found = used.get(name) ?? registers.define(name);
        used.set(name, found);
        return found;
      };
      const inOrder = optimizer.parameters.map((parameter) => gradients.get(parameter));
      const norm = noGrad(() => optimizer.apply(inOrder, scalar));
      if (clear) for (const gradient of gradients.values()) zero(gradient);
      return norm ? [norm] : [];
    });
    this.#names = [...used.keys()];
  }

  /** One step of the optimiser; gives the norm of the gradients. `weights`: for messages. Errors: `E_STEP` where one is not finite; then nothing was changed. */
  async run(weights: ReadonlyMap<string, Weight>): Promise<number | undefined> {
    const values = this.#optimizer.scalars();
    try {
      await this.#recording.run(Object.fromEntries(this.#names.map((name) => [name, values[name]])));
    } catch (error) {
      const names = new Map<Weight, string>([...weights].map(([name, weight]) => [weight, name]));
      throw this.#optimizer.explain(
        error,
        this.#optimizer.parameters.map((parameter) => names.get(parameter) ?? ""),
      );
    }
    this.#optimizer.advance();
    return this.#recording.outputs[0]?.dataSync()[0];
  }

  dispose(): void {
    this.#recording.dispose();
  }
}

/** Gradients by the parameter that they are of. */
export function gradientMap(parameters: readonly Tensor[], gradients: readonly Tensor[]): ReadonlyMap<Tensor, Tensor> {
  return new Map(parameters.map((parameter, i) => [parameter, gradients[i]]));
}
