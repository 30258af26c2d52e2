// What a twin of a native service is. Knows none of them.

/** A service: answers method calls with bytes, or -(bytes needed) when `output` is too small. */
export interface ReferenceService {
  call(method: number, input: Uint8Array, output: Uint8Array): number;
  /** The same in pieces of less than 50 ms, for what lasts: each yields by how much the progress word grows, the end returns what `call` returns. */
  pieces?(method: number, input: Uint8Array, output: Uint8Array): Generator<number, number>;
}

/** Runs a call in pieces to its end, in one go. */
export function finishPieces(pieces: Generator<number, number>): number {
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
  }
}
