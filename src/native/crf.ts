// The boundary of the "crf" service. Twins: native/services/src/crf and reference/crf.ts. Knows no optimiser and no penalty.
import type { SparseMatrix } from "../core/index.ts";
import { packArrays } from "./arrays.ts";

/**
 * Methods of the "crf" service. `evaluate`: input are the weights, for each attribute one a label, then from label to label, row after row;
 * output is the negative log-likelihood, then its gradient in the same order.
 */
export const crfMethods = { evaluate: 0 } as const;

/** Tokens of sequences, one after another. */
export interface CrfConfiguration {
  /** A row a token, a column an attribute. */
  readonly tokens: SparseMatrix;
  /** Where each sequence begins, and where the last ends. */
  readonly sequences: Uint32Array;
  /** Number of each token's label. */
  readonly golds: Uint32Array;
  readonly labels: number;
}

/** Configuration as bytes: words (attributes, labels), sequences, golds, matrix. */
export function packCrf({ tokens, sequences, golds, labels }: CrfConfiguration): Uint8Array {
  return packArrays([Uint32Array.of(tokens.columns, labels), sequences, golds, tokens.starts, tokens.indices, tokens.values]);
}
