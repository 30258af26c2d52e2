// Adapters of served models: which are there, which one answers where a request names none; put in and taken away while the model answers. Knows no routes.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { InkstoneError } from "../../core/index.ts";
import type { TokenizingGenerator } from "../../generate/index.ts";
import type { Records, Store } from "../../store/index.ts";
import type { Access } from "../http/access.ts";
import { AdaptedModel, unknownAdapter } from "./adapted-model.ts";
import type { ServedEntry } from "./entry.ts";
import type { Registry } from "./registry.ts";

/** Adapters of a model. */
export interface AdaptersOf {
  readonly model: string;
  /** Their names, in the order in which they came. */
  readonly adapters: readonly string[];
  /** The one that answers where a request names none; "" for the model as it is. */
  readonly active: string;
}

interface Kept {
  readonly folders: Readonly<Record<string, string>>;
  readonly active: string;
  /** Of those that are one key's alone: its id. */
  readonly owners?: Readonly<Record<string, string>>;
}

/** How long what the store holds is not looked at again, in milliseconds: so soon is what another server of it did seen here. */
const LOOK_MS = 500;

interface Known {
  folders: Readonly<Record<string, string>>;
  active: string;
  owners: Readonly<Record<string, string>>;
  /** Those that the model was served with: they are there at each start, and not kept. */
  given: Readonly<Record<string, string>>;
  readonly open: (adapters: Readonly<Record<string, string>>) => Promise<TokenizingGenerator>;
  live: AdaptedModel | undefined;
  /** One change at a time. */
  last: Promise<unknown>;
  /** The record as it was last seen or written, as text. */
  seen: string;
  /** Names that another server has put in, and that are being opened here. */
  coming: readonly string[];
}

/** What they work on. */
export interface AdaptersParts {
  readonly store: Store | undefined;
  readonly served: Registry;
  readonly access: Access;
}

/** All of a server. Each is served under its own name, too, beside its model. What is put in is kept in the store, where there is one. */
export class Adapters {
  readonly #known = new Map<string, Known>();
  readonly #records: Records<Kept> | undefined;
  readonly #parts: AdaptersParts;
  #looked = Number.NEGATIVE_INFINITY;

  constructor(parts: AdaptersParts) {
    this.#parts = parts;
    this.#records = parts.store?.records<Kept>("adapters");
  }

  /** Serves a thing; a model that can have adapters with those that it had when the server was last stopped. Errors: those of `Registry.add`. */
  async serve(entry: ServedEntry): Promise<void> {
    const { served } = this.#parts;
    if (entry.kind !== "chat" || entry.tune === undefined) return served.add(entry);
    const known = await this.#knownOf(entry as ServedEntry<"chat">, entry.tune);
    const live = (model: TokenizingGenerator) => {
      known.live = new AdaptedModel(model, {
        usual: () => (known.active === "" ? undefined : known.active),
        open: (key) => ["", ...Object.keys(known.folders).filter((name) => this.#isOpen(known, name, key))],
      });
      return known.live;
    };
    const opened = await this.#opened(entry as ServedEntry<"chat">, known);
    served.add({
      ...(entry as ServedEntry<"chat">),
      open: async () => live(await known.open(known.folders)),
      ...(opened && { opened: live(opened) }),
    });
    this.#known.set(entry.name, known);
    for (const name of Object.keys(known.folders)) this.#name(entry.name, known, name);
  }

  // One of them may be gone from the disk: the others are there all the same.
  async #knownOf({ name }: ServedEntry<"chat">, { open, adapters: given = {} }: NonNullable<ServedEntry["tune"]>): Promise<Known> {
    const kept = (await this.#records?.get("", name))?.body;
    const folders = { ...hereOf(kept?.folders), ...given };
    const active = Object.hasOwn(folders, kept?.active ?? "") ? (kept?.active ?? "") : "";
    const owners = kept?.owners ?? {};
    return { folders, active, owners, given, open, live: undefined, last: Promise.resolve(), seen: textOf(kept), coming: [] };
  }

  /** Adds the look at what other servers of the store did, before the routes of an instance: what a request names and another has put in is waited for. */
  follow(app: FastifyInstance): void {
    if (this.#records === undefined || this.#known.size === 0) return;
    app.addHook("preHandler", async ({ body, params }) => {
      const fields = (body ?? {}) as Named;
      const named = [fields.model, fields.name, fields.adapter, (params as Named | undefined)?.["*"]];
      const there = new Set([
        "",
        ...this.#parts.served.list().map(({ name }) => name),
        ...[...this.#known.values()].flatMap(({ folders }) => Object.keys(folders)),
      ]);
      await this.#look(named.some((name) => typeof name === "string" && !there.has(name)));
      await Promise.all([...this.#known.values()].map(({ coming, last }) => (coming.some((name) => named.includes(name)) ? last : undefined)));
    });
  }

  // A store that fails now fails where something is asked of it.
  async #look(missing: boolean): Promise<void> {
    const now = performance.now();
    if (!missing && now - this.#looked < LOOK_MS) return;
    this.#looked = now;
    const records = (await this.#records?.list("", { limit: this.#known.size * 2 + 100 }).catch(() => undefined)) ?? [];
    for (const { id, body } of records) {
      const known = this.#known.get(id);
      if (known === undefined || known.seen === textOf(body)) continue;
      known.seen = textOf(body);
      known.coming = Object.keys(body.folders).filter((name) => !Object.hasOwn(known.folders, name));
      known.last = known.last.then(() => this.#take(id, known, body)).finally(() => (known.coming = []));
    }
  }

  // The record holds: what is new there is opened, then named; what is gone there goes. Where it cannot be opened, it is not there.
  async #take(model: string, known: Known, kept: Kept): Promise<void> {
    const folders = { ...hereOf(kept.folders), ...known.given };
    for (const name of Object.keys(known.folders)) if (!Object.hasOwn(folders, name)) this.#unname(model, name);
    const same = JSON.stringify(Object.entries(folders).sort()) === JSON.stringify(Object.entries(known.folders).sort());
    if (!same) await this.#reopen(known, folders).catch(() => undefined);
    known.owners = kept.owners ?? {};
    known.active = Object.hasOwn(known.folders, kept.active) ? kept.active : "";
    for (const name of Object.keys(known.folders)) this.#name(model, known, name);
  }

  // What is open already has the adapters that were given; with more it is opened anew, and where that fails it answers as it is.
  async #opened({ opened, borrowed }: ServedEntry<"chat">, known: Known): Promise<TokenizingGenerator | undefined> {
    if (opened === undefined || Object.keys(known.folders).every((name) => Object.hasOwn(known.given, name))) return opened as TokenizingGenerator;
    const reopened = await known.open(known.folders).catch(() => undefined);
    if (reopened === undefined) [known.folders, known.active] = [known.given, ""];
    else if (borrowed !== true) await opened.close();
    return reopened ?? (opened as TokenizingGenerator);
  }

  // By its own name, where no other chat has it.
  #name(model: string, { owners }: Known, name: string): void {
    const { served, access } = this.#parts;
    if (owners[name] !== undefined) access.keepPrivate(name, owners[name]);
    if (served.addView(name, model)) access.keepWith(name, model);
  }

  #unname(model: string, name: string): void {
    if (this.#parts.served.removeView(name, model)) this.#parts.access.keepWith(name, undefined);
  }

  #isOpen({ owners }: Known, name: string, key: string | undefined): boolean {
    return owners[name] === undefined || this.#parts.access.isOwn(owners[name], key);
  }

  /** Every model that can have adapters, with those that a request may use. */
  list(request: FastifyRequest): AdaptersOf[] {
    const { access } = this.#parts;
    return [...this.#known]
      .filter(([model]) => access.opened(request, [model]).length > 0)
      .map(([model, known]) => this.#shown(model, known, access.owner(request)));
  }

  /** Models that can have adapters, and so be fine-tuned. */
  get models(): string[] {
    return [...this.#known.keys()];
  }

  /** Errors: E_SERVED_MODEL for a model that can have none. */
  of(model: string, owner: string): AdaptersOf {
    return this.#shown(model, this.#find(model), owner);
  }

  /** Puts an adapter in, under a name, while the model goes on answering. Of an `owner` (the id of a key) it is for that key alone. Errors: E_ADAPTER*, those of opening the model; then nothing has changed. */
  async add(model: string, name: string, folder: string, owner?: string): Promise<void> {
    await this.#change(model, async (known) => {
      const owners = without(known.owners, name);
      await this.#reopen(known, { ...known.folders, [name]: folder });
      known.owners = owner === undefined || owner === "" ? owners : { ...owners, [name]: owner };
      this.#name(model, known, name);
    });
  }

  /** Says which one answers where a request names none; "": none of them. Takes no time: it is for the next answer. Errors: E_ADAPTER_UNKNOWN; E_ADAPTER for one that is a key's alone. */
  async use(model: string, name: string, owner: string): Promise<void> {
    await this.#change(model, async (known) => {
      if (name !== "") this.#findIn(known, name, owner);
      if (known.owners[name] !== undefined) throw new InkstoneError("E_ADAPTER", { adapter: name, why: ofOneKey });
      known.active = name;
    });
  }

  /** Takes an adapter away. Errors: E_ADAPTER_UNKNOWN. */
  async remove(model: string, name: string, owner: string): Promise<void> {
    await this.#change(model, async (known) => {
      this.#findIn(known, name, owner);
      const rest = without(known.folders, name);
      if (known.active === name) known.active = "";
      this.#unname(model, name);
      await this.#reopen(known, rest);
      [known.owners, known.given] = [without(known.owners, name), without(known.given, name)];
    });
  }

  async #reopen(known: Known, folders: Readonly<Record<string, string>>): Promise<void> {
    const model = await known.open(folders);
    known.folders = folders;
    if (known.live?.state.alive === true) known.live.swap(model);
    else await model.close(); // it is opened when it is wanted
  }

  // What another server on the same store has put in meanwhile is not lost.
  async #change(model: string, work: (known: Known) => Promise<void>): Promise<void> {
    const known = this.#find(model);
    const mine = known.last.then(async () => {
      const kept = (await this.#records?.get("", model))?.body;
      if (kept !== undefined && known.seen !== textOf(kept)) await this.#take(model, known, kept);
      const before = Object.keys(known.folders);
      await work(known);
      const own = Object.entries(known.folders).filter(([name, folder]) => known.given[name] !== folder);
      const elsewhere = Object.entries(kept?.folders ?? {}).filter(([name]) => !before.includes(name)); // folders that this machine does not see
      const folders = Object.fromEntries([...elsewhere, ...own]);
      const owners = Object.entries({ ...kept?.owners, ...known.owners }).filter(([name]) =>
        Object.hasOwn(before.includes(name) ? known.owners : folders, name),
      );
      const changed: Kept = { folders, active: known.active, owners: Object.fromEntries(owners) };
      known.seen = textOf(changed);
      await this.#records?.put("", model, changed);
    });
    known.last = mine.catch(() => undefined);
    await mine;
  }

  #find(model: string): Known {
    const known = this.#known.get(model);
    if (known === undefined) throw Object.assign(new InkstoneError("E_SERVED_MODEL", { model, served: this.models.join(", ") }), { param: "model" });
    return known;
  }

  #findIn(known: Known, name: string, owner: string): void {
    const open = Object.keys(known.folders).filter((one) => this.#isOpen(known, one, owner));
    if (!open.includes(name)) throw unknownAdapter(name, open);
  }

  #shown(model: string, known: Known, owner: string): AdaptersOf {
    return { model, adapters: Object.keys(known.folders).filter((name) => this.#isOpen(known, name, owner)), active: known.active };
  }
}

type Named = Readonly<Record<string, unknown>>;

const textOf = (kept: Kept | undefined): string => (kept === undefined ? "" : JSON.stringify(kept));
const ofOneKey = { en: "it is one key's alone, and cannot answer for everybody", zh: "它只属于一个密钥，不能为所有人回答" };
const without = (all: Readonly<Record<string, string>>, name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(all).filter(([one]) => one !== name));
const hereOf = (folders: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(folders).filter(([, folder]) => existsSync(join(folder, "adapter_config.json"))));
