// The server of bench/service.mjs, a process of its own: tells its address, and when it is asked its memory and how late its event loop was.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { LanguageModel } from "../dist/index.js";
import { createServer } from "../dist/server/index.js";

const [model, threads, slots] = process.argv.slice(2);
const open = () => LanguageModel.open(model, { threads: Number(threads), slots: Number(slots), engine: "process" });
const served = [{ kind: "chat", name: model, open, opened: await open(), keepAliveMs: Number.POSITIVE_INFINITY }];
const server = await createServer({
  served,
  port: 0,
  limits: { concurrent: Number(slots), ofOneKey: Math.max(48, Number(slots)), requestMs: 120_000 },
});
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
process.on("message", (asked) => {
  if (asked === "reset") delay.reset();
  const { rss } = process.memoryUsage();
  process.send({ rss, delayMs: { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 } });
});
process.on("disconnect", () => process.exit(0));
process.send({ address: await server.listen() });
