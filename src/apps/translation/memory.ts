// What was translated before, in the store: by sentence, language pair and model; what a person corrected goes before everything. Knows no models.
import { createHash } from "node:crypto";
import type { Records, Store } from "../../store/index.ts";

/** A sentence that was translated. */
export interface RememberedTranslation {
  readonly source: string;
  readonly target: string;
  readonly from: string;
  readonly to: string;
  /** The model; "person" where a person said it. */
  readonly by: string;
}

/**
 * A translation memory.
 *
 * @example
 * const store = await openStore({ file: ":memory:" });
 * const memory = new TranslationMemory(store);
 * await memory.add({ source: "Ink.", target: "墨。", from: "en", to: "zh", by: "person" });
 * await memory.find("Ink.", { from: "en", to: "zh", model: "any" }); // "墨。"
 * await store.close();
 */
export class TranslationMemory {
  readonly #records: Records<RememberedTranslation>;
  readonly #owner: string;

  constructor(store: Store, owner: string = "") {
    this.#records = store.records<RememberedTranslation>("translation");
    this.#owner = owner;
  }

  /** Keeps a translation over what was known of the sentence by the same one. */
  async add(one: RememberedTranslation): Promise<void> {
    await this.#records.put(this.#owner, nameOf(one.source, one.from, one.to, one.by), one);
  }

  /** What a person said of the sentence, else what the model did; undefined where nothing is known. */
  async find(
    source: string,
    { from, to, model }: { readonly from: string; readonly to: string; readonly model: string },
  ): Promise<string | undefined> {
    const own =
      (await this.#records.get(this.#owner, nameOf(source, from, to, "person"))) ??
      (await this.#records.get(this.#owner, nameOf(source, from, to, model)));
    return own?.body.target;
  }

  /** Forgets what the model, or a person, said of a sentence; whether there was something. */
  async remove({ source, from, to, by }: Omit<RememberedTranslation, "target">): Promise<boolean> {
    return this.#records.remove(this.#owner, nameOf(source, from, to, by));
  }
}

const nameOf = (source: string, from: string, to: string, by: string): string =>
  createHash("sha256")
    .update(JSON.stringify([from, to, by, source]))
    .digest("hex")
    .slice(0, 40);
