// Whisper, ready to run: a spectrogram is read, then ids are written step by step. Knows no text.
import { InkstoneError } from "../../../core/index.ts";
import { openCTranslate2 } from "../../../formats/index.ts";
import type { Precision } from "../../../native/index.ts";
import { type Device, type Recording, record, type Tensor, tensor, withPrecision, zeros } from "../../../tensor/index.ts";
import { packedMaker } from "../../encoder/weight-makers.ts";
import { ReadTexts, StepWriter } from "../writing/step-writer.ts";
import { buildWhisper, type WhisperNetwork, type WhisperSizes } from "./network.ts";

/**
 * Whisper over recorded passes.
 *
 * @example
 * await Whisper.load("none.bin", cpu(), "exact"); // throws E_FORMAT_NO_FILE
 */
export class Whisper {
  readonly sizes: WhisperSizes;
  readonly writer: StepWriter;
  readonly device: Device;
  readonly #network: WhisperNetwork;
  readonly #texts: ReadTexts;
  readonly #mel: Tensor;
  readonly #reading: Recording<Tensor>;

  private constructor(network: WhisperNetwork, device: Device, precision: Precision) {
    this.sizes = network.sizes;
    this.device = device;
    this.#network = network;
    const { frames, bands } = network.sizes;
    const owned: { dispose(): void }[] = [];
    try {
      const own = <T extends { dispose(): void }>(made: T): T => {
        owned.push(made);
        return made;
      };
      const type = precision === "exact" ? "f32" : "bf16";
      this.#texts = own(new ReadTexts(device, network.sizes, { texts: 1, longest: frames, type }));
      this.#texts.hold([frames]);
      this.#mel = own(zeros([2 * frames, bands], { device }));
      const runs = own(tensor(Int32Array.of(0, 0, 0), [1, 3], { device }));
      const read = () => {
        const rows = network.encoder.forward(this.#mel);
        network.decoder.remember(rows, { cache: this.#texts.cache, runs });
        return rows;
      };
      this.#reading = record(device, () => (precision === "exact" ? read() : withPrecision("bf16", read)));
      this.writer = new StepWriter({ decoder: network.decoder, sizes: network.sizes }, this.#texts, device);
    } catch (error) {
      for (const part of owned) part.dispose();
      throw error;
    }
  }

  /** Loads the model.bin of CTranslate2. Errors: `E_FORMAT_…`, `E_MODEL_ARCHITECTURE`, `E_MODEL_TENSORS`, `E_MODEL_MEMORY`. */
  static async load(path: string, device: Device, precision: Precision): Promise<Whisper> {
    const file = await openCTranslate2(path);
    try {
      const needed = [...file.weights.values()].reduce((sum, { elements }) => sum + 4 * elements, 0);
      const available = process.availableMemory();
      if (needed > available) throw new InkstoneError("E_MODEL_MEMORY", { needed, available });
      const network = buildWhisper(file, device, packedMaker(device, precision));
      try {
        return new Whisper(network, device, precision);
      } catch (error) {
        for (const part of network.owned) part.dispose();
        throw error;
      }
    } finally {
      file.close();
    }
  }

  get parameterCount(): number {
    return this.#network.encoder.parameterCount + this.#network.decoder.parameterCount;
  }

  /** Reads a spectrogram [2 · frames, bands]. Gives the encoder's rows [frames, C]. Errors: `E_CANCELLED`. */
  read(mel: Float32Array, control?: Int32Array): Tensor {
    this.#mel.write(mel);
    this.#reading.run({}, control);
    return this.#reading.outputs;
  }

  dispose(): void {
    this.writer.dispose();
    this.#reading.dispose();
    this.#mel.dispose();
    this.#texts.dispose();
    for (const part of this.#network.owned) part.dispose();
  }
}
