// Pasted lines as one message: terminals that are asked mark where a paste begins and ends. Knows no chat.

/** Asks a terminal to mark what is pasted, and to stop doing so. */
export const pasteMarks = { on: "\u001b[?2004h", off: "\u001b[?2004l" } as const;

interface Key {
  readonly name?: string;
}

/** Puts the lines of a paste together, until Enter is pressed behind it. */
export class Paste {
  #lines: string[] = [];
  #going = false;

  /** `keys`: a stream that tells its keys (`emitKeypressEvents`). Made before whatever else listens to them. */
  constructor(keys: NodeJS.ReadStream) {
    keys.prependListener("keypress", (_text: string | undefined, key: Key | undefined) => {
      if (key?.name === "paste-start") this.#going = true;
      else if (key?.name === "paste-end") this.#going = false;
    });
  }

  /** Takes a line; gives the message where it is whole. */
  take(line: string): string | undefined {
    this.#lines.push(line);
    if (this.#going) return undefined;
    const text = this.#lines.join("\n");
    this.#lines = [];
    return text;
  }

  /** Forgets a paste that was not sent. */
  reset(): void {
    this.#lines = [];
  }
}
