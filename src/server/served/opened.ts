// One served thing over its life: closed, opening, open, died, opened again with longer and longer pauses. Knows no other.
import { InkstoneError, type Phrase } from "../../core/index.ts";
import type { ServedKind, ServedThings } from "../../generate/index.ts";
import { type Lease, type ServedEntry, type ServedStatus, usualKeepAliveMs } from "./entry.ts";

type Thing = ServedThings[ServedKind];

/** Pause before the second opening within a minute; each later one waits twice as long. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** A thing that lived so long has forgiven its deaths. */
const FORGIVEN_MS = 60_000;

/** A served thing and its state. */
export class Opened {
  readonly entry: ServedEntry;
  readonly #created: number;
  #thing: Thing | undefined;
  #opening: Promise<Thing> | undefined;
  #users = 0;
  #failures = 0;
  #openedAt = 0;
  #notBefore = 0;
  #why: Phrase | undefined;
  #lastUsed = 0;
  #keepAliveMs: number;
  #expires: number | undefined;
  #clock: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(entry: ServedEntry) {
    this.entry = entry;
    this.#thing = entry.opened;
    this.#openedAt = entry.opened === undefined ? 0 : performance.now();
    this.#created = entry.created ?? Math.floor(Date.now() / 1000);
    this.#keepAliveMs = entry.keepAliveMs ?? usualKeepAliveMs;
  }

  get lastUsed(): number {
    return this.#lastUsed;
  }

  /** Open, not in use, and its own to close. */
  get isIdle(): boolean {
    return this.#thing !== undefined && this.#users === 0 && this.entry.borrowed !== true;
  }

  status(): ServedStatus {
    this.#notice();
    const { kind, name, source, file } = this.entry;
    const whole = { kind, name, created: this.#created, users: this.#users, source, file };
    if (this.#thing !== undefined) return { ...whole, state: "open", information: this.#thing.information, expires: this.#expires };
    if (this.#opening !== undefined) return { ...whole, state: "opening" };
    if (this.#why === undefined) return { ...whole, state: "closed" };
    return { ...whole, state: this.#openedAt === 0 ? "failed" : "died", why: this.#why };
  }

  async use(signal: AbortSignal, keepAliveMs?: number): Promise<Lease<ServedKind>> {
    signal.throwIfAborted();
    this.#users++;
    clearTimeout(this.#clock);
    this.#expires = undefined;
    this.#keepAliveMs = keepAliveMs ?? this.entry.keepAliveMs ?? usualKeepAliveMs;
    let left = false;
    const leave = (): void => {
      if (left) return;
      left = true;
      this.#users--;
      this.#lastUsed = performance.now();
      if (this.#users === 0) this.#rest();
    };
    try {
      const thing = await unlessAborted(this.#open(), signal);
      return { name: this.entry.name, thing, leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Closes it when nobody uses it. */
  async unload(): Promise<void> {
    if (!this.isIdle) return;
    clearTimeout(this.#clock);
    this.#expires = undefined;
    const thing = this.#thing;
    this.#thing = undefined;
    await thing?.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#clock);
    const thing = this.#thing ?? (await this.#opening?.catch(() => undefined));
    this.#thing = undefined;
    if (this.entry.borrowed !== true) await thing?.close();
  }

  // Closed at its time, or at once.
  #rest(): void {
    if (this.entry.borrowed === true || this.#thing === undefined || this.#keepAliveMs === Number.POSITIVE_INFINITY) return;
    this.#expires = Date.now() + this.#keepAliveMs;
    this.#clock = setTimeout(() => void this.unload(), Math.min(this.#keepAliveMs, 2 ** 31 - 1));
    this.#clock.unref();
  }

  #open(): Promise<Thing> {
    this.#notice();
    if (this.#thing !== undefined) return Promise.resolve(this.#thing);
    this.#opening ??= this.#reopen().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #reopen(): Promise<Thing> {
    const early = this.#notBefore - performance.now();
    if (early > 0) throw new InkstoneError("E_ENGINE_DIED", { why: this.#why ?? ["-"] });
    if (this.#closed) throw new InkstoneError("E_ENGINE_CLOSED", { what: this.entry.name });
    try {
      const thing = await this.entry.open({ onProgress: () => undefined });
      if (thing.state?.alive === false) throw new InkstoneError("E_ENGINE_DIED", { why: thing.state.why });
      this.#why = undefined;
      this.#openedAt = performance.now();
      this.#thing = thing;
      return thing;
    } catch (error) {
      this.#failed(error instanceof InkstoneError ? { en: error.message, zh: error.describe("zh").message } : [String(error)]);
      if (error instanceof InkstoneError && error.code === "E_MEMORY") this.#notBefore = 0; // room may be made at once
      throw error;
    }
  }

  // A thing ends by itself: it is seen when it is looked at.
  #notice(): void {
    const state = this.#thing?.state;
    if (this.#thing === undefined || state === undefined || state.alive) return;
    const dead = this.#thing;
    if (performance.now() - this.#openedAt > FORGIVEN_MS) this.#failures = 0;
    this.#thing = undefined;
    this.#failed(state.why, true);
    if (this.entry.borrowed !== true) void dead.close().catch(() => undefined);
  }

  // The first death is followed by an opening at once.
  #failed(why: Phrase, died = false): void {
    this.#why = why;
    this.#failures++;
    const pause = died && this.#failures === 1 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#failures - 1));
    this.#notBefore = performance.now() + pause;
  }
}

// Whoever waits for an opening may leave; the opening goes on for the others.
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((done, fail) => {
    const leave = (): void => fail(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    work.then(done, fail).finally(() => signal.removeEventListener("abort", leave));
  });
}
