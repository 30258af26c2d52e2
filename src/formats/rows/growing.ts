// Bytes of an unfinished row: they grow piece by piece and are taken once. Copies, so that a piece may be used again by its owner.

/** Bytes that grow at their end; the room doubles, so that many small pieces cost no more than one large one. */
export class GrowingBytes {
  #room: Buffer = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds bytes at the end. */
  append(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#room.length) {
      const room = Buffer.allocUnsafe(Math.max(needed, 2 * this.#room.length, 4096));
      this.#room.copy(room, 0, 0, this.#length);
      this.#room = room;
    }
    this.#room.set(piece, this.#length);
    this.#length = needed;
  }

  /** What is there; valid until the next `append`. It is empty afterwards, and a room that was large is given back. */
  take(): Buffer {
    const bytes = this.#room.subarray(0, this.#length);
    if (this.#room.length > 1 << 20) this.#room = Buffer.alloc(0);
    this.#length = 0;
    return bytes;
  }
}
