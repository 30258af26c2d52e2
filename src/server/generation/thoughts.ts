// What a model thinks before it answers, told apart from its answer: "<think> … </think>" at the beginning, as Qwen3, SmolLM3, QwQ and R1 write it. Knows no routes.
import type { GenerateOptions, Message, TextGenerator, TokenizingGenerator } from "../../generate/index.ts";

const BEGIN = "<think>";
const END = "</think>";

/** A piece of an answer, apart. */
export interface Parted {
  readonly thought: string;
  readonly text: string;
}

/**
 * Tells thought and answer apart, piece by piece. White space around both is nobody's.
 *
 * @example
 * const reader = new ThoughtReader();
 * reader.push("<think>\nHm. </thi"); // { thought: "Hm.", text: "" }
 * reader.push("nk>\n\nYes."); // { thought: "", text: "Yes." }
 */
export class ThoughtReader {
  #state: "before" | "thought" | "behind" | "text";
  #held = "";
  #begun = false;

  /** `inside`: the prompt has begun the thought already. */
  constructor(inside: boolean = false) {
    this.#state = inside ? "thought" : "before";
  }

  /** Whether the answer has begun. */
  get isAnswering(): boolean {
    return this.#state === "text";
  }

  push(piece: string): Parted {
    this.#held += piece;
    let thought = "";
    if (this.#state === "before") {
      const start = this.#held.trimStart();
      if (start.startsWith(BEGIN)) {
        this.#held = start.slice(BEGIN.length);
        this.#state = "thought";
      } else if (!BEGIN.startsWith(start)) this.#state = "text";
      else return { thought, text: "" };
    }
    if (this.#state === "thought") {
      if (!this.#begun) this.#held = this.#held.trimStart();
      const end = this.#held.indexOf(END);
      // What may be the beginning of the mark, and the white space before it, waits for what follows.
      const sure = end >= 0 ? this.#held.slice(0, end).trimEnd() : this.#held.slice(0, sureLength(this.#held));
      thought = sure;
      this.#begun ||= sure !== "";
      this.#held = this.#held.slice(end >= 0 ? end + END.length : sure.length);
      if (end < 0) return { thought, text: "" };
      this.#state = "behind";
    }
    if (this.#state === "behind") {
      this.#held = this.#held.trimStart();
      if (this.#held !== "") this.#state = "text";
    }
    const text = this.#held;
    this.#held = "";
    return { thought, text };
  }

  /** What was held back, at the end of the answer. */
  end(): Parted {
    const rest = this.#held;
    this.#held = "";
    return this.#state === "thought" ? { thought: rest.trimEnd(), text: "" } : { thought: "", text: rest };
  }
}

function sureLength(held: string): number {
  for (let length = Math.min(END.length - 1, held.length); length > 0; length--)
    if (END.startsWith(held.slice(-length))) return held.slice(0, -length).trimEnd().length;
  return held.trimEnd().length;
}

/** A whole answer, apart. */
export function parted(text: string, reader: ThoughtReader | undefined): Parted {
  if (reader === undefined) return { thought: "", text };
  const [first, last] = [reader.push(text), reader.end()];
  return { thought: first.thought + last.thought, text: first.text + last.text };
}

/**
 * What makes the readers of answers to a chat; none where the model's template knows no thoughts, and for a text that is gone on with. A template may begin
 * the thought itself: then the answer begins inside it.
 */
export async function thoughtReaders(
  generator: TextGenerator,
  prompt: string | readonly Message[],
  { thinking, tools, responseFormat }: GenerateOptions,
): Promise<(() => ThoughtReader) | undefined> {
  const { chatTemplate } = generator.information;
  if (typeof prompt === "string" || chatTemplate?.includes(BEGIN) !== true || responseFormat !== undefined) return undefined;
  const { render } = generator as Partial<TokenizingGenerator>;
  const { text } = (await render?.call(generator, prompt, { ...(tools && { tools }), ...(thinking === undefined ? {} : { thinking }) })) ?? {
    text: "",
  };
  const inside = text.trimEnd().endsWith(BEGIN);
  return () => new ThoughtReader(inside);
}
