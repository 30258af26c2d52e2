// An engine in a process of its own: a native abort, a kill or too much memory ends it, and nothing else. Knows no meaning of any message.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Phrase } from "../../core/index.ts";
import type { FromEngine } from "./protocol.ts";
import type { Transport } from "./transport.ts";

/**
 * A child process with a relay, which has the engine in a thread: what is said about a call is seen there at once, also within native stretches.
 *
 * @example
 * const transport = processTransport();
 * transport.listen(() => undefined, () => undefined);
 * await transport.end();
 */
export function processTransport(file: URL = new URL("./process-entry.js", import.meta.url)): Transport {
  const child = fork(fileURLToPath(file), { serialization: "advanced", execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const gone = new Promise<void>((done) => child.once("exit", () => done()));
  const open = new Set<number>();
  const post = (message: object): void => {
    if (child.connected) child.send(message, () => undefined); // one that cannot be sent is answered by the child's end
  };
  return {
    send(id, call, cancelled = false) {
      open.add(id);
      post({ id, call, cancelled });
    },
    signal(id, signal) {
      if (open.has(id)) post({ id, signal });
    },
    listen(onMessage, onEnd) {
      child.on("message", (message) => {
        const told = message as FromEngine | { readonly ended: Phrase };
        if ("ended" in told) return onEnd(told.ended);
        if (told.type === "answer" || told.type === "error") open.delete(told.id);
        onMessage(told);
      });
      child.on("error", (error) => onEnd([error.message]));
      child.on("exit", (code, signal) => onEnd(endOf(code, signal)));
    },
    hold(alive) {
      if (alive) child.ref();
      else child.unref();
      if (alive) child.channel?.ref();
      else child.channel?.unref();
    },
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref(); // whoever waits for its end is kept alive until then
      child.kill("SIGKILL");
      await gone;
    },
  };
}

function endOf(code: number | null, signal: NodeJS.Signals | null): Phrase {
  if (signal !== null) return { en: `its process was ended by ${signal}`, zh: `其进程被 ${signal} 结束` };
  return { en: `its process exited with ${code}`, zh: `其进程以 ${code} 退出` };
}
