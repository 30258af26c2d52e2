// Which words of a text speak for a class of an encoder's head: gradients with respect to the vectors of its pieces. Runs in an encoder's thread.
import { openTrainableEncoder, type TrainableEncoder } from "../../models/index.ts";
import { add, type Device, embedding, gradients, noGrad, scale, type Tensor, tensor, tidy, withDevice } from "../../tensor/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { AttributedWord, AttributionMethod, EncoderFiles } from "./protocol.ts";
import { idsOfWords, placedWords } from "./words.ts";

/** Points on the way from nothing to the text: more change the third digit. */
const STEPS = 16;

/** An encoder whose weights can be differentiated, opened when it is first asked. */
export class Attributor {
  readonly #files: EncoderFiles;
  readonly #device: Device;
  readonly #outputs: number;
  #model: TrainableEncoder | undefined;

  constructor(files: EncoderFiles, device: Device, outputs: number) {
    this.#files = files;
    this.#device = device;
    this.#outputs = outputs;
  }

  /**
   * What each word did for class `right`, against the mean of the others: Σ gradient · vector over its pieces ("gradient-x-input"), or that along the way from vectors of zeros
   * ("integrated-gradients": then all pieces together make the difference of the scores).
   *
   * Sources: Shrikumar et al. 2016, arXiv:1605.01713; Sundararajan, Taly & Yan 2017, arXiv:1703.01365, section 3.
   */
  async words(
    tokenizer: Tokenizer,
    text: string,
    right: number,
    { method, longest }: { method: AttributionMethod; longest: number },
  ): Promise<AttributedWord[]> {
    const { weights, config, lowercase } = this.#files;
    this.#model ??= await openTrainableEncoder(weights, config, this.#device, { head: "classes", outputs: this.#outputs });
    const model = this.#model.eval();
    const words = placedWords(text);
    const [pieces] = await idsOfWords(tokenizer, [words], { lowercase });
    const { ids } = tokenizer.forModel(pieces.flat(), undefined, longest);
    const values = tidy(() => withDevice(this.#device, () => attributed(model, ids, right, method === "integrated-gradients" ? STEPS : 1)));
    let at = tokenizer.forModel([-1]).ids.indexOf(-1);
    return words.flatMap((word, i) => {
      const own = values.subarray(at, at + pieces[i].length);
      at += pieces[i].length;
      return at > values.length ? [] : [{ ...word, weight: own.reduce((sum, value) => sum + value, 0) }];
    });
  }

  dispose(): void {
    this.#model?.dispose();
  }
}

// One value a piece.
function attributed(model: TrainableEncoder, ids: readonly number[], right: number, steps: number): Float32Array {
  const count = ids.length;
  const numbers = (values: ArrayLike<number>) => tensor(Int32Array.from(values), [values.length]);
  const rows = {
    positions: numbers(Array.from(ids, (_, i) => model.config.firstPosition + i)),
    types: numbers(new Int32Array(count)),
    segments: numbers(new Int32Array(count)),
  };
  const whole = noGrad(() => model.encoder.words.gather(numbers(ids)));
  const width = whole.shape[1];
  const values = new Float32Array(count);
  for (let step = 0; step < steps; step++) {
    const share = steps === 1 ? 1 : (step + 0.5) / steps;
    const leaf: Tensor = noGrad(() => add(scale(whole, share), scale(whole, 0))).requireGrad();
    const scores = model.head.forward(embedding(model.encoder.behind(leaf, rows), numbers([0])));
    const classes = scores.shape[1];
    const seed = new Float32Array(classes).fill(classes > 1 ? -1 / (classes - 1) : 0);
    seed[right] = 1;
    const [gradient] = gradients(scores, [leaf], { seed: tensor(seed, scores.shape) });
    const [g, e] = [gradient.dataSync(), whole.dataSync()];
    for (let i = 0; i < g.length; i++) values[Math.floor(i / width)] += (g[i] * e[i]) / steps;
  }
  return values;
}
