// Keys of access: kept as digests, scoped, counted by day. Knows no HTTP.
import { createHash, randomBytes } from "node:crypto";
import { InkstoneError } from "../core/index.ts";
import type { Database } from "./database.ts";

/** What a key may do. Nothing said: everything. */
export interface KeyScope {
  /** Path prefixes that it opens, such as `/v1/chat`; none: all. */
  readonly routes?: readonly string[];
  /** Names of models that it may use; none: all. */
  readonly models?: readonly string[];
  readonly requestsPerMinute?: number;
  readonly tokensPerDay?: number;
}

/** A key as it is kept: never its secret. */
export interface AccessKey {
  readonly id: string;
  readonly name: string;
  readonly scope: KeyScope;
  /** Milliseconds since 1970; `used` by the day's first use or later. */
  readonly created: number;
  readonly revoked: number | undefined;
  readonly used: number | undefined;
}

interface Row {
  id: string;
  name: string;
  body: string;
  created: number;
  revoked: number | null;
  used: number | null;
}

const columns = "id, name, body, created, revoked, used";
const digestOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
const keyOf = ({ id, name, body, created, revoked, used }: Row): AccessKey => ({
  id,
  name,
  scope: JSON.parse(body) as KeyScope,
  created,
  revoked: revoked ?? undefined,
  used: used ?? undefined,
});

/**
 * Keys of access, shared by all processes of a store: a key revoked in one is refused in all at its next check.
 *
 * @example
 * const store = await openStore({ file: ":memory:" });
 * const { secret, key } = await store.keys.create("front desk", { routes: ["/v1/chat"] });
 * (await store.keys.check(secret))?.name; // "front desk"
 * await store.keys.revoke(key.id);
 * await store.keys.check(secret); // undefined
 */
export class Keys {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes a key. Its secret (256 random bits after `ik-`) is given once and kept nowhere. */
  async create(name: string, scope: KeyScope = {}, now: number = Date.now()): Promise<{ secret: string; key: AccessKey }> {
    const secret = `ik-${randomBytes(32).toString("base64url")}`;
    const id = `key_${randomBytes(8).toString("hex")}`;
    await this.#database.run(
      "INSERT INTO access_keys (id, number, name, digest, body, created) SELECT ?, COALESCE(MAX(number), 0) + 1, ?, ?, ?, CAST(? AS BIGINT) FROM access_keys",
      [id, name, digestOf(secret), JSON.stringify(scope), now],
    );
    return { secret, key: { id, name, scope, created: now, revoked: undefined, used: undefined } };
  }

  /** The key of a secret, unless it is unknown or revoked. (Found by its digest: time says nothing about the secret.) */
  async check(secret: string): Promise<AccessKey | undefined> {
    const [row] = await this.#database.all<Row>(`SELECT ${columns} FROM access_keys WHERE digest = ? AND revoked IS NULL`, [digestOf(secret)]);
    return row === undefined ? undefined : keyOf(row);
  }

  /** A key by its id, unless it is unknown or revoked. */
  async usable(id: string): Promise<AccessKey | undefined> {
    const [row] = await this.#database.all<Row>(`SELECT ${columns} FROM access_keys WHERE id = ? AND revoked IS NULL`, [id]);
    return row === undefined ? undefined : keyOf(row);
  }

  /** All keys in the order of their making, revoked ones too. */
  async list(): Promise<AccessKey[]> {
    return (await this.#database.all<Row>(`SELECT ${columns} FROM access_keys ORDER BY number`)).map(keyOf);
  }

  /** Refuses a key from now on. Errors: E_RECORD_UNKNOWN. */
  async revoke(id: string, now: number = Date.now()): Promise<void> {
    const changed = await this.#database.run("UPDATE access_keys SET revoked = COALESCE(revoked, ?) WHERE id = ?", [now, id]);
    if (changed === 0) throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "key", zh: "密钥" }, id });
  }

  /** Counts a request and its tokens on the key's day (UTC), and gives the day's sums. */
  async spend(id: string, tokens: number, now: number = Date.now()): Promise<{ requests: number; tokens: number }> {
    return this.#database.transaction(async (inside) => {
      await inside.run("UPDATE access_keys SET used = ? WHERE id = ?", [now, id]);
      const [sum] = await inside.all<{ requests: number; tokens: number }>(
        "INSERT INTO key_use (key_id, day, requests, tokens) VALUES (?, ?, 1, ?) ON CONFLICT (key_id, day) DO UPDATE SET requests = key_use.requests + 1, " +
          "tokens = key_use.tokens + excluded.tokens RETURNING requests, tokens",
        [id, dayOf(now), tokens],
      );
      return sum;
    });
  }

  /** What a key has used on a day (UTC). */
  async spent(id: string, now: number = Date.now()): Promise<{ requests: number; tokens: number }> {
    const rows = await this.#database.all<{ requests: number; tokens: number }>("SELECT requests, tokens FROM key_use WHERE key_id = ? AND day = ?", [
      id,
      dayOf(now),
    ]);
    return rows[0] ?? { requests: 0, tokens: 0 };
  }
}
