// The engine's thread: hands messages to the engine and back. Runs as a worker only.
import { parentPort } from "node:worker_threads";
import { Engine } from "./engine.ts";
import { openMachinery } from "./machinery.ts";
import type { ToEngine } from "./protocol.ts";

const port = parentPort;
if (port !== null) {
  const engine = new Engine((message) => port.postMessage(message), openMachinery);
  port.on("message", (message: ToEngine) => void engine.take(message));
}
