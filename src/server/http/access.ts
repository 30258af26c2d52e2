// Who may call: keys, what each of them opens, how often and for how many tokens. Knows no bodies.
import { createHash, randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { InkstoneError } from "../../core/index.ts";
import type { AccessKey, Keys } from "../../store/index.ts";

/** Routes that nobody needs a key for: whether the server lives, and the files of the page (which hold nothing of anybody). */
const publicRoutes: ReadonlySet<string> = new Set(["/health", "/v1/health", "/ready"]);

/** How long a key that was found is not looked for again, in milliseconds. */
const TRUSTED_MS = 500;
/** Days are those of UTC. */
const DAY_MS = 86_400_000;
/** Wrong keys that an address may send in a minute. */
const MOST_WRONG = 100;

interface Known {
  readonly key: AccessKey;
  readonly until: number;
}

/** The keys of a server; without any, everybody is let in. */
export class Access {
  readonly #keys: Keys | undefined;
  readonly #known = new Map<string, Known>();
  readonly #rates = new Map<string, Bucket>();
  readonly #wrong = new Map<string, Bucket>();
  readonly #of = new WeakMap<FastifyRequest, AccessKey>();
  readonly #private = new Map<string, string>();
  readonly #with = new Map<string, string>();
  /** With it this process calls itself for an owner: nobody else can know it. */
  readonly #own = `own-${randomBytes(32).toString("base64url")}.`;

  constructor(keys: Keys | undefined) {
    this.#keys = keys;
  }

  /** Adds the check to an instance, before its routes; `open` are addresses of the page. */
  guard(app: FastifyInstance, open: ReadonlySet<string>): void {
    const keys = this.#keys;
    if (keys === undefined) return;
    app.addHook("onRequest", async (request, reply) => {
      const route = request.routeOptions.url;
      if (route !== undefined && (publicRoutes.has(route) || open.has(route))) return;
      await this.#admit(keys, request, reply);
    });
  }

  /** Whose request it is: the id of its key, "" where there are no keys. What is kept belongs to it. */
  owner(request: FastifyRequest): string {
    return this.#of.get(request)?.id ?? "";
  }

  /** Headers with which this process calls its own routes for an owner, as that owner's key would. */
  headersFor(owner: string): Record<string, string> {
    return this.#keys === undefined ? {} : { authorization: `Bearer ${this.#own}${owner}` };
  }

  /** A model that only its owner may use, and sees. */
  keepPrivate(model: string, owner: string): void {
    this.#private.set(model, owner);
  }

  /** A model that whoever may use another one may use, too; undefined: it is gone. */
  keepWith(model: string, another: string | undefined): void {
    if (another !== undefined) this.#with.set(model, another);
    else for (const map of [this.#with, this.#private]) map.delete(model);
  }

  /** Whether what is an owner's is open to a key (its id): without keys everything is everybody's. */
  isOwn(owner: string, key: string | undefined): boolean {
    return this.#keys === undefined || owner === key;
  }

  /** Errors: E_KEY_MODEL for a model that the key does not open. */
  model(request: FastifyRequest, name: string): void {
    const key = this.#of.get(request);
    if (key !== undefined && !this.#opens(key, name)) throw new InkstoneError("E_KEY_MODEL", { model: name, key: key.name });
  }

  /** Names of models that a request may use, of these. */
  opened(request: FastifyRequest, names: readonly string[]): string[] {
    const key = this.#of.get(request);
    return key === undefined ? [...names] : names.filter((name) => this.#opens(key, name));
  }

  // What was tuned with a key is that key's, whatever models it was given.
  #opens({ id, scope: { models } }: AccessKey, name: string): boolean {
    const owner = this.#private.get(name);
    if (owner !== undefined) return owner === id;
    return models === undefined || models.includes(name) || models.includes(this.#with.get(name) ?? name);
  }

  /** Counts what a request used against its key's day. */
  async spend(request: FastifyRequest, tokens: number): Promise<void> {
    const key = this.#of.get(request);
    if (key !== undefined) await this.#keys?.spend(key.id, tokens);
  }

  async #admit(keys: Keys, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const secret = secretOf(request);
    const key = secret === undefined ? undefined : await this.#find(keys, secret);
    if (key === undefined) {
      if (secret !== undefined) take(this.#wrong, request.ip, MOST_WRONG);
      reply.header("www-authenticate", "Bearer");
      throw new InkstoneError("E_KEY", {});
    }
    this.#of.set(request, key);
    const { routes, requestsPerMinute, tokensPerDay } = key.scope;
    const path = request.url.split("?", 1)[0];
    if (routes !== undefined && !routes.some((prefix) => path === prefix || path.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`)))
      throw new InkstoneError("E_KEY_ROUTE", { path: path.slice(0, 200), key: key.name });
    if (requestsPerMinute !== undefined) take(this.#rates, key.id, requestsPerMinute);
    if (tokensPerDay !== undefined && (await keys.spent(key.id)).tokens >= tokensPerDay)
      throw Object.assign(new InkstoneError("E_KEY_TOKENS", { key: key.name, limit: tokensPerDay }), {
        retryAfter: (DAY_MS - (Date.now() % DAY_MS)) / 1000,
      });
  }

  async #find(keys: Keys, secret: string): Promise<AccessKey | undefined> {
    const now = performance.now();
    // By its digest: how long a look-up takes says nothing of the secret.
    const digest = createHash("sha256").update(secret).digest("base64");
    const known = this.#known.get(digest);
    if (known !== undefined && known.until > now) return known.key;
    const key = secret.startsWith(this.#own) ? await keys.usable(secret.slice(this.#own.length)) : await keys.check(secret);
    this.#known.delete(digest);
    if (key !== undefined) this.#known.set(digest, { key, until: now + TRUSTED_MS });
    if (this.#known.size > 10_000) this.#known.clear();
    return key;
  }
}

// The key of a request, where there is exactly one: as OpenAI's clients send it, or as Anthropic's; as Perspective's do, on its route only.
function secretOf({ url, raw: { rawHeaders } }: FastifyRequest): string | undefined {
  const found: string[] = [];
  if (url.startsWith("/v1alpha1/comments:analyze?")) found.push(...new URL(url, "http://localhost").searchParams.getAll("key"));
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i].toLowerCase();
    if (name === "authorization") found.push(/^Bearer +(\S+) *$/i.exec(rawHeaders[i + 1])?.[1] ?? "");
    else if (name === "x-api-key") found.push(rawHeaders[i + 1]);
  }
  return new Set(found).size === 1 && found[0] !== "" && found[0].length <= 512 ? found[0] : undefined;
}

interface Bucket {
  left: number;
  at: number;
}

// So many a minute, refilled as time goes; the clock never goes back.
function take(buckets: Map<string, Bucket>, who: string, perMinute: number): void {
  const now = performance.now();
  const bucket = buckets.get(who) ?? { left: perMinute, at: now };
  bucket.left = Math.min(perMinute, bucket.left + ((now - bucket.at) * perMinute) / 60_000);
  bucket.at = now;
  buckets.set(who, bucket);
  if (buckets.size > 10_000) for (const [each, { at }] of buckets) if (now - at > 60_000) buckets.delete(each);
  if (bucket.left < 1)
    throw Object.assign(new InkstoneError("E_KEY_RATE", { limit: perMinute }), { retryAfter: ((1 - bucket.left) * 60) / perMinute });
  bucket.left--;
}
