// Long work that outlives a connection and a process: a queue with leases, parts that are kept one by one. Knows nothing of what the work is.
import { randomBytes } from "node:crypto";
import { InkstoneError } from "../core/index.ts";
import type { Database } from "./database.ts";

/** Where a job stands. */
export type JobState = "queued" | "running" | "paused" | "done" | "failed" | "cancelled";

/** A job as it is kept. */
export interface Job {
  readonly id: string;
  readonly kind: string;
  /** Whose it is: a key's id, or "" on a machine without keys. */
  readonly owner: string;
  readonly state: JobState;
  readonly input: unknown;
  readonly output: unknown;
  readonly failure: unknown;
  readonly done: number;
  readonly total: number;
  /** How often it has been begun. */
  readonly attempts: number;
  readonly created: number;
  readonly updated: number;
}

interface Row {
  id: string;
  kind: string;
  owner: string;
  state: JobState;
  input: string;
  output: string | null;
  failure: string | null;
  done: number;
  total: number;
  attempts: number;
  created: number;
  updated: number;
}

const columns = "id, kind, owner, state, input, output, failure, done, total, attempts, created, updated";
const read = (text: string | null): unknown => (text === null ? undefined : JSON.parse(text));
const jobOf = (row: Row): Job => ({ ...row, input: read(row.input), output: read(row.output), failure: read(row.failure) });

/**
 * A queue of jobs, shared by all processes of a store: each job runs at one worker at a time; a worker that dies loses its lease, and another goes on where
 * the kept parts end.
 *
 * @example
 * const { jobs } = await openStore({ file: ":memory:" });
 * const { id } = await jobs.add("count", { to: 2 });
 * const job = await jobs.claim(["count"], "worker 1");
 * await jobs.keepPart(id, "worker 1", 0, { said: "one" });
 * await jobs.finish(id, "worker 1", { counted: 1 });
 * (await jobs.get(id)).state; // "done"
 */
export class Jobs {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Puts a job into the queue. */
  async add(
    kind: string,
    input: unknown,
    { owner = "", total = 0, now = Date.now() }: { owner?: string; total?: number; now?: number } = {},
  ): Promise<Job> {
    const id = `job_${randomBytes(12).toString("hex")}`;
    const [row] = await this.#database.all<Row>(
      `INSERT INTO jobs (id, kind, owner, state, input, done, total, attempts, created, updated) VALUES (?, ?, ?, 'queued', ?, 0, ?, 0, ?, ?) RETURNING ${columns}`,
      [id, kind, owner, JSON.stringify(input ?? null), total, now, now],
    );
    return jobOf(row);
  }

  /** A job of an owner (of anyone when none is said). Errors: E_RECORD_UNKNOWN, for another's job too. */
  async get(id: string, owner?: string): Promise<Job> {
    const [row] = await this.#database.all<Row>(`SELECT ${columns} FROM jobs WHERE id = ?`, [id]);
    if (row === undefined || (owner !== undefined && row.owner !== owner))
      throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "job", zh: "任务" }, id });
    return jobOf(row);
  }

  /** Jobs, newest first. */
  async list({ kind, owner, limit = 100 }: { kind?: string; owner?: string; limit?: number } = {}): Promise<Job[]> {
    const wanted = Object.entries({ kind, owner }).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const where = wanted.length === 0 ? "" : `WHERE ${wanted.map(([column]) => `${column} = ?`).join(" AND ")}`;
    const values = wanted.map(([, value]) => value);
    const rows = await this.#database.all<Row>(`SELECT ${columns} FROM jobs ${where} ORDER BY number DESC LIMIT ?`, [...values, limit]);
    return rows.map(jobOf);
  }

  /**
   * Takes the oldest job that waits, or whose worker's lease has run out, for `lease` milliseconds; undefined when there is none.
   * The worker renews its lease by `renew` or by keeping parts.
   */
  async claim(kinds: readonly string[], worker: string, lease = 30_000, now: number = Date.now()): Promise<Job | undefined> {
    const locking = this.#database.dialect.name === "postgres" ? "FOR UPDATE SKIP LOCKED" : "";
    const [row] = await this.#database.all<Row>(
      `UPDATE jobs SET state = 'running', worker = ?, lease = ?, attempts = attempts + 1, updated = ? WHERE number = (
         SELECT number FROM jobs WHERE kind IN (${kinds.map(() => "?").join(", ")}) AND (state = 'queued' OR (state = 'running' AND lease < ?))
         ORDER BY number LIMIT 1 ${locking}) RETURNING ${columns}`,
      [worker, now + lease, now, ...kinds, now],
    );
    return row === undefined ? undefined : jobOf(row);
  }

  /** Renews a worker's lease and says how far it is. Errors: E_JOB_LOST when the job is no longer this worker's. */
  async renew(id: string, worker: string, progress: { done?: number; total?: number } = {}, lease = 30_000, now: number = Date.now()): Promise<void> {
    const changed = await this.#database.run(
      "UPDATE jobs SET lease = ?, updated = ?, done = COALESCE(?, done), total = COALESCE(?, total) WHERE id = ? AND worker = ? AND state = 'running'",
      [now + lease, now, progress.done ?? null, progress.total ?? null, id, worker],
    );
    if (changed === 0) throw new InkstoneError("E_JOB_LOST", { job: id });
  }

  /** Keeps the result of one part, once: what is kept is never made again. Renews the lease. Errors: E_JOB_LOST. */
  async keepPart(id: string, worker: string, part: number, body: unknown, lease = 30_000, now: number = Date.now()): Promise<void> {
    await this.#database.transaction(async (inside) => {
      const held = await inside.run("UPDATE jobs SET lease = ?, updated = ? WHERE id = ? AND worker = ? AND state = 'running'", [
        now + lease,
        now,
        id,
        worker,
      ]);
      if (held === 0) throw new InkstoneError("E_JOB_LOST", { job: id });
      const added = await inside.run("INSERT INTO job_parts (job_id, part, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", [
        id,
        part,
        JSON.stringify(body ?? null),
      ]);
      if (added > 0) await inside.run("UPDATE jobs SET done = done + 1 WHERE id = ?", [id]);
    });
  }

  /** The parts that are kept, in their order. */
  async parts(id: string): Promise<{ part: number; body: unknown }[]> {
    const rows = await this.#database.all<{ part: number; body: string }>("SELECT part, body FROM job_parts WHERE job_id = ? ORDER BY part", [id]);
    return rows.map(({ part, body }) => ({ part, body: JSON.parse(body) as unknown }));
  }

  /** Ends a job well. Errors: E_JOB_LOST. */
  finish(id: string, worker: string, output: unknown, now: number = Date.now()): Promise<void> {
    return this.#end(id, worker, "done", "output", output, now);
  }

  /** Ends a job badly. Errors: E_JOB_LOST. */
  fail(id: string, worker: string, failure: unknown, now: number = Date.now()): Promise<void> {
    return this.#end(id, worker, "failed", "failure", failure, now);
  }

  /** Gives a job back to the queue (a process that stops). Errors: E_JOB_LOST. */
  async release(id: string, worker: string, now: number = Date.now()): Promise<void> {
    const changed = await this.#database.run(
      "UPDATE jobs SET state = 'queued', worker = NULL, lease = NULL, updated = ? WHERE id = ? AND worker = ? AND state = 'running'",
      [now, id, worker],
    );
    if (changed === 0) throw new InkstoneError("E_JOB_LOST", { job: id });
  }

  /** Cancels a job that waits or runs; its worker learns of it at its next renewal. One that has ended stays as it is. */
  async cancel(id: string, now: number = Date.now()): Promise<Job> {
    await this.#database.run(
      "UPDATE jobs SET state = 'cancelled', worker = NULL, updated = ? WHERE id = ? AND state IN ('queued', 'running', 'paused')",
      [now, id],
    );
    return this.get(id);
  }

  /** Keeps a job that waits or runs from being worked on until `resume`; its worker learns of it at its next renewal. One that has ended stays as it is. */
  async pause(id: string, now: number = Date.now()): Promise<Job> {
    const from = "state IN ('queued', 'running')";
    await this.#database.run(`UPDATE jobs SET state = 'paused', worker = NULL, lease = NULL, updated = ? WHERE id = ? AND ${from}`, [now, id]);
    return this.get(id);
  }

  /** Puts a paused job back into the queue. Any other stays as it is. */
  async resume(id: string, now: number = Date.now()): Promise<Job> {
    await this.#database.run("UPDATE jobs SET state = 'queued', updated = ? WHERE id = ? AND state = 'paused'", [now, id]);
    return this.get(id);
  }

  /** Takes a job and its parts away. Errors: E_RECORD_UNKNOWN. */
  async remove(id: string): Promise<void> {
    await this.#database.transaction(async (inside) => {
      await inside.run("DELETE FROM job_parts WHERE job_id = ?", [id]);
      if ((await inside.run("DELETE FROM jobs WHERE id = ?", [id])) === 0)
        throw new InkstoneError("E_RECORD_UNKNOWN", { kind: { en: "job", zh: "任务" }, id });
    });
  }

  async #end(id: string, worker: string, state: JobState, column: "output" | "failure", value: unknown, now: number): Promise<void> {
    const changed = await this.#database.run(
      `UPDATE jobs SET state = ?, ${column} = ?, worker = NULL, lease = NULL, updated = ? WHERE id = ? AND worker = ? AND state = 'running'`,
      [state, JSON.stringify(value ?? null), now, id, worker],
    );
    if (changed === 0) throw new InkstoneError("E_JOB_LOST", { job: id });
  }
}
