// Customer service as it runs: a trained project, talks kept in the store, the queue of talks for people, what was not answered. Knows no HTTP and no terminal.
import { access, mkdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { writeFileDurably } from "../../formats/index.ts";
import { EmbeddingModel } from "../../generate/index.ts";
import { findUsualEmbeddings } from "../../pipelines/index.ts";
import type { Store } from "../../store/index.ts";
import { createKnowledgeBase, documentFiles, type KnowledgeBase, openKnowledgeBase } from "../knowledge/index.ts";
import { PiiFinder } from "../pii/index.ts";
import { Conversation } from "./conversation.ts";
import { evaluateUnderstanding, type SupportEvaluation } from "./evaluate.ts";
import type { IntentExample } from "./examples.ts";
import { projectDigest, readSupportProject } from "./project.ts";
import type { Skill } from "./skills.ts";
import { newTalk, type SupportReply, type Talk } from "./state.ts";
import type { SupportProject } from "./types.ts";
import { type SavedUnderstanding, Understanding } from "./understand.ts";

/** What training gives. */
export interface TrainedSupport {
  readonly project: string;
  readonly examples: number;
  readonly intents: number;
  readonly flows: number;
  readonly stories: number;
  readonly documents: number;
  /** The embedding model whose vectors were looked at beside the words; null: words alone. */
  readonly vectors: string | null;
  /** The language's usual embedding model, where it was not at hand. */
  readonly missing?: string;
}

/** A talk that waits for a person. */
export interface WaitingTalk {
  readonly session: string;
  readonly reason: string;
  readonly summary: string;
  readonly time: number;
}

/** How the service goes. */
export interface SupportAnalytics {
  readonly sessions: number;
  readonly turns: number;
  /** Share of talks that no person had to take over. */
  readonly deflection: number;
  readonly handOvers: Readonly<Record<string, number>>;
  readonly intents: Readonly<Record<string, number>>;
  /** What could not be answered, most frequent first: suggestions for the knowledge base. Personal data is hidden. */
  readonly unanswered: readonly { readonly text: string; readonly count: number }[];
}

interface KeptTalk {
  readonly talk: Talk;
  readonly unanswered: readonly string[];
  readonly handOver: { reason: string; summary: string; time: number } | null;
}

const modelFile = (folder: string): string => join(folder, "model", "support.json");
const baseName = (folder: string, named: string | undefined): string =>
  named ?? `support-${basename(folder).replace(/[^\p{L}\p{N}._-]/gu, "-")}`.slice(0, 64);
const dayMs = 86_400_000;

/**
 * Trains a project and keeps what it learned in its folder `model`; documents of its folder `knowledge` go into a knowledge base of the store.
 *
 * Errors: E_SUPPORT_PROJECT, those of `Understanding.train` and of the knowledge base; the signal's reason.
 *
 * @example
 * await trainSupport("not-there", await openStore({ file: ":memory:" })); // throws E_FORMAT_NO_FILE
 */
export async function trainSupport(
  folder: string,
  store: Store,
  { owner = "", signal }: { owner?: string; signal?: AbortSignal } = {},
): Promise<TrainedSupport> {
  const project = await readSupportProject(folder);
  const digest = await projectDigest(folder);
  const { reference, missing } = await vectorsOf(project);
  const embedder = reference === undefined ? undefined : await EmbeddingModel.open(reference, signal === undefined ? {} : { signal });
  const vectors = reference === undefined || embedder === undefined ? undefined : { reference, embedder };
  const mind = await Understanding.train(project, { vectors, signal }).finally(() => embedder?.close());
  const base = await knowledgeOf(folder, store, { owner, named: project.settings.knowledge, make: true });
  const files = (await exists(join(folder, "knowledge"))) ? await documentFiles(join(folder, "knowledge")) : [];
  for (const file of files) await base?.addFile(file, { signal });
  await mkdir(join(folder, "model"), { recursive: true });
  await writeFileDurably(modelFile(folder), JSON.stringify({ digest, mind }));
  const { examples, flows, stories } = project;
  return {
    project: folder,
    examples: examples.length,
    intents: new Set(examples.map(({ intent }) => intent)).size,
    flows: flows.length,
    stories: stories.length,
    documents: files.length,
    vectors: reference ?? null,
    ...(missing === undefined ? {} : { missing }),
  };
}

// Which embedding model a project's texts are looked at with: nothing is fetched that was not named.
async function vectorsOf({ settings }: SupportProject): Promise<{ reference?: string; missing?: string }> {
  if (settings.vectors === "none") return {};
  if (settings.vectors !== "auto") return { reference: settings.vectors };
  const { name, isAtHand } = await findUsualEmbeddings(settings.language);
  return isAtHand ? { reference: name } : { missing: name };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function knowledgeOf(
  folder: string,
  store: Store,
  { owner, named, make }: { owner: string; named: string | undefined; make: boolean },
): Promise<KnowledgeBase | undefined> {
  const name = baseName(folder, named);
  try {
    return await openKnowledgeBase(store, name, { owner });
  } catch (error) {
    if (
      !(error instanceof InkstoneError) ||
      error.code !== "E_KNOWLEDGE_UNKNOWN" ||
      (named === undefined && !(await exists(join(folder, "knowledge"))))
    ) {
      if (error instanceof InkstoneError && error.code === "E_KNOWLEDGE_UNKNOWN") return undefined;
      throw error;
    }
    return make ? createKnowledgeBase(store, name, { owner }) : undefined;
  }
}

/**
 * A trained project at work. Talks live in the store, by session: any process that opens the same store goes on with them.
 *
 * @example
 * await SupportService.open("not-there", await openStore({ file: ":memory:" })); // throws E_FORMAT_NO_FILE
 */
export class SupportService {
  readonly #conversation: Conversation;
  readonly #store: Store;
  readonly #owner: string;
  readonly #kind: string;
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #mind: Understanding;

  private constructor(parts: { readonly conversation: Conversation; readonly mind: Understanding }, store: Store, owner: string, kind: string) {
    this.#conversation = parts.conversation;
    this.#mind = parts.mind;
    this.#store = store;
    this.#owner = owner;
    this.#kind = kind;
  }

  /** Opens a project. Errors: E_SUPPORT_UNTRAINED when it was not trained or has changed; E_SUPPORT_PROJECT. */
  static async open(
    folder: string,
    store: Store,
    { owner = "", skills }: { owner?: string; skills?: Readonly<Record<string, Skill>> } = {},
  ): Promise<SupportService> {
    const project = await readSupportProject(folder);
    const saved = await readFile(modelFile(folder), "utf8").catch(() => undefined);
    const { digest, mind } =
      saved === undefined ? { digest: "", mind: undefined } : (JSON.parse(saved) as { digest: string; mind: SavedUnderstanding });
    if (mind?.formatVersion !== 2 || digest !== (await projectDigest(folder))) throw new InkstoneError("E_SUPPORT_UNTRAINED", { project: folder });
    const knowledge = await knowledgeOf(folder, store, { owner, named: project.settings.knowledge, make: false });
    const read = await Understanding.fromJSON(mind);
    const conversation = new Conversation({ project, mind: read, knowledge, skills });
    return new SupportService({ conversation, mind: read }, store, owner, `support:${basename(folder)}`);
  }

  /** Opens what the first answer would wait for. Errors: those of `EmbeddingModel.open`. */
  warm(): Promise<void> {
    return this.#mind.warm();
  }

  /** How well rows whose answers are known are understood. Errors: those of `evaluateUnderstanding`. */
  evaluate(rows: readonly IntentExample[], options: Parameters<typeof evaluateUnderstanding>[2] = {}): Promise<SupportEvaluation> {
    return evaluateUnderstanding(this.#mind, rows, options);
  }

  /** Ends the thread of the embedding model, where there is one. */
  close(): Promise<void> {
    return this.#mind.close();
  }

  /**
   * The answer to what is said in a session; the talk goes on where it was. Turns of one session come one after the other. `customer`: whose record replies may use, by id.
   *
   * Errors: E_SUPPORT_CUSTOMER when the session is another customer's; those of `Conversation.turn`.
   */
  ask(session: string, text: string, { customer, signal }: { customer?: string; signal?: AbortSignal } = {}): Promise<SupportReply> {
    return this.#inTurn(session, () => this.#ask(session, text, customer, signal));
  }

  // Whatever changes a session waits for what changes it now: nothing said is lost, nothing forgotten comes back.
  #inTurn<Result>(session: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#turns.get(session) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(work);
    this.#turns.set(session, mine);
    return mine.finally(() => {
      if (this.#turns.get(session) === mine) this.#turns.delete(session);
    });
  }

  async #ask(session: string, text: string, customer: string | undefined, signal?: AbortSignal): Promise<SupportReply> {
    const talks = this.#store.records<KeptTalk>(this.#kind);
    const kept = (await talks.get(this.#owner, session))?.body ?? { talk: newTalk(customer), unanswered: [], handOver: null };
    if (kept.talk.customer !== customer) throw new InkstoneError("E_SUPPORT_CUSTOMER", { session });
    const record =
      customer === undefined ? undefined : (await this.#store.records<Record<string, unknown>>("customer").get(this.#owner, customer))?.body;
    const { reply, talk } = await this.#conversation.turn(kept.talk, text, { customer: record, signal });
    const missed = talk.unanswered > kept.talk.unanswered || reply.handOver?.reason === "unanswered";
    await talks.put(
      this.#owner,
      session,
      {
        talk,
        unanswered: missed ? [...kept.unanswered, await hidden(text)].slice(-50) : kept.unanswered,
        handOver: reply.handOver === null ? kept.handOver : { ...reply.handOver, time: Date.now() },
      },
      { expires: Date.now() + 90 * dayMs },
    );
    return reply;
  }

  /** Talks that wait for a person, the longest waiting first. */
  async waiting(): Promise<WaitingTalk[]> {
    const all = await this.#store.records<KeptTalk>(this.#kind).list(this.#owner, { limit: 10_000 });
    return all
      .flatMap(({ id, body }) => (body.handOver === null ? [] : [{ session: id, ...body.handOver }]))
      .sort((one, other) => one.time - other.time);
  }

  /** A person has taken a talk: it waits no more. Errors: E_RECORD_UNKNOWN. */
  resolve(session: string): Promise<void> {
    return this.#inTurn(session, () => this.#resolve(session));
  }

  async #resolve(session: string): Promise<void> {
    const talks = this.#store.records<KeptTalk>(this.#kind);
    const kept = await talks.get(this.#owner, session);
    if (kept === undefined) throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "session", zh: "会话" }, id: session });
    await talks.put(this.#owner, session, { ...kept.body, handOver: null }, { expires: kept.expires });
  }

  /** Takes a session away, with all that was said in it; whether it was there. */
  forget(session: string): Promise<boolean> {
    return this.#inTurn(session, () => this.#store.records(this.#kind).remove(this.#owner, session));
  }

  /** How the service goes. */
  async analytics(): Promise<SupportAnalytics> {
    const talks = (await this.#store.records<KeptTalk>(this.#kind).list(this.#owner, { limit: 100_000 })).map(({ body }) => body);
    const counted = (names: readonly string[]): [string, number][] => {
      const counts = new Map<string, number>();
      for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
      return [...counts].sort((one, other) => other[1] - one[1]);
    };
    const count = (names: readonly string[]): Record<string, number> => Object.fromEntries(counted(names));
    const turns = talks.flatMap(({ talk }) => talk.turns);
    return {
      sessions: talks.length,
      turns: turns.length,
      deflection: talks.length === 0 ? 1 : talks.filter(({ talk }) => !talk.handedOver).length / talks.length,
      handOvers: count(talks.flatMap(({ handOver }) => (handOver === null ? [] : [handOver.reason]))),
      intents: count(turns.map(({ intent }) => intent)),
      unanswered: counted(talks.flatMap((talk) => talk.unanswered)).map(([text, n]) => ({ text, count: n })),
    };
  }
}

let finder: Promise<PiiFinder> | undefined;
async function hidden(text: string): Promise<string> {
  finder ??= PiiFinder.open();
  return (await finder).replace(text).text;
}
