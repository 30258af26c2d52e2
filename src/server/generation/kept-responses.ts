// Responses that are kept so that a conversation can go on by the id of its last one: in the store where there is one, else in memory. Knows no routes.
import { InkstoneError } from "../../core/index.ts";
import type { Message } from "../../generate/index.ts";
import type { Records, Store } from "../../store/index.ts";

/** A response and what it answered. */
export interface KeptResponse {
  readonly messages: readonly Message[];
  readonly response: object;
}

/** How long a response is kept, in milliseconds: thirty days, as OpenAI has it. */
const KEPT_MS = 30 * 24 * 3600_000;

/** The responses of a server. An owner finds its own only. */
export class KeptResponses {
  readonly #records: Records<KeptResponse> | undefined;
  readonly #memory = new Map<string, KeptResponse & { readonly owner: string }>();
  readonly #most: number;

  /** `most`: of one owner; the oldest makes room. */
  constructor(store: Store | undefined, most: number) {
    this.#records = store?.records<KeptResponse>("response");
    this.#most = most;
  }

  async keep(owner: string, id: string, one: KeptResponse): Promise<void> {
    if (this.#records !== undefined) {
      await this.#records.put(owner, id, one, { expires: Date.now() + KEPT_MS });
      await this.#records.keepLatest(owner, this.#most);
      return;
    }
    this.#memory.set(id, { ...one, owner });
    for (const oldest of this.#memory.keys()) {
      if (this.#memory.size <= this.#most) break;
      this.#memory.delete(oldest);
    }
  }

  /** Errors: E_RESPONSE. */
  async find(owner: string, id: string): Promise<KeptResponse> {
    const inMemory = this.#memory.get(id);
    const found = this.#records === undefined ? (inMemory?.owner === owner ? inMemory : undefined) : (await this.#records.get(owner, id))?.body;
    if (found === undefined) throw new InkstoneError("E_RESPONSE", { id: id.slice(0, 200) });
    return found;
  }

  /** Errors: E_RESPONSE. */
  async remove(owner: string, id: string): Promise<void> {
    await this.find(owner, id);
    if (this.#records === undefined) this.#memory.delete(id);
    else await this.#records.remove(owner, id);
  }
}
