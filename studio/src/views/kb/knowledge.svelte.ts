// The knowledge bases of the server: listed, made, filled, searched, asked. Knows no components.
import { get, send } from "../../api/http.ts";
import { Task } from "../../api/task.svelte.ts";

export interface Base {
  name: string;
  documents: number;
  chunks: number;
}
export interface Hit {
  score: number;
  text: string;
  document: string;
  page: number | null;
  start: number;
  end: number;
}
export interface Answered {
  answer: string;
  refused: boolean;
  support: number;
  citations: { document: string; page: number | null; start: number; end: number; quote: string }[];
  dropped: unknown[];
  injected: unknown[];
  wordedBy: string;
}
export interface KeptDocument {
  document: string;
  kind: string;
  bytes: number;
  chunks: number;
  /** Milliseconds since 1970. */
  added: number;
}

const at = (name: string, rest = "") => `./v1/apps/kb/${encodeURIComponent(name)}${rest}`;

export class Knowledge {
  readonly bases = new Task<Base[]>();
  readonly documents = new Task<KeptDocument[]>();
  readonly found = new Task<Hit[]>();
  readonly answered = new Task<Answered & { question: string }>();
  readonly change = new Task<unknown>();

  list(): Promise<Base[] | undefined> {
    return this.bases.run(async (signal) => (await get<{ bases: Base[] }>("./v1/apps/kb", signal)).bases);
  }

  async make(name: string, embeddings: string): Promise<boolean> {
    const made = await this.change.run((signal) => send("./v1/apps/kb", { name, ...(embeddings === "" ? {} : { embeddings }) }, { signal }));
    await this.list();
    return made !== undefined;
  }

  async removeBase(name: string): Promise<void> {
    await this.change.run((signal) => send(at(name), undefined, { signal, method: "DELETE" }));
    await this.list();
  }

  listDocuments(name: string): Promise<KeptDocument[] | undefined> {
    return this.documents.run(async (signal) => (await get<{ documents: KeptDocument[] }>(at(name, "/documents"), signal)).documents);
  }

  /** The server's word on it; undefined where it was refused. */
  async add(name: string, document: { name: string; text: string; kind: "text" | "markdown" }): Promise<unknown> {
    const done = await this.change.run((signal) => send(at(name, "/documents"), document, { signal }));
    await Promise.all([this.listDocuments(name), this.list()]);
    return done;
  }

  async remove(name: string, document: string): Promise<void> {
    await this.change.run((signal) => send(at(name, `/documents?${new URLSearchParams({ document })}`), undefined, { signal, method: "DELETE" }));
    await Promise.all([this.listDocuments(name), this.list()]);
  }

  search(name: string, query: string): Promise<Hit[] | undefined> {
    return this.found.run(async (signal) => (await send<{ results: Hit[] }>(at(name, "/search"), { query, limit: 8 }, { signal })).results);
  }

  ask(name: string, question: string): Promise<unknown> {
    return this.answered.run(async (signal) => ({ ...(await send<Answered>(at(name, "/ask"), { question }, { signal })), question }), {
      clear: true,
    });
  }
}
