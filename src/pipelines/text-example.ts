// What text classifiers learn from. Types only.
import type { Label } from "../classical/index.ts";

/** A text and its label. */
export interface TextExample {
  readonly text: string;
  readonly label: Label;
  /** The line of its file on which it begins, where it came from one. */
  readonly line?: number;
}
