// What a classifier is to everything above it, whatever it is made of: counted words, a tuned encoder, descriptions of labels, a prompt. Knows no model and no HTTP.
import type { Label } from "../classical/index.ts";
import type { AttributionMethod } from "./encoders/protocol.ts";
import type { GeneratorState } from "./types.ts";

/** A word and what it did for the class: positive spoke for it, negative against it. */
export interface DecidingWord {
  readonly text: string;
  /** Where it stands, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly weight: number;
}

/** An answer. */
export interface Classification {
  readonly label: Label;
  /** How sure: the share of its class, from 0 to 1. */
  readonly confidence: number;
  /** All classes with their shares, likeliest first. */
  readonly classes: readonly { readonly label: Label; readonly confidence: number }[];
  /** What decided, largest effect first; only where it was asked for, and where the classifier can tell. */
  readonly because?: readonly DecidingWord[];
  /** True where nothing in the text is known: then every class is as likely as any other. */
  readonly unknown?: true;
}

/** How words are weighed. */
export type BecauseMethod = "leaving-out" | AttributionMethod;

/** How it is asked. */
export interface ClassifyOptions {
  /** Words that decided, at most so many. Default 0: none are looked for. */
  readonly because?: number;
  /**
   * How their weights are found: "leaving-out" (what the class loses without the word; any classifier), or by the gradients of a tuned encoder. Default: "integrated-gradients" where
   * there are gradients, else "leaving-out".
   */
  readonly by?: BecauseMethod;
  readonly signal?: AbortSignal;
}

/**
 * Texts in, a label with its confidence and a share for each class out. One interface for every kind, so that a program moves from one to the next by a single line:
 * `TextClassifier` fulfils it, whatever it was trained as.
 */
export interface Classifier {
  /** All labels it can give. */
  readonly classes: readonly Label[];
  /** The label of a text. Errors: those of its model; the signal's reason. */
  classify(text: string, options?: ClassifyOptions): Promise<Classification>;
  /** One answer a text, in their order. Errors: as `classify`. */
  classifyAll(texts: readonly string[], options?: ClassifyOptions): Promise<readonly Classification[]>;
  /** Absent: it always answers. */
  readonly state?: GeneratorState;
  /** Frees what it holds. */
  close(): Promise<void>;
}
