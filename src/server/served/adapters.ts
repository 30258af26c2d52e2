// Adapters of served models: which are there, which one answers where a request names none; put in and taken away while the model answers. Knows no HTTP.
import { InkstoneError } from "../../core/index.ts";
import type { TokenizingGenerator } from "../../generate/index.ts";
import type { Records, Store } from "../../store/index.ts";
import { AdaptedModel } from "./adapted-model.ts";
import type { ServedEntry } from "./entry.ts";

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
}

interface Known extends Kept {
  folders: Readonly<Record<string, string>>;
  active: string;
  readonly open: (adapters: Readonly<Record<string, string>>) => Promise<TokenizingGenerator>;
  live: AdaptedModel | undefined;
  /** One change at a time. */
  last: Promise<unknown>;
}

/** All of a server. What is put in is kept in the store, where there is one. */
export class Adapters {
  readonly #known = new Map<string, Known>();
  readonly #records: Records<Kept> | undefined;

  constructor(store: Store | undefined) {
    this.#records = store?.records<Kept>("adapters");
  }

  /** The entry, with the adapters that it had when the server was last stopped. */
  async over(entry: ServedEntry<"chat">): Promise<ServedEntry<"chat">> {
    const { tune, name, opened } = entry;
    if (tune === undefined) return entry;
    const kept = (await this.#records?.get("", name))?.body ?? { folders: {}, active: "" };
    const known: Known = { ...kept, open: tune.open, live: undefined, last: Promise.resolve() };
    this.#known.set(name, known);
    const live = (model: TokenizingGenerator) => {
      known.live = new AdaptedModel(model, () => (known.active === "" ? undefined : known.active));
      return known.live;
    };
    const open = async () => live(await known.open(known.folders));
    if (opened === undefined || Object.keys(kept.folders).length === 0)
      return { ...entry, open, ...(opened === undefined ? {} : { opened: live(opened as TokenizingGenerator) }) };
    // One of them may be gone from the disk: then the model answers as it is.
    const reopened = await known.open(known.folders).catch(() => undefined);
    if (reopened === undefined) [known.folders, known.active] = [{}, ""];
    else if (entry.borrowed !== true) await opened.close();
    return { ...entry, open, opened: live(reopened ?? (opened as TokenizingGenerator)) };
  }

  /** Every model that can have adapters. */
  list(): AdaptersOf[] {
    return [...this.#known].map(([model, known]) => shown(model, known));
  }

  /** Errors: E_SERVED_MODEL for a model that can have none. */
  of(model: string): AdaptersOf {
    return shown(model, this.#find(model));
  }

  /** Puts an adapter in, under a name, while the model goes on answering. Errors: E_ADAPTER*, those of opening the model; then nothing has changed. */
  async add(model: string, name: string, folder: string): Promise<AdaptersOf> {
    return this.#change(model, async (known) => {
      await this.#reopen(known, { ...known.folders, [name]: folder });
    });
  }

  /** Says which one answers where a request names none; "": none of them. Takes no time: it is for the next answer. Errors: E_ADAPTER_UNKNOWN. */
  async use(model: string, name: string): Promise<AdaptersOf> {
    return this.#change(model, async (known) => {
      if (name !== "" && !Object.hasOwn(known.folders, name)) throw unknown(name, known);
      known.active = name;
    });
  }

  /** Takes an adapter away. Errors: E_ADAPTER_UNKNOWN. */
  async remove(model: string, name: string): Promise<AdaptersOf> {
    return this.#change(model, async (known) => {
      if (!Object.hasOwn(known.folders, name)) throw unknown(name, known);
      const { [name]: _gone, ...rest } = known.folders;
      if (known.active === name) known.active = "";
      await this.#reopen(known, rest);
    });
  }

  async #reopen(known: Known, folders: Readonly<Record<string, string>>): Promise<void> {
    const model = await known.open(folders);
    known.folders = folders;
    if (known.live?.state.alive === true) known.live.swap(model);
    else await model.close(); // it is opened when it is wanted
  }

  async #change(model: string, work: (known: Known) => Promise<void>): Promise<AdaptersOf> {
    const known = this.#find(model);
    const mine = known.last.then(() => work(known));
    known.last = mine.catch(() => undefined);
    await mine;
    await this.#records?.put("", model, { folders: known.folders, active: known.active });
    return shown(model, known);
  }

  #find(model: string): Known {
    const known = this.#known.get(model);
    if (known === undefined)
      throw Object.assign(new InkstoneError("E_SERVED_MODEL", { model, served: [...this.#known.keys()].join(", ") }), { param: "model" });
    return known;
  }
}

const shown = (model: string, { folders, active }: Kept): AdaptersOf => ({ model, adapters: Object.keys(folders), active });
const unknown = (adapter: string, { folders }: Kept) =>
  new InkstoneError("E_ADAPTER_UNKNOWN", { adapter, available: Object.keys(folders).join(", ") || "-" });
