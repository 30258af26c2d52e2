// A grammar at work in an engine: which tokens may come next. The vocabulary is made once a model, when the first is asked for; away from the engine's thread. Knows no requests.
import { InkstoneError, type Phrase } from "../../core/index.ts";
import { type Executor, grammarMethods, packGrammar, packVocabulary, type ServiceHandle } from "../../native/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { Grammar } from "./format.ts";

/** Which tokens may come next in one answer. */
export interface Constraint {
  /** A bit a token, 1 where it may come next; valid until the next call. */
  allowed(): Uint32Array;
  /** Takes a token that was allowed; true where nothing but an end may follow. */
  take(id: number): boolean;
  dispose(): void;
}

// What the engine says, without its advice to programmers.
function wordsOf(why: string): Phrase {
  if (why.startsWith("oneOf constraints")) return { en: "the options of a oneOf cannot be told apart", zh: "oneOf 的各选项无法区分" };
  return [why.split("\n", 1)[0].replace(/\.$/, "")];
}

/** Makes constraints over one tokenizer. */
export class Constraints {
  readonly #executor: Executor;
  readonly #tokenizer: Tokenizer;
  #vocabulary: Promise<{ readonly handle: ServiceHandle; readonly number: number }> | undefined;

  constructor(executor: Executor, tokenizer: Tokenizer) {
    this.#executor = executor;
    this.#tokenizer = tokenizer;
  }

  /** Whether there can be any here. */
  get available(): boolean {
    return this.#executor.name === "native";
  }

  /** Errors: `E_RESPONSE_FORMAT` with the engine's words; `E_NATIVE_NEEDED` on the reference kernels. */
  async open(grammar: Grammar): Promise<Constraint> {
    this.#vocabulary ??= this.#open();
    const { number } = await this.#vocabulary;
    try {
      const handle = await this.#executor.createServiceAsync("grammar", packGrammar(number, grammar.kind, grammar.text));
      return this.#constraint(handle);
    } catch (error) {
      if (!(error instanceof InkstoneError) || error.code !== "E_SERVICE") throw error;
      throw new InkstoneError("E_RESPONSE_FORMAT", { place: grammar.kind, why: wordsOf((error.parameters as { why: string }).why) });
    }
  }

  #constraint(handle: ServiceHandle): Constraint {
    const words = new Uint32Array(Math.ceil(this.#tokenizer.vocabularySize / 32));
    const mask = new Uint8Array(words.buffer);
    const answer = new Uint8Array(4);
    return {
      allowed: () => {
        this.#executor.callService(handle, grammarMethods.mask, new Uint8Array(0), mask);
        return words;
      },
      take: (id) => {
        this.#executor.callService(handle, grammarMethods.take, new Uint8Array(Uint32Array.of(id).buffer), answer);
        return answer[0] === 1;
      },
      dispose: () => this.#executor.freeService(handle),
    };
  }

  async #open(): Promise<{ handle: ServiceHandle; number: number }> {
    const { vocabularySize, specialIds: control, endOfTurn } = this.#tokenizer;
    const tokens: Uint8Array[] = [];
    for (let id = 0; id < vocabularySize; id++) {
      tokens.push(this.#tokenizer.bytes(id));
      if (id % 8192 === 8191) await new Promise((next) => setImmediate(next)); // other answers go on
    }
    const handle = await this.#executor.createServiceAsync("vocabulary", packVocabulary({ tokens, control, ends: [...endOfTurn] }));
    const number = new Uint8Array(4);
    this.#executor.callService(handle, grammarMethods.number, new Uint8Array(0), number);
    return { handle, number: new Uint32Array(number.buffer)[0] };
  }

  dispose(): void {
    void this.#vocabulary?.then(
      ({ handle }) => this.#executor.freeService(handle),
      () => undefined,
    );
  }
}
