// Asking a running server of this machine. Knows addresses and errors, no answers.
import { InkstoneError } from "../core/index.ts";

/** The server's address: INKSTONE_HOST and INKSTONE_PORT, as `serve` reads them. */
export function serverAddress(): string {
  const host = process.env.INKSTONE_HOST || "127.0.0.1";
  return `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${process.env.INKSTONE_PORT || 11435}`;
}

/** GET, or POST with a body. Errors: E_SERVER_REACH; E_SERVER_REFUSED with the server's words. */
export async function askServer(path: string, body?: object, address: string = serverAddress()): Promise<unknown> {
  const key = process.env.INKSTONE_KEY;
  const headers = { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) };
  const answer = await fetch(`${address}${path}`, { method: body === undefined ? "GET" : "POST", headers, body: body && JSON.stringify(body) }).catch(
    (cause: unknown) => {
      throw new InkstoneError("E_SERVER_REACH", { address }, { cause });
    },
  );
  const told = (await answer.json().catch(() => ({}))) as { error?: string | { message?: string } };
  if (answer.ok) return told;
  const why = typeof told.error === "string" ? told.error : (told.error?.message ?? String(answer.status));
  throw new InkstoneError("E_SERVER_REFUSED", { address, why });
}
