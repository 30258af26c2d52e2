// A model that changes its adapters while it answers: the new one is opened beside the old, which ends when its last answer does. Knows no HTTP and no files.
import { InkstoneError } from "../../core/index.ts";
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

/** Which adapters there are for a request. */
export interface AdapterChoice {
  /** The one where a request names none; undefined: the model as it is. */
  readonly usual: () => string | undefined;
  /** Those that the requests of a key may name; "" is none of them. */
  readonly open: (key: string | undefined) => readonly string[];
}

interface Held {
  readonly model: TokenizingGenerator;
  users: number;
  leaving: boolean;
}

/** Answers by the model that is open now; where a request names no adapter, by the usual one. */
export class AdaptedModel implements TokenizingGenerator {
  readonly #open: { now: Held };
  readonly #choice: AdapterChoice;
  readonly #name: string | undefined;

  constructor(model: TokenizingGenerator | AdaptedModel, choice: AdapterChoice, name?: string) {
    this.#open = model instanceof AdaptedModel ? model.#open : { now: held(model) };
    this.#choice = choice;
    this.#name = name;
  }

  // The engine's own list of adapters has also those that are not everybody's.
  get information(): ModelInformation {
    const { adapters: _adapters, ...rest } = this.#open.now.model.information;
    return this.#name === undefined ? rest : { ...rest, name: this.#name };
  }

  get state(): GeneratorState {
    return this.#open.now.model.state ?? { alive: true };
  }

  /** The same model by another name: always with this adapter. It ends with the model, and closing it closes nothing. */
  as(name: string, adapter: string): AdaptedModel {
    return new AdaptedModel(this, { usual: () => adapter, open: () => [adapter] }, name);
  }

  /** From now on another one answers. */
  swap(model: TokenizingGenerator): void {
    const before = this.#open.now;
    this.#open.now = held(model);
    before.leaving = true;
    if (before.users === 0) void before.model.close();
  }

  generate(prompt: string | readonly Message[], options: GenerateOptions = {}): Promise<GenerateResult> {
    return this.#with((model) => model.generate(prompt, this.#adapted(options)));
  }

  async *stream(prompt: string | readonly Message[], options: GenerateOptions = {}): AsyncGenerator<StreamPiece> {
    const entered = this.#enter();
    try {
      yield* entered.model.stream(prompt, this.#adapted(options));
    } finally {
      leave(entered);
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
    if (this.#name === undefined) await this.#open.now.model.close();
  }

  // Errors: E_ADAPTER_UNKNOWN, also for one that is another key's.
  #adapted<Options extends { readonly adapter?: string; readonly key?: string }>(options: Options): Options {
    const adapter = options.adapter ?? this.#choice.usual();
    if (adapter === undefined) return options;
    const open = options.adapter === undefined ? undefined : this.#choice.open(options.key);
    if (open?.includes(adapter) === false) throw unknownAdapter(adapter, open);
    return { ...options, adapter };
  }

  #enter(): Held {
    this.#open.now.users++;
    return this.#open.now;
  }

  async #with<T>(work: (model: TokenizingGenerator) => Promise<T>): Promise<T> {
    const entered = this.#enter();
    try {
      return await work(entered.model);
    } finally {
      leave(entered);
    }
  }
}

const held = (model: TokenizingGenerator): Held => ({ model, users: 0, leaving: false });

/** Errors: this is one. "" among what is open is no name. */
export const unknownAdapter = (adapter: string, open: readonly string[]): InkstoneError =>
  new InkstoneError("E_ADAPTER_UNKNOWN", { adapter, available: open.filter((name) => name !== "").join(", ") || "-" });

function leave(one: Held): void {
  one.users--;
  if (one.leaving && one.users === 0) void one.model.close();
}
