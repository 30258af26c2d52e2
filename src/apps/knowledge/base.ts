// A knowledge base: documents in, passages with their exact places out. Joins reading, cutting, indexing and the store. Knows no command line and no models.
import { basename, resolve } from "node:path";
import { setImmediate as breath } from "node:timers/promises";
import { InkstoneError } from "../../core/index.ts";
import { type DataKind, dataKind } from "../../data/index.ts";
import { cosine } from "../../generate/index.ts";
import type { KnowledgeBaseRow, KnowledgeChunk, KnowledgeDocument, KnowledgeSegment, Store } from "../../store/index.ts";
import { cutPage, type Page, usualLength } from "./chunks.ts";
import { BaseIndex } from "./index-of-base.ts";
import { countTerms, packTerms, packVectors } from "./packed.ts";
import { documentDigest, readPages } from "./read.ts";
import { SearchTerms, visibleText } from "./terms.ts";

/** What makes vectors of texts: an embedding model, or anything that does its work. */
export interface TextEmbedder {
  /** Its name: vectors of one name can be compared. */
  readonly name: string;
  embed(texts: readonly string[], options: { readonly kind: "query" | "passage"; readonly signal?: AbortSignal }): Promise<readonly Float32Array[]>;
}

/** What says how well passages answer a query; higher is better. */
export interface PassageReranker {
  rerank(query: string, passages: readonly string[], options: { readonly signal?: AbortSignal }): Promise<readonly number[]>;
}

/** What a base works with. */
export interface KnowledgeBaseOptions {
  /** Whose it is: a key's id, or "" on a machine without keys. */
  readonly owner?: string;
  readonly embedder?: TextEmbedder;
  readonly reranker?: PassageReranker;
}

/** What is said of a document when it is added. */
export interface AddOptions {
  readonly kind?: DataKind;
  /** The column of rows that is the text. */
  readonly column?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** What came of adding a document. */
export interface Added {
  readonly document: string;
  readonly state: "added" | "renewed" | "unchanged";
  readonly chunks: number;
}

/** Which documents a search looks at: all that fit every part. Texts are compared as they are. */
export interface KnowledgeFilter {
  /** Documents by their path or name. */
  readonly documents?: readonly string[];
  readonly kind?: DataKind;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** How a search is asked. */
export interface SearchOptions {
  /** At most so many passages, 5 by default. */
  readonly limit?: number;
  /** At most so many of one document; all by default. */
  readonly perDocument?: number;
  readonly filter?: KnowledgeFilter;
  readonly signal?: AbortSignal;
}

/** A passage: `text` is characters `start` to `end` (UTF-16) of its page, or of the whole document where it has no pages. */
export interface Passage {
  readonly score: number;
  readonly text: string;
  readonly document: string;
  readonly page: number | undefined;
  readonly start: number;
  readonly end: number;
  readonly heading: string;
}

/** How many passages there are, and how many of them have each term of a text. */
export interface TermStatistics {
  readonly passages: number;
  readonly frequencies: ReadonlyMap<string, number>;
}

/** A document that is there. */
export interface DocumentEntry {
  readonly document: string;
  readonly title: string;
  readonly kind: string;
  readonly bytes: number;
  readonly chunks: number;
  readonly added: number;
  readonly metadata: Readonly<Record<string, string>>;
}

const formatVersion = 1;
const segmentLength = 512;
const embeddedAtOnce = 32;
const nameRule = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;

interface DocumentBody {
  readonly title: string;
  readonly kind: DataKind;
  readonly bytes: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Makes a base in a store. With an embedder, its documents are found by meaning too, and it must be given again whenever the base is opened.
 *
 * Errors: E_KNOWLEDGE_NAME, E_KNOWLEDGE_EXISTS.
 *
 * @example
 * const store = await openStore({ file: ":memory:" });
 * const base = await createKnowledgeBase(store, "manuals");
 * await base.addText("ink.txt", "Ink is black. It is ground on a stone.");
 * (await base.search("What is ground on stones?"))[0].document; // "ink.txt"
 */
export async function createKnowledgeBase(store: Store, name: string, options: KnowledgeBaseOptions = {}): Promise<KnowledgeBase> {
  if (!nameRule.test(name)) throw new InkstoneError("E_KNOWLEDGE_NAME", { name });
  const row = await store.knowledge.create(options.owner ?? "", name, { formatVersion, embedder: options.embedder?.name ?? null });
  return new KnowledgeBase(store, row, await SearchTerms.open(), options);
}

/**
 * The name of the embedding model that a base was made with; undefined for one that is searched by words alone. Errors: E_KNOWLEDGE_UNKNOWN.
 *
 * @example
 * const store = await openStore({ file: ":memory:" });
 * await createKnowledgeBase(store, "manuals");
 * await knowledgeModel(store, "manuals"); // undefined
 */
export async function knowledgeModel(store: Store, name: string, owner: string = ""): Promise<string | undefined> {
  return modelOf(await store.knowledge.base(owner, name));
}

const modelOf = ({ body }: KnowledgeBaseRow): string | undefined => (typeof body.embedder === "string" ? body.embedder : undefined);

/**
 * Opens a base of a store. Without the embedder that it was made with it can be looked at, but neither searched nor added to.
 *
 * Errors: E_KNOWLEDGE_UNKNOWN; E_KNOWLEDGE_VECTORS when it was made with another embedder, or with none.
 *
 * @example
 * await openKnowledgeBase(await openStore({ file: ":memory:" }), "none"); // throws E_KNOWLEDGE_UNKNOWN
 */
export async function openKnowledgeBase(store: Store, name: string, options: KnowledgeBaseOptions = {}): Promise<KnowledgeBase> {
  const row = await store.knowledge.base(options.owner ?? "", name);
  const made = modelOf(row);
  if (options.embedder !== undefined && options.embedder.name !== made)
    throw new InkstoneError("E_KNOWLEDGE_VECTORS", {
      why: {
        en: `the base was made with ${made ?? "no embedding model"}`,
        zh: `该知识库${made === undefined ? "未使用向量模型建立" : `使用 ${made} 建立`}`,
      },
    });
  return new KnowledgeBase(store, row, await SearchTerms.open(), options);
}

/**
 * A knowledge base: see `createKnowledgeBase` and `openKnowledgeBase`. Several processes may use one at once.
 *
 * @example
 * const base = await createKnowledgeBase(await openStore({ file: ":memory:" }), "notes");
 * (await base.addText("a.txt", "墨分五色。")).chunks; // 1
 * await base.remove("a.txt");
 * (await base.search("墨")).length; // 0
 */
export class KnowledgeBase {
  readonly name: string;
  readonly #store: Store;
  readonly #row: KnowledgeBaseRow;
  readonly #terms: SearchTerms;
  readonly #options: KnowledgeBaseOptions;
  readonly #index: BaseIndex;

  /** See `createKnowledgeBase` and `openKnowledgeBase`. */
  constructor(store: Store, row: KnowledgeBaseRow, terms: SearchTerms, options: KnowledgeBaseOptions) {
    this.name = row.name;
    this.#store = store;
    this.#row = row;
    this.#terms = terms;
    this.#options = options;
    this.#index = new BaseIndex(store.knowledge, row.number);
  }

  /**
   * Adds a file, or reads it again when it has changed; one that has not changed costs its digest. A kill in the middle leaves the document as it was before.
   *
   * Errors: E_DATA_KIND, E_DATA_DOCUMENT and the others of the file's reader; E_KNOWLEDGE_VECTORS; those of the embedder.
   */
  async addFile(path: string, { kind = dataKind(path), column, metadata = {}, signal }: AddOptions = {}): Promise<Added> {
    const document = resolve(path);
    const { digest, bytes } = await documentDigest(document, { formatVersion, kind, column, metadata, usualLength, embedder: this.#embedder });
    const before = await this.#store.knowledge.document(this.#row.number, document);
    if (before?.digest === digest) return { document, state: "unchanged", chunks: before.chunks };
    const pages = readPages(document, { kind, column, signal });
    const chunks = await this.#put(document, digest, { title: basename(document), kind, bytes, metadata }, pages, signal);
    return { document, state: before === undefined ? "added" : "renewed", chunks };
  }

  /** Adds a text under a name, in place of what had it. Errors: as `addFile`. */
  async addText(name: string, text: string, { kind = "text", metadata = {}, signal }: AddOptions = {}): Promise<Added> {
    const before = await this.#store.knowledge.document(this.#row.number, name);
    const page: Page = { page: undefined, text, layout: kind === "markdown" ? "markdown" : "plain", heading: "" };
    const chunks = await this.#put(name, "", { title: name, kind, bytes: Buffer.byteLength(text), metadata }, [page], signal);
    return { document: name, state: before === undefined ? "added" : "renewed", chunks };
  }

  // Words alone are never put in the place of meaning: who asks a base made with a model gets its answers, or is told.
  #needModel(): void {
    const needed = modelOf(this.#row);
    if (needed === undefined || this.#options.embedder !== undefined) return;
    throw new InkstoneError("E_KNOWLEDGE_VECTORS", { why: { en: `the base needs ${needed}`, zh: `该知识库需要 ${needed}` } });
  }

  /** The passages that fit a query best. Errors: E_KNOWLEDGE_VECTORS without the embedder that the base was made with; those of the embedder and the reranker. */
  async search(query: string, { limit = 5, perDocument, filter, signal }: SearchOptions = {}): Promise<Passage[]> {
    this.#needModel();
    await this.#index.follow(signal);
    const all = this.#index.documents;
    const documents = filter === undefined ? undefined : new Set([...all.values()].filter((one) => fits(one, filter)).map(({ number }) => number));
    const [vector] = this.#options.embedder === undefined ? [] : await this.#options.embedder.embed([query], { kind: "query", signal });
    const { reranker } = this.#options;
    const wanted = reranker === undefined && perDocument === undefined ? limit : Math.max(50, 4 * limit);
    const hits = this.#index.search({ terms: this.#terms.of(query), vector, limit: wanted, documents });
    const passages: Passage[] = [];
    const count = new Map<number, number>();
    for (const { document, ordinal, score } of hits) {
      const soFar = count.get(document) ?? 0;
      if (perDocument !== undefined && reranker === undefined && soFar >= perDocument) continue;
      const [chunk] = await this.#store.knowledge.chunks(document, ordinal);
      const from = all.get(document);
      if (chunk === undefined || from === undefined) continue; // removed since
      count.set(document, soFar + 1);
      passages.push(passageOf(chunk, from.path, score));
      if (reranker === undefined && passages.length === limit) break;
    }
    return reranker === undefined ? passages : this.#reranked(query, passages, { limit, perDocument, signal });
  }

  /** The terms of a text as this base finds them, and how rare they are in it. */
  async termStatistics(text: string, signal?: AbortSignal): Promise<TermStatistics> {
    await this.#index.follow(signal);
    const terms = [...new Set(this.#terms.of(text))];
    return { passages: this.#index.size, frequencies: this.#index.frequencies(terms) };
  }

  /** How near texts are to a query in meaning: the cosine of each; undefined where the base has no embedder. Errors: those of the embedder. */
  async likeness(
    query: string,
    texts: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly number[] | undefined> {
    const { embedder } = this.#options;
    if (embedder === undefined) return undefined;
    const [own] = await embedder.embed([query], { kind: "query", signal });
    const vectors = texts.length === 0 ? [] : await embedder.embed(texts, { kind: "passage", signal });
    return vectors.map((vector) => cosine(own, vector));
  }

  /** What makes terms of a text. */
  get searchTerms(): SearchTerms {
    return this.#terms;
  }

  /** The documents that are there, in the order in which they came. */
  async documents(): Promise<DocumentEntry[]> {
    return (await this.#store.knowledge.documents(this.#row.number)).map(({ path, chunks, added, body }) => {
      const { title, kind, bytes, metadata } = body as unknown as DocumentBody;
      return { document: path, title, kind, bytes, chunks, added, metadata };
    });
  }

  /** The passages of a document in their order. Errors: E_KNOWLEDGE_DOCUMENT. */
  async passages(document: string): Promise<Passage[]> {
    const { number, path, chunks } = await this.#find(document);
    return (await this.#store.knowledge.chunks(number, 0, chunks)).map((chunk) => passageOf(chunk, path, 0));
  }

  /** Takes a document out: no passage of it is found any more, and no byte of it stays in the store's file. Errors: E_KNOWLEDGE_DOCUMENT. */
  async remove(document: string): Promise<void> {
    const { path } = await this.#find(document);
    await this.#store.knowledge.remove(this.#row.number, path);
  }

  /** Takes the whole base away. */
  async removeAll(): Promise<void> {
    await this.#store.knowledge.removeBase(this.#row.number);
  }

  get #embedder(): string | null {
    return this.#options.embedder?.name ?? null;
  }

  // A document by the name that it has here, by its path from here, or by the end of its path where that is one document's only.
  async #find(document: string): Promise<KnowledgeDocument> {
    const all = await this.#store.knowledge.documents(this.#row.number);
    const named = all.find(({ path }) => path === document) ?? all.find(({ path }) => path === resolve(document));
    const ended = named === undefined ? all.filter(({ path }) => path.endsWith(`/${document}`)) : [];
    const found = named ?? (ended.length === 1 ? ended[0] : undefined);
    if (found === undefined) throw new InkstoneError("E_KNOWLEDGE_DOCUMENT", { base: this.name, document });
    return found;
  }

  async #put(path: string, digest: string, body: DocumentBody, pages: AsyncIterable<Page> | Iterable<Page>, signal?: AbortSignal): Promise<number> {
    this.#needModel();
    const chunks: KnowledgeChunk[] = [];
    for await (const page of pages) {
      signal?.throwIfAborted();
      for (const { start, end, heading } of cutPage(page)) chunks.push({ page: page.page, start, end, heading, text: page.text.slice(start, end) });
      if (chunks.length % 64 === 0) await breath();
    }
    const segments: KnowledgeSegment[] = [];
    for (let from = 0; from < chunks.length; from += segmentLength)
      segments.push(await this.#segment(chunks.slice(from, from + segmentLength), signal));
    await this.#store.knowledge.put(this.#row.number, { path, digest, body: { ...body }, chunks, segments });
    return chunks.length;
  }

  async #segment(chunks: readonly KnowledgeChunk[], signal?: AbortSignal): Promise<KnowledgeSegment> {
    const counts = [];
    for (const [i, { heading, text }] of chunks.entries()) {
      if (i % 32 === 31) await breath();
      signal?.throwIfAborted();
      counts.push(countTerms(this.#terms.of(`${heading}\n${text}`)));
    }
    const vectors: Float32Array[] = [];
    const { embedder } = this.#options;
    for (let from = 0; embedder !== undefined && from < chunks.length; from += embeddedAtOnce) {
      const texts = chunks.slice(from, from + embeddedAtOnce).map(({ heading, text }) => visibleText(heading === "" ? text : `${heading}\n${text}`));
      vectors.push(...(await embedder.embed(texts, { kind: "passage", signal })));
    }
    return { chunks: chunks.length, terms: packTerms(counts), vectors: embedder === undefined ? undefined : packVectors(vectors) };
  }

  async #reranked(
    query: string,
    passages: readonly Passage[],
    options: { limit: number; perDocument?: number; signal?: AbortSignal },
  ): Promise<Passage[]> {
    const { limit, perDocument = Number.POSITIVE_INFINITY, signal } = options;
    const texts = passages.map(({ text }) => visibleText(text));
    const scores = passages.length === 0 ? [] : await this.#options.reranker!.rerank(query, texts, { signal });
    const count = new Map<string, number>();
    return passages
      .map((passage, i) => ({ ...passage, score: scores[i] }))
      .sort((one, other) => other.score - one.score)
      .filter(({ document }) => {
        const soFar = count.get(document) ?? 0;
        count.set(document, soFar + 1);
        return soFar < perDocument;
      })
      .slice(0, limit);
  }
}

const passageOf = ({ text, page, start, end, heading }: KnowledgeChunk, document: string, score: number): Passage => ({
  score,
  text,
  document,
  page,
  start,
  end,
  heading,
});

function fits({ path, body }: KnowledgeDocument, { documents, kind, metadata = {} }: KnowledgeFilter): boolean {
  const said = body as unknown as DocumentBody;
  if (documents !== undefined && !documents.includes(path)) return false;
  if (kind !== undefined && said.kind !== kind) return false;
  return Object.entries(metadata).every(([name, value]) => Object.hasOwn(said.metadata, name) && said.metadata[name] === value);
}
