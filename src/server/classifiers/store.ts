// The classifiers that a server has: found by id, the one not used for longest makes room. Knows no HTTP.
import { randomUUID } from "node:crypto";
import { basename, extname } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { ClassifierThread } from "./classifier-thread.ts";
import type { ClassifierFacts } from "./messages.ts";

/** A classifier of the server. */
export interface KeptClassifier {
  readonly id: string;
  readonly thread: ClassifierThread;
  readonly facts: ClassifierFacts;
  /** Seconds since 1970. */
  readonly created: number;
  /** Given at the start: it is never put out for another. */
  readonly given: boolean;
}

/** All classifiers of a server. */
export class Classifiers {
  readonly #most: number;
  // The one used last is last.
  readonly #kept = new Map<string, KeptClassifier>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Keeps a trained one under a random id. */
  keep(thread: ClassifierThread, facts: ClassifierFacts): KeptClassifier {
    const kept = this.#put({ id: randomUUID(), thread, facts, given: false });
    const trained = this.list().filter(({ given }) => !given);
    for (const { id } of trained.slice(0, Math.max(0, trained.length - this.#most))) this.remove(id);
    return kept;
  }

  /**
   * Opens a saved one under the name of its file. Errors: E_OPTION for a name that is taken or has no letter or digit; those of `TextClassifier.load`.
   */
  async open(file: string): Promise<KeptClassifier> {
    const id = classifierId(file);
    if (id === "" || this.#kept.has(id)) {
      const allowed = { en: "files whose names differ in letters and digits", zh: "名称（字母与数字）互不相同的文件" };
      throw new InkstoneError("E_OPTION", { option: "classifier", value: basename(file), allowed });
    }
    const thread = new ClassifierThread();
    try {
      return this.#put({ id, thread, facts: await thread.run("load", { file }), given: true });
    } catch (error) {
      await thread.end();
      throw error;
    }
  }

  /** Errors: E_CLASSIFIER. */
  get(id: string): KeptClassifier {
    const kept = this.#kept.get(id);
    if (kept === undefined || !kept.thread.alive) throw new InkstoneError("E_CLASSIFIER", { id });
    this.#kept.delete(id);
    this.#kept.set(id, kept);
    return kept;
  }

  /** The one used last is last. */
  list(): KeptClassifier[] {
    return [...this.#kept.values()].filter(({ thread }) => thread.alive);
  }

  /** Forgets one; what it is doing is still done. Errors: E_CLASSIFIER. */
  remove(id: string): void {
    const { thread } = this.get(id);
    this.#kept.delete(id);
    thread.retire();
  }

  /** Ends all. */
  async close(): Promise<void> {
    const all = [...this.#kept.values()];
    this.#kept.clear();
    await Promise.all(all.map(({ thread }) => thread.end()));
  }

  #put(kept: Omit<KeptClassifier, "created">): KeptClassifier {
    const whole = { ...kept, created: Math.floor(Date.now() / 1000) };
    this.#kept.set(kept.id, whole);
    return whole;
  }
}

/**
 * The id of a classifier that comes from a file.
 *
 * @example
 * classifierId("models/My reviews.json"); // "my-reviews"
 */
export function classifierId(file: string): string {
  return basename(file, extname(file))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 64);
}
