// What is served, by kind and name: opened when it is first wanted, closed when nobody has wanted it for a while, opened again when it died. Knows no HTTP.
import { InkstoneError, type Words } from "../../core/index.ts";
import type { ServedKind } from "../../generate/index.ts";
import type { AdaptedModel } from "./adapted-model.ts";
import type { Lease, ServedEntry, ServedStatus } from "./entry.ts";
import { Opened } from "./opened.ts";

/** What each kind is for. */
const kinds: Readonly<Record<ServedKind, Words>> = {
  chat: { en: "chats", zh: "对话" },
  embeddings: { en: "vectors", zh: "向量" },
  rerank: { en: "ranking", zh: "重排序" },
  moderation: { en: "moderation", zh: "内容审核" },
  translation: { en: "translation", zh: "翻译" },
  transcription: { en: "transcription", zh: "语音转写" },
};

/** A chat by another name: the same model, with the adapter of this name. */
interface View {
  readonly name: string;
  readonly of: string;
  readonly created: number;
}

/**
 * All that a server serves. The first of a kind answers where no name is given.
 *
 * @example
 * const registry = new Registry();
 * registry.add({ kind: "chat", name: "tiny", open: () => LanguageModel.open("model.gguf") });
 * const { thing, leave } = await registry.use("chat", "tiny", new AbortController().signal);
 * leave(); // it stays open for five minutes
 * await registry.close();
 */
export class Registry {
  readonly #things: Opened[] = [];
  readonly #views: View[] = [];

  /** Errors: E_OPTION for a name that its kind has already. */
  add<Kind extends ServedKind>(entry: ServedEntry<Kind>): void {
    if (this.#things.some(({ entry: { kind, name } }) => kind === entry.kind && name === entry.name)) {
      const allowed = { en: "names that differ within a kind", zh: "同一种类内互不相同的名称" };
      throw new InkstoneError("E_OPTION", { option: "name", value: entry.name, allowed });
    }
    this.#things.push(new Opened(entry as unknown as ServedEntry));
  }

  /** Serves an adapter of a chat as a model of its own name. False: another chat has the name. */
  addView(name: string, of: string): boolean {
    const there = this.#views.find((view) => view.name === name);
    if (there !== undefined) return there.of === of;
    if (this.names("chat").includes(name)) return false;
    this.#views.push({ name, of, created: Math.floor(Date.now() / 1000) });
    return true;
  }

  /** Takes it away; whether it was there. */
  removeView(name: string, of: string): boolean {
    const at = this.#views.findIndex((view) => view.name === name && view.of === of);
    if (at >= 0) this.#views.splice(at, 1);
    return at >= 0;
  }

  /** Names of a kind. */
  names(kind: ServedKind): string[] {
    return this.list().flatMap((one) => (one.kind === kind ? [one.name] : []));
  }

  /** Everything, in the order in which it was added; adapters as models of their own name last. */
  list(): ServedStatus[] {
    return [...this.#things.map((thing) => thing.status()), ...this.#views.map((view) => this.#viewed(view))];
  }

  /** By what a served chat model is fine-tuned; undefined: it is not served, or cannot be. */
  tunable(name: string): string | undefined {
    return this.#things.find(({ entry }) => entry.kind === "chat" && entry.name === name)?.entry.tune?.reference;
  }

  /** The chat model that is fine-tuned by a reference. */
  tunedBy(reference: string): string | undefined {
    return this.#things.find(({ entry }) => entry.kind === "chat" && entry.tune?.reference === reference)?.entry.name;
  }

  /** Errors: E_SERVED_MODEL; E_SERVED_NONE where nothing of the kind is served. */
  find(kind: ServedKind, name?: string): ServedStatus {
    const view = this.#viewOf(kind, name);
    return view === undefined ? this.#find(kind, name).status() : this.#viewed(view);
  }

  /**
   * A thing to work with, opened where it is not. `keepAliveMs` is remembered: it is for this use and the time after it.
   *
   * Errors: E_SERVED_MODEL, E_SERVED_NONE; those of its opening; E_ENGINE_DIED while it waits to be opened again; the signal's reason.
   */
  async use<Kind extends ServedKind>(kind: Kind, name: string | undefined, signal: AbortSignal, keepAliveMs?: number): Promise<Lease<Kind>> {
    const view = this.#viewOf(kind, name);
    if (view !== undefined) {
      const { thing, leave } = await this.use("chat", view.of, signal, keepAliveMs);
      return { name: view.name, thing: (thing as AdaptedModel).as(view.name, view.name), leave } as unknown as Lease<Kind>;
    }
    const opened = this.#find(kind, name);
    try {
      return (await opened.use(signal, keepAliveMs)) as unknown as Lease<Kind>;
    } catch (error) {
      if (!(error instanceof InkstoneError && error.code === "E_MEMORY") || !(await this.#makeRoom(opened))) throw error;
      return (await opened.use(signal, keepAliveMs)) as unknown as Lease<Kind>;
    }
  }

  /** Closes a thing by name, when it is not in use; it is opened again when it is wanted. Errors: E_SERVED_MODEL. */
  async unload(name: string): Promise<ServedStatus> {
    const { of } = this.#views.find((view) => view.name === name) ?? { of: name };
    const all = this.#things.filter((thing) => thing.entry.name === of);
    if (all.length === 0) throw this.#unknown(name, this.list());
    for (const each of all) await each.unload();
    return of === name ? all[0].status() : this.find("chat", name);
  }

  /** Takes a thing away and closes it; whether it was there. */
  async remove(kind: ServedKind, name: string): Promise<boolean> {
    const at = this.#things.findIndex(({ entry }) => entry.kind === kind && entry.name === name);
    if (at < 0) return false;
    const [thing] = this.#things.splice(at, 1);
    await thing.close();
    return true;
  }

  /** Closes everything that is its own to close. */
  async close(): Promise<void> {
    await Promise.all(this.#things.map((thing) => thing.close()));
  }

  // Memory is short: what nobody uses goes, the longest unused first. False when there is nothing.
  async #makeRoom(wanting: Opened): Promise<boolean> {
    const idle = this.#things.filter((thing) => thing !== wanting && thing.isIdle).sort((a, b) => a.lastUsed - b.lastUsed);
    if (idle.length === 0) return false;
    for (const each of idle) await each.unload();
    return true;
  }

  #viewOf(kind: ServedKind, name: string | undefined): View | undefined {
    return kind === "chat" && name !== undefined ? this.#views.find((view) => view.name === name) : undefined;
  }

  #viewed({ name, of, created }: View): ServedStatus {
    return { ...this.#find("chat", of).status(), name, created, parent: of, source: undefined };
  }

  #find(kind: ServedKind, name: string | undefined): Opened {
    const ofKind = this.#things.filter((thing) => thing.entry.kind === kind);
    if (ofKind.length === 0) throw new InkstoneError("E_SERVED_NONE", { kind: kinds[kind] });
    if (name === undefined) return ofKind[0];
    const found = ofKind.find((thing) => thing.entry.name === name);
    if (found !== undefined) return found;
    const among = this.list().filter((one) => one.kind === kind);
    const other = this.list().find((one) => one.name === name);
    if (other === undefined) throw this.#unknown(name, among);
    const facts = { model: name, is: kinds[other.kind], wanted: kinds[kind], served: among.map((one) => one.name).join(", ") };
    throw Object.assign(new InkstoneError("E_SERVED_KIND", facts), { param: "model" });
  }

  #unknown(name: string, among: readonly ServedStatus[]): InkstoneError {
    const served = [...new Set(among.map((one) => one.name))].join(", ");
    return Object.assign(new InkstoneError("E_SERVED_MODEL", { model: name, served }), { param: "model" });
  }
}
