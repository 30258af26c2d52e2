// A generator for protocol tests: says what its script says, as slowly as it is told, and counts what it was asked for.
import { InkstoneError } from "#core";
import type { GenerateOptions, GenerateResult, GeneratorState, Message, Scored, ScoreItem, StreamPiece, TokenizingGenerator } from "#generate";

/** What the fake does. */
export interface Script {
  /** Pieces of the answer. Default: "Hello", ", ", "world". */
  readonly pieces?: readonly string[];
  /** Awaited before piece i. */
  readonly before?: (index: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** A fake generator with a record of its calls. */
export class FakeGenerator implements TokenizingGenerator {
  readonly information = {
    name: "smollm2:135m",
    architecture: "llama",
    parameters: 135e6,
    contextLength: 2048,
    vocabularySize: 49152,
    precision: "exact",
    executor: "reference",
    tier: "reference",
    threads: 1,
    bytes: 1000,
    loadMs: 1,
  } as const;
  state: GeneratorState = { alive: true };
  readonly calls: { prompt: string | readonly Message[]; options: GenerateOptions }[] = [];
  /** Pieces handed out in all. */
  produced = 0;
  running = 0;
  mostRunning = 0;
  closed = false;
  script: Script;

  constructor(script: Script = {}) {
    this.script = script;
  }

  async generate(prompt: string | readonly Message[], options: GenerateOptions = {}): Promise<GenerateResult> {
    let result: GenerateResult | undefined;
    for await (const piece of this.stream(prompt, options)) result = piece.result ?? result;
    return result!;
  }

  async *stream(prompt: string | readonly Message[], options: GenerateOptions = {}): AsyncGenerator<StreamPiece> {
    this.calls.push({ prompt, options });
    this.mostRunning = Math.max(this.mostRunning, ++this.running);
    try {
      const pieces = this.script.pieces ?? ["Hello", ", ", "world"];
      for (const [i, text] of pieces.entries()) {
        await this.script.before?.(i, options.signal);
        if (options.signal?.aborted) throw new InkstoneError("E_CANCELLED", { what: { en: "The generation", zh: "生成" } });
        this.produced++;
        yield { text, tokenIds: [i] };
      }
      yield { text: "", tokenIds: [], result: this.#result(pieces, options) };
    } finally {
      this.running--;
    }
  }

  #result(pieces: readonly string[], { seed = 7 }: GenerateOptions): GenerateResult {
    const timings = { loadMs: 1, firstTokenMs: 2, prefillTokensPerSecond: 100, decodeTokensPerSecond: 50 };
    return {
      text: pieces.join(""),
      tokenIds: pieces.map((_, i) => i),
      promptTokens: 5,
      cachedPromptTokens: 2,
      completionTokens: pieces.length,
      finishReason: "stop",
      seed,
      timings,
    };
  }

  async tokenize(text: string): Promise<{ ids: number[]; tokens: string[] }> {
    return { ids: [...text].map((_, i) => i), tokens: [...text] };
  }
  async detokenize(ids: readonly number[]): Promise<string> {
    return ids.join(" ");
  }
  async render(messages: readonly Message[]): Promise<{ ids: number[]; text: string }> {
    const text = messages.map(({ role, content }) => `<${role}>${content}`).join("");
    return { ids: [...text].map((_, i) => i), text };
  }
  async score(items: readonly ScoreItem[]): Promise<readonly Scored[]> {
    return items.map(() => ({ logProbability: 0, tokens: 1, cut: 0 }));
  }
  async perplexity(): Promise<{ perplexity: number; nllPerToken: number; tokens: number; scored: number }> {
    return { perplexity: 1, nllPerToken: 0, tokens: 1, scored: 0 };
  }
  async close(): Promise<void> {
    this.closed = true;
  }
}

/** Waits until the signal is aborted (for ever without one). */
export function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((done) => (signal?.aborted ? done() : signal?.addEventListener("abort", () => done(), { once: true })));
}

/** A promise and its resolver. */
export function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = (): void => undefined;
  const opened = new Promise<void>((done) => {
    open = done;
  });
  return { open, opened };
}
