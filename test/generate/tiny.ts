// Tiny models for the tests of generation, written once a file of tests; and the same model run by hand, as the oracle.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GenerateOptions, LanguageModel, type LoadOptions } from "inkstone";
import { afterAll } from "vitest";
import { openGguf } from "#formats";
import { checkOptions, pick, wantOf } from "#generate";
import { type CausalModel, loadModel, type Sequence } from "#models";
import { openExecutor } from "#native";
import { cpu } from "#tensor";
import { type Tokenizer, tokenizerFromGguf } from "#text";
import { type TinyLlamaOptions, writeTinyLlama } from "../support/tiny-llama.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-generate-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const Q8_ROW = (64 / 32) * 34;
let written = 0;

/** The path of a model with a head of its own that gives the three special tokens no more than average: a greedy answer never ends by itself. */
export function tinyPath(options: TinyLlamaOptions = {}): string {
  const quiet: TinyLlamaOptions = {
    tied: false,
    tensors: (tensors) =>
      tensors.map((tensor) => (tensor.name === "output.weight" ? { ...tensor, data: silenced(tensor.data as Uint8Array) } : tensor)),
    ...options,
  };
  return writeTinyLlama(join(folder, `tiny-${written++}.gguf`), quiet);
}

function silenced(head: Uint8Array): Uint8Array {
  return head.slice().fill(0, 0, 3 * Q8_ROW);
}

/** Opens a model for one test; `await using` closes it. */
export function openTiny(path: string, options: LoadOptions = {}): Promise<LanguageModel> {
  return LanguageModel.open(path, { precision: "exact", threads: 1, ...options });
}

/** A model in this thread, without an engine. */
export interface ByHand extends Disposable {
  readonly model: CausalModel;
  readonly tokenizer: Tokenizer;
  readonly sequence: Sequence;
  /** The ids of an answer: the whole prompt computed, one token picked and appended after the other. */
  answer(prompt: readonly number[], options: GenerateOptions & { readonly maxTokens: number }): number[];
}

/** Opens a model in this thread. */
export async function byHand(path: string): Promise<ByHand> {
  const executor = openExecutor({ threads: 1 });
  const gguf = await openGguf(path);
  const tokenizer = tokenizerFromGguf(gguf.metadata, executor);
  const model = await loadModel(gguf, cpu(executor), { precision: "exact" });
  gguf.close();
  const [sequence] = model.openSequences(1, model.contextLength);
  return {
    model,
    tokenizer,
    sequence,
    answer(prompt, options) {
      const checked = checkOptions(options);
      sequence.truncate(0);
      const want = wantOf(checked);
      let [{ likeliest, logits }] = model.step([{ sequence, ids: prompt, want }]);
      const ids: number[] = [];
      while (ids.length < options.maxTokens) {
        const id = pick({ likeliest: likeliest!, logits: logits! }, model.vocabularySize, checked, [...prompt, ...ids], ids.length);
        if (tokenizer.endOfTurn.has(id)) break;
        ids.push(id);
        [{ likeliest, logits }] = model.step([{ sequence, ids: [id], want }]);
      }
      return ids;
    },
    [Symbol.dispose]() {
      model.dispose();
      tokenizer.dispose();
    },
  };
}

/** What a promise is rejected with. */
export const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => Promise.reject(new Error(`it did not fail but gave ${JSON.stringify(value)}`)),
    (error: unknown) => error,
  );
