// A model that changes its adapters while it answers: the new one is opened beside the old, which ends when its last answer does. Knows no HTTP and no files.
import type {
  GenerateOptions,
  GenerateResult,
  GeneratorState,
  Message,
  ModelInformation,
  PerplexityOptions,
  PerplexityResult,
  Scored,
  ScoreItem,
  ScoreOptions,
  StreamPiece,
  TokenizingGenerator,
  Tool,
} from "../../generate/index.ts";

interface Held {
  readonly model: TokenizingGenerator;
  users: number;
  leaving: boolean;
}

/** Answers by the model that is open now; where a request names no adapter, by the one that `usual` says. */
export class AdaptedModel implements TokenizingGenerator {
  #now: Held;
  readonly #usual: () => string | undefined;

  constructor(model: TokenizingGenerator, usual: () => string | undefined) {
    this.#now = { model, users: 0, leaving: false };
    this.#usual = usual;
  }

  get information(): ModelInformation {
    return this.#now.model.information;
  }

  get state(): GeneratorState {
    return this.#now.model.state ?? { alive: true };
  }

  /** From now on another one answers. */
  swap(model: TokenizingGenerator): void {
    const before = this.#now;
    this.#now = { model, users: 0, leaving: false };
    before.leaving = true;
    if (before.users === 0) void before.model.close();
  }

  generate(prompt: string | readonly Message[], options: GenerateOptions = {}): Promise<GenerateResult> {
    return this.#with((model) => model.generate(prompt, this.#adapted(options)));
  }

  async *stream(prompt: string | readonly Message[], options: GenerateOptions = {}): AsyncGenerator<StreamPiece> {
    const held = this.#enter();
    try {
      yield* held.model.stream(prompt, this.#adapted(options));
    } finally {
      leave(held);
    }
  }

  tokenize(text: string, options?: { special?: boolean }): Promise<{ ids: number[]; tokens: string[] }> {
    return this.#with((model) => model.tokenize(text, options));
  }

  detokenize(ids: readonly number[]): Promise<string> {
    return this.#with((model) => model.detokenize(ids));
  }

  render(messages: readonly Message[], options?: { readonly tools?: readonly Tool[] }): Promise<{ ids: number[]; text: string }> {
    return this.#with((model) => model.render(messages, options));
  }

  score(items: readonly ScoreItem[], options: ScoreOptions = {}): Promise<readonly Scored[]> {
    return this.#with((model) => model.score(items, this.#adapted(options)));
  }

  perplexity(text: string, options: PerplexityOptions = {}): Promise<PerplexityResult> {
    return this.#with((model) => model.perplexity(text, this.#adapted(options)));
  }

  async close(): Promise<void> {
    await this.#now.model.close();
  }

  #adapted<Options extends { readonly adapter?: string }>(options: Options): Options {
    const adapter = options.adapter ?? this.#usual();
    return adapter === undefined ? options : { ...options, adapter };
  }

  #enter(): Held {
    this.#now.users++;
    return this.#now;
  }

  async #with<T>(work: (model: TokenizingGenerator) => Promise<T>): Promise<T> {
    const held = this.#enter();
    try {
      return await work(held.model);
    } finally {
      leave(held);
    }
  }
}

function leave(held: Held): void {
  held.users--;
  if (held.leaving && held.users === 0) void held.model.close();
}
