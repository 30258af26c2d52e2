// A model that reads a text and writes another, ready to run: a reader, a writer, and the ids with a meaning. Knows ids only.
import type { Precision } from "../../../native/index.ts";
import type { StepDecoder } from "../../../nn/index.ts";
import type { Device } from "../../../tensor/index.ts";
import type { WritingSizes } from "./sizes.ts";
import { MOST_STEP_ROWS, ReadTexts, StepWriter } from "./step-writer.ts";
import { type TextEncoder, TextReader } from "./text-reader.ts";

/** What was built from a file. */
export interface TextToTextParts {
  readonly architecture: string;
  readonly sizes: WritingSizes;
  readonly encoder: TextEncoder;
  readonly decoder: StepDecoder;
  readonly parameterCount: number;
  /** The id that a written text begins with, and the one that ends it and what is read. */
  readonly start: number;
  readonly end: number;
  /** Ids that are never written. */
  readonly never: readonly number[];
  /** Most ids of a text that is read. */
  readonly longest: number;
  /** Whether texts are read one by one. Default false. */
  readonly apart?: boolean;
  readonly owned: readonly { dispose(): void }[];
}

/** A model over recorded passes. */
export class TextToText {
  readonly reader: TextReader;
  readonly writer: StepWriter;
  readonly parts: TextToTextParts;
  readonly #texts: ReadTexts;

  constructor(parts: TextToTextParts, device: Device, precision: Precision) {
    this.parts = parts;
    const { sizes, encoder, decoder, longest, apart } = parts;
    this.#texts = new ReadTexts(device, sizes, { texts: MOST_STEP_ROWS, longest, type: precision === "exact" ? "f32" : "bf16" });
    this.writer = new StepWriter({ decoder, sizes }, this.#texts, device);
    this.reader = new TextReader({ encoder, decoder, texts: this.#texts, most: MOST_STEP_ROWS, longest, ...(apart ? { apart } : {}) }, device);
  }

  dispose(): void {
    this.writer.dispose();
    this.reader.dispose();
    this.#texts.dispose();
    for (const part of this.parts.owned) part.dispose();
  }
}
