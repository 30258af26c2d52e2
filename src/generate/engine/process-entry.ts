// The process of an engine: hands messages on to the engine's thread and back, and ends with its owner. Runs as a child process only.
import type { Call, SignalMessage } from "./protocol.ts";
import { threadTransport } from "./transport.ts";

type ToRelay = { readonly id: number; readonly call: Call; readonly cancelled: boolean } | SignalMessage;

if (process.send !== undefined) {
  const engine = threadTransport();
  const tell = (message: object): void => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  engine.listen(tell, (why) => {
    tell({ ended: why });
    process.disconnect();
  });
  process.on("message", (message: ToRelay) => {
    if ("call" in message) engine.send(message.id, message.call, message.cancelled);
    else engine.signal(message.id, message.signal);
  });
  process.on("disconnect", () => process.exit(0));
  // A signal to the whole group is its owner's to answer: running answers may still have their grace.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => undefined);
}
