// The requests that are being answered: why one ends early, and how all of them are brought to an end. Knows no JSON and no fields.
import type { FastifyReply } from "fastify";
import { InkstoneError } from "../../core/index.ts";

/** Why a call ended before its answer did. */
export type Ending = "left" | "slow" | "stopping";

/** One request that is being answered. */
export class Call {
  readonly #controller = new AbortController();
  #ending: Ending | undefined;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** Ends the work for this call; the first reason stays. */
  end(why: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = why;
    this.#controller.abort();
  }
}

/** All calls of a server. */
export class Calls {
  readonly #open = new Set<Call>();
  readonly #idle: (() => void)[] = [];

  get count(): number {
    return this.#open.size;
  }

  /** A call for this reply; it ends when its client leaves, and is forgotten when the reply is over. */
  begin(reply: FastifyReply): Call {
    const call = new Call();
    this.#open.add(call);
    reply.raw.once("close", () => {
      if (!reply.raw.writableFinished) call.end("left");
      this.#open.delete(call);
      if (this.#open.size === 0) for (const tell of this.#idle.splice(0)) tell();
    });
    return call;
  }

  endAll(why: Ending): void {
    for (const call of this.#open) call.end(why);
  }

  /** Resolves when no call is open. */
  idle(): Promise<void> {
    return this.#open.size === 0 ? Promise.resolve() : new Promise((done) => this.#idle.push(done));
  }
}

/** Errors that the server itself caused are told as such, not as cancelled work. */
export function endingError(call: Call): InkstoneError | undefined {
  if (call.ending === "stopping") return new InkstoneError("E_STOPPING", { what: { en: "the answer was cut", zh: "回答被中断" } });
  return undefined;
}
