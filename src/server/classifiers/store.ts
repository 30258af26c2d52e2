// The classifiers that a server has: found by id, the one not used for longest makes room. Knows no HTTP.
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { dataFolder, InkstoneError } from "../../core/index.ts";
import type { ClassifierFacts, Tasks } from "../../evaluate/index.ts";
import { ClassifierThread } from "../../evaluate/index.ts";
import { Turnstile } from "../http/turnstile.ts";

/** A classifier of the server. */
export interface KeptClassifier {
  readonly id: string;
  readonly thread: ClassifierThread;
  /** Who asks it waits here: it works in a thread of its own and waits for no chat. */
  readonly line: Turnstile;
  readonly facts: ClassifierFacts;
  /** Seconds since 1970. */
  readonly created: number;
  /** Given at the start: it is never put out for another. */
  readonly given: boolean;
  /** The file that it came from. */
  readonly file?: string;
}

/** How much classifiers may take. */
export interface ClassifierLimits {
  /** Trained ones that are kept. */
  readonly classifiers: number;
  /** Requests that may wait for one of them. */
  readonly waiting: number;
  /** Milliseconds for one text. */
  readonly classifyMs: number;
}

/** All classifiers of a server. */
export class Classifiers {
  readonly #limits: ClassifierLimits;
  // The one used last is last.
  readonly #kept = new Map<string, KeptClassifier>();

  constructor(limits: ClassifierLimits) {
    this.#limits = limits;
  }

  /** Keeps a trained one under a random id. */
  keep(thread: ClassifierThread, facts: ClassifierFacts): KeptClassifier {
    const kept = this.#put({ id: randomUUID(), thread, facts, given: false });
    const trained = this.list().filter(({ given }) => !given);
    for (const { id } of trained.slice(0, Math.max(0, trained.length - this.#limits.classifiers))) this.remove(id);
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
      return this.#put({ id, thread, facts: await thread.run("load", { file }), given: true, file });
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
  remove(id: string): KeptClassifier {
    const kept = this.get(id);
    this.#kept.delete(id);
    kept.thread.retire();
    return kept;
  }

  /** Forgets one, and takes away the folder of what was tuned here. Errors: E_CLASSIFIER. */
  async forget(id: string): Promise<void> {
    const { given, facts } = this.remove(id);
    if (!given && facts.folder !== undefined) await rm(facts.folder, { recursive: true, force: true });
  }

  /** A folder for an encoder that is tuned here. It stays when the server ends. */
  newFolder(): string {
    return join(dataFolder(), "classifiers", randomUUID());
  }

  /** Ends all. */
  async close(): Promise<void> {
    const all = [...this.#kept.values()];
    this.#kept.clear();
    await Promise.all(all.map(({ thread }) => thread.end()));
  }

  /**
   * One text. A classifier that takes longer than its time (a hostile pattern in a file) is ended, and opened again from its file.
   *
   * Errors: E_CLASSIFIER_THREAD; those of the classifier.
   */
  async classify(kept: KeptClassifier, takes: Tasks["classify"]["takes"]): Promise<Tasks["classify"]["gives"]> {
    const { classifyMs } = this.#limits;
    let late = false;
    const clock = setTimeout(() => {
      late = true;
      void kept.thread.end();
    }, classifyMs);
    try {
      return await kept.thread.run("classify", takes);
    } catch (error) {
      if (!late) throw error;
      if (kept.file !== undefined) await this.#again(kept);
      const seconds = classifyMs / 1000;
      throw new InkstoneError("E_CLASSIFIER_THREAD", {
        why: { en: `a text took longer than ${seconds} seconds`, zh: `单条文本耗时超过 ${seconds} 秒` },
      });
    } finally {
      clearTimeout(clock);
    }
  }

  async #again({ id, file }: KeptClassifier): Promise<void> {
    if (this.#kept.get(id)?.thread.alive !== false) return;
    this.#kept.delete(id);
    await this.open(file as string);
  }

  #put(kept: Omit<KeptClassifier, "created" | "line">): KeptClassifier {
    const whole = { ...kept, line: new Turnstile(1, this.#limits.waiting), created: Math.floor(Date.now() / 1000) };
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
