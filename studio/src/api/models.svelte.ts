// What the server serves, asked once and again on demand; every view reads it here. Knows no view.
import { get } from "./http.ts";
import { keep, recall } from "./keep.ts";

/** A served thing, with what the server says of it. */
export interface Served {
  readonly model: string;
  readonly kind: string;
  readonly state?: string;
  readonly executor?: string;
  readonly architecture?: string;
  readonly precision?: string;
  readonly contextLength?: number;
  readonly parameters?: number;
  readonly width?: number;
  readonly memoryBytes?: number;
  /** Of a model that can be fine-tuned: the adapters in it, and which of them answers where none is named. */
  readonly tunable?: boolean;
  readonly adapters?: readonly string[];
  readonly adapter?: string | null;
  /** Of an adapter that is a model of its own name: the model that it is in. */
  readonly parent?: string;
  /** What the model was trained for, where that is known. */
  readonly languages?: string[];
}

class Models {
  list: Served[] = $state([]);
  /** The server did not answer. */
  offline = $state(false);
  /** It was asked at least once. */
  asked = $state(false);
  chosen: string | undefined = $state(recall("model"));

  /** Those of a kind: chat, embeddings, rerank, moderation … */
  of(kind: string): Served[] {
    return this.list.filter((one) => one.kind === kind);
  }

  /** The model that chats: the chosen one, else the first. */
  get chat(): Served | undefined {
    const all = this.of("chat");
    return all.find(({ model }) => model === this.chosen) ?? all[0];
  }

  choose(model: string): void {
    this.chosen = model;
    keep("model", model);
  }

  async refresh(): Promise<void> {
    const answer = await get<{ data: { id: string; inkstone?: Partial<Served> }[] }>("./v1/models").catch(() => undefined);
    this.offline = answer === undefined;
    this.asked = true;
    if (answer !== undefined) this.list = answer.data.map(({ id, inkstone }) => ({ kind: "chat", ...inkstone, model: id }));
  }
}

export const models: Models = new Models();
