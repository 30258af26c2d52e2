// Question: what does serving cost beside calling the model, and does it hold under load? Streams over HTTP beside the same in one process, the event loop under them, a first token beside a long
// prompt, cancelling, an engine that is killed, idle connections, ten times too many requests.
// node bench/service.mjs [--model smollm2:135m] [--threads 2] [--streams 8] [--tokens 48] [--rounds 3] [--idle 10000] [--seconds 10] [--cancels 30] [--parts streams,first,cancel,kill,idle,overload]
import { execFileSync, fork } from "node:child_process";
import { request } from "node:http";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { LanguageModel } from "../dist/index.js";
import { option } from "./support.mjs";

const name = option("model", "smollm2:135m");
const threads = option("threads", "2");
const streams = Number(option("streams", "8"));
const tokens = Number(option("tokens", "48"));
const parts = option("parts", "streams,first,cancel,kill,idle,overload").split(",");
const child = fork(new URL("./service-server.mjs", import.meta.url), [name, threads, String(streams)]);
const told = () => new Promise((done) => child.once("message", done));
const { address } = await told();
const { port } = new URL(address);
const ask = async (what) => {
  const answer = told();
  child.send(what);
  return answer;
};
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const percentile = (values, share) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
const round = (value, digits = 1) => Math.round(value * 10 ** digits) / 10 ** digits;
const prompt = (i) => [{ role: "user", content: `Tell story number ${i} of the ink stone.` }];

// A request; `onText` with every piece of a stream. Gives status, milliseconds, whether it says when to come again.
function send(body, { onText, signal } = {}) {
  return new Promise((done, fail) => {
    const began = performance.now();
    const text = JSON.stringify({ model: name, temperature: 1, seed: 1, ...body });
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const sent = request({ host: "127.0.0.1", port, method: "POST", path: "/v1/chat/completions", headers, signal }, (answer) => {
      answer.setEncoding("utf8");
      answer.on("data", (piece) => onText?.(piece));
      answer.on("error", fail);
      answer.on("end", () => done({ status: answer.statusCode, ms: performance.now() - began, retry: answer.headers["retry-after"] !== undefined }));
    });
    sent.on("error", fail);
    sent.end(text);
  });
}
const get = (path) => fetch(`${address}${path}`).then((answer) => answer.json());
const figures = {};

if (parts.includes("streams")) {
  const model = await LanguageModel.open(name, { threads: Number(threads), slots: streams, engine: "process" });
  const inside = async () => {
    const began = performance.now();
    let made = 0;
    const one = async (i) => {
      for await (const piece of model.stream(prompt(i), { maxTokens: tokens, temperature: 1, seed: 1 })) made += piece.tokenIds.length;
    };
    await Promise.all(Array.from({ length: streams }, (_, i) => one(i)));
    return (made * 1000) / (performance.now() - began);
  };
  const over = async () => {
    const began = performance.now();
    let made = 0;
    const one = async (i) => {
      let all = "";
      await send(
        { messages: prompt(i), max_tokens: tokens, stream: true, stream_options: { include_usage: true } },
        { onText: (piece) => (all += piece) },
      );
      made += Number(/"completion_tokens":(\d+)/.exec(all)?.[1] ?? 0);
    };
    await Promise.all(Array.from({ length: streams }, (_, i) => one(i)));
    return (made * 1000) / (performance.now() - began);
  };
  await inside();
  await over();
  await ask("reset");
  const pairs = [];
  for (let i = 0; i < Number(option("rounds", "3")); i++) pairs.push([await inside(), await over()]);
  const { delayMs } = await ask("told");
  await model.close();
  figures.streams = {
    streams,
    inProcess: round(median(pairs.map(([a]) => a))),
    http: round(median(pairs.map(([, b]) => b))),
    share: round(median(pairs.map(([a, b]) => b / a)), 3),
    delayMs: { p50: round(delayMs.p50, 2), p99: round(delayMs.p99, 2), max: round(delayMs.max, 1) },
  };
}

if (parts.includes("first")) {
  const found = [];
  const long = [];
  for (let i = 0; i < 3; i++) {
    const content = `${i} ${"ink stone brush paper ".repeat(1000)}`;
    const reading = send({ messages: [{ role: "user", content }], max_tokens: 1 });
    await pause(300);
    const began = performance.now();
    let first;
    await send(
      { messages: prompt(i + 100), max_tokens: 4, stream: true },
      { onText: (piece) => (first ??= /"content":"[^"]/.test(piece) ? performance.now() - began : undefined) },
    );
    found.push(first);
    long.push((await reading).ms);
  }
  figures.firstToken = { besidePromptOf: 4000, ms: found.map((ms) => round(ms, 0)), promptMs: long.map((ms) => round(ms, 0)) };
}

if (parts.includes("cancel")) {
  const found = [];
  for (let i = 0; i < Number(option("cancels", "30")); i++) {
    const left = new AbortController();
    let pieces = 0;
    const stream = send(
      { messages: prompt(i), max_tokens: 400, stream: true },
      { signal: left.signal, onText: () => ++pieces === 3 && left.abort() },
    );
    await stream.catch(() => undefined);
    const began = performance.now();
    while ((await get("/health")).open > 0) await pause(2);
    found.push(performance.now() - began);
  }
  figures.cancel = { times: found.length, ms: { p50: round(percentile(found, 0.5)), p99: round(percentile(found, 0.99)) } };
}

if (parts.includes("kill")) {
  const found = [];
  for (let i = 0; i < 3; i++) {
    let begun = 0;
    const all = Array.from({ length: streams }, (_, k) => send({ messages: prompt(k), max_tokens: 400, stream: true }, { onText: () => begun++ }));
    while (begun < streams * 3) await pause(5);
    const engine = execFileSync("ps", ["--ppid", String(child.pid), "-o", "pid="], { encoding: "utf8" })
      .trim()
      .split(/\s+/)[0];
    process.kill(Number(engine), "SIGKILL");
    const began = performance.now();
    await Promise.all(all);
    for (;;) {
      const { status } = await send({ messages: prompt(i), max_tokens: 1 });
      if (status === 200) break;
      await pause(20);
    }
    found.push(performance.now() - began);
    await pause(1000);
  }
  figures.kill = { streams, servedAgainMs: found.map((ms) => round(ms, 0)) };
}

if (parts.includes("idle")) {
  const wanted = Number(option("idle", "10000"));
  const before = await ask("told");
  const began = performance.now();
  const sockets = [];
  for (let at = 0; at < wanted; at += 250)
    sockets.push(
      ...(await Promise.all(
        Array.from(
          { length: Math.min(250, wanted - at) },
          () =>
            new Promise((done) => {
              const socket = connect(Number(port), "127.0.0.1", () => done(socket));
              socket.once("error", () => done(undefined));
            }),
        ),
      )),
    );
  const openMs = performance.now() - began;
  const times = [];
  for (let i = 0; i < 200; i++) {
    const from = performance.now();
    await get("/health");
    times.push(performance.now() - from);
  }
  const { rss } = await ask("told");
  figures.idle = {
    accepted: sockets.filter((one) => one !== undefined && !one.destroyed).length,
    openMs: round(openMs, 0),
    megabytes: round((rss - before.rss) / 2 ** 20, 0),
    freshMs: { p50: round(percentile(times, 0.5)), p99: round(percentile(times, 0.99)) },
  };
  for (const socket of sockets) socket?.destroy();
  await pause(500);
}

if (parts.includes("overload")) {
  const seconds = Number(option("seconds", "10"));
  const body = (i) => ({ messages: prompt(i), max_tokens: 8 });
  let good = 0;
  const end = performance.now() + seconds * 1000;
  const client = async (i) => {
    for (let k = 0; performance.now() < end; k++) if ((await send(body(i * 1000 + k))).status === 200) good++;
  };
  await Promise.all(Array.from({ length: streams * 2 }, (_, i) => client(i)));
  const peak = good / seconds;
  const before = await ask("reset");
  const statuses = new Map();
  const began = performance.now();
  const sent = [];
  let within = 0;
  let silent = 0;
  const note = ({ status, retry }) => {
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === 200 && performance.now() - began < seconds * 1000) within++;
    if (status !== 200 && !retry) silent++;
  };
  while (performance.now() - began < seconds * 1000) {
    const due = Math.floor(((performance.now() - began) / 1000) * peak * 10) - sent.length;
    for (let k = 0; k < due; k++) sent.push(send(body(sent.length)).then(note, (error) => note({ status: error.code, retry: false })));
    await pause(5);
  }
  await Promise.all(sent);
  const again = [];
  for (let i = 0; i < 5; i++) again.push((await send(body(-i))).ms);
  const after = await ask("told");
  figures.overload = {
    peak: round(peak),
    goodput: round(within / seconds),
    share: round(within / seconds / peak, 3),
    statuses: Object.fromEntries(statuses),
    withoutRetryAfter: silent,
    megabytes: round((after.rss - before.rss) / 2 ** 20, 0),
    delayP99Ms: round(after.delayMs.p99, 2),
    afterwardsMs: round(median(again), 0),
  };
}

console.log(JSON.stringify(figures, undefined, 1));
child.disconnect();
