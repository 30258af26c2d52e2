// Question: does the server leak: the time of a key's look-up, what another key asked (prefix cache), answers at SIGTERM, memory and descriptors over many requests? Do clients that send or read slowly
// cost others anything? Every part ends after --seconds with what it has until then.
// node bench/hardening.mjs [--parts keys,prefix,terms,loris,readers,soak] [--samples 50000] [--probes 500] [--words 120] [--rounds 100] [--loris 2000] [--readers 56] [--still 8] [--seconds 540] [--model smollm2:135m]
import { execFile, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openStore } from "../dist/store/index.js";
import { option } from "./support.mjs";

const parts = option("parts", "keys,prefix,terms,soak").split(",");
const model = option("model", "smollm2:135m");
const folder = mkdtempSync(join(tmpdir(), "inkstone-hardening-"));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values, about = mean(values)) => values.reduce((sum, value) => sum + (value - about) ** 2, 0) / (values.length - 1);
const figures = {};
const end = performance.now() + Number(option("seconds", "540")) * 1000;
const late = () => performance.now() > end;
const percentile = (values, share) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

const slowReaders = `
import socket, sys, time
port, count, body = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode()
held = []
for _ in range(count):
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.connect(("127.0.0.1", port))
    one.sendall(b"POST /v1/chat/completions HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
    held.append(one)
print("sent", flush=True)
time.sleep(600)
`;

// A server in a process of its own, and what it tells of itself.
async function serving(slots) {
  const child = fork(new URL("./service-server.mjs", import.meta.url), [model, "1", String(slots)]);
  const told = () => new Promise((done) => child.once("message", done));
  const { address } = await told();
  const state = async (what = "told") => {
    const answer = told();
    child.send(what);
    return { ...(await answer), descriptors: readdirSync(`/proc/${child.pid}/fd`).length };
  };
  return { address, port: Number(new URL(address).port), state, close: () => child.disconnect() };
}

// A key that differs in its first character beside one that differs in its last, in turns: Welch's t over the times, the slowest 1 % (other work of the machine) left out of both.
if (parts.includes("keys")) {
  const store = await openStore({ file: join(folder, "keys.db") });
  const { secret } = await store.keys.create("desk");
  const other = (at) => secret.slice(0, at) + (secret[at] === "A" ? "B" : "A") + secret.slice(at + 1);
  const wrong = [other(3), other(secret.length - 1)];
  const times = [[], []];
  for (let i = 0; i < Number(option("samples", "50000")) * 2; i++) {
    const which = (i ^ (randomBytes(1)[0] & 1)) & 1;
    const began = process.hrtime.bigint();
    await store.keys.check(wrong[which]);
    times[which].push(Number(process.hrtime.bigint() - began));
  }
  await store.close();
  const [first, last] = times.map((each) => each.toSorted((a, b) => a - b).slice(0, Math.floor(each.length * 0.99)));
  const t = (mean(first) - mean(last)) / Math.sqrt(variance(first) / first.length + variance(last) / last.length);
  figures.keys = { samples: times.map(({ length }) => length), meanUs: [mean(first) / 1000, mean(last) / 1000], welchT: t };
}

// Key A has asked a long prompt; does the time of B's first token tell whether B asks the same one, or another that nobody asked? And what does A gain by asking again?
if (parts.includes("prefix")) {
  const { LanguageModel } = await import("../dist/index.js");
  const engine = await LanguageModel.open(model, { slots: 8 });
  const words = "the ink stone writes a letter of rain under old pines while the river keeps its own slow counsel".split(" ");
  const prompt = (seed) =>
    Array.from({ length: Number(option("words", "120")) }, (_, i) => words[(i * 7 + seed * 13 + ((i * seed) % 5)) % words.length]).join(" ");
  const first = async (text, key) => {
    const began = performance.now();
    for await (const _piece of engine.stream([{ role: "user", content: text }], { key, maxTokens: 1, temperature: 0 }))
      return performance.now() - began;
  };
  const [hit, miss, cold, warm] = [[], [], [], []];
  for (let i = 0; i < Number(option("probes", "500")) && !late(); i++) {
    cold.push(await first(prompt(2 * i), "a"));
    warm.push(await first(prompt(2 * i), "a"));
    const order = [
      [hit, prompt(2 * i)],
      [miss, prompt(2 * i + 1)],
    ];
    if (i % 2 === 1) order.reverse();
    for (const [times, text] of order) times.push(await first(text, "b"));
  }
  let above = 0;
  for (const a of miss) for (const b of hit) above += a > b ? 1 : a === b ? 0.5 : 0;
  const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  await engine.close();
  figures.prefix = { probes: hit.length, auc: above / (hit.length * miss.length), sameKeyGain: median(cold) / median(warm) };
}

// A server is told to end while a stream is under way: is the stream whole, and the exit code right?
if (parts.includes("terms")) {
  const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
  const env = { ...process.env, INKSTONE_DATA: join(folder, "data"), INKSTONE_CONFIG: join(folder, "config.toml") };
  const round = async () => {
    const child = execFile(process.execPath, [main, "serve", "--model", model, "--port", "0", "--runs", join(folder, "runs")], { env });
    const ended = new Promise((done) => child.once("exit", done));
    let out = "";
    const port = await new Promise((done) => {
      child.stdout.on("data", (piece) => {
        out += piece;
        const found = /:(\d+)\//.exec(out);
        if (found !== null) done(Number(found[1]));
      });
    });
    const body = JSON.stringify({
      model,
      stream: true,
      max_tokens: 32,
      temperature: 1,
      messages: [{ role: "user", content: "Tell of the ink stone." }],
    });
    const one = () =>
      new Promise((done) => {
        let text = "";
        const sent = request(
          { host: "127.0.0.1", port, method: "POST", path: "/v1/chat/completions", headers: { "content-type": "application/json" } },
          (answer) => {
            answer.on("data", (piece) => {
              text += piece;
            });
            answer.on("end", () => done(text));
            answer.on("error", () => done("cut"));
          },
        );
        sent.on("error", () => done("cut"));
        sent.end(body);
      });
    const streams = [one(), one(), one()];
    await pause(Math.random() * 600);
    child.kill("SIGTERM");
    const texts = await Promise.all(streams);
    // Not accepted any more (cut before a word, or told that it stops) is no truncation.
    const truncated = texts.filter((text) => text.startsWith("data:") && !text.includes("[DONE]")).length;
    return { truncated, whole: texts.filter((text) => text.includes("[DONE]")).length, code: await ended };
  };
  const all = [];
  for (let i = 0; i < Number(option("rounds", "100")) && !late(); i++) all.push(await round());
  figures.terms = {
    rounds: all.length,
    truncated: all.reduce((sum, { truncated }) => sum + truncated, 0),
    wholeStreams: all.reduce((sum, { whole }) => sum + whole, 0),
    wrongCodes: all.filter(({ code }) => code !== 0).length,
  };
}

// Connections that send the head of a request a byte at a time: when are they closed, and what do honest requests feel of them?
if (parts.includes("loris")) {
  const { address, port, state, close } = await serving(8);
  const honest = async (seconds) => {
    const times = [];
    for (const until = performance.now() + seconds * 1000; performance.now() < until; await pause(10)) {
      const began = performance.now();
      await (await fetch(`${address}/v1/models`)).text();
      times.push(performance.now() - began);
    }
    return times;
  };
  await honest(1);
  const quiet = await honest(8);
  const closed = [];
  const sockets = Array.from({ length: Number(option("loris", "2000")) }, () => {
    const socket = connect(port, "127.0.0.1", () => socket.write("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX-A: "));
    const began = performance.now();
    socket.on("error", () => undefined);
    socket.on("close", () => closed.push(performance.now() - began));
    socket.resume();
    return socket;
  });
  const drip = setInterval(() => {
    for (const socket of sockets) if (!socket.destroyed) socket.write("a");
  }, 1000);
  const beside = await honest(8);
  await honest(8);
  clearInterval(drip);
  const { rss } = await state();
  figures.loris = {
    sent: sockets.length,
    closed: closed.length,
    lastClosedMs: Math.max(...closed),
    honestMs: {
      quiet: { p50: percentile(quiet, 0.5), p99: percentile(quiet, 0.99) },
      beside: { p50: percentile(beside, 0.5), p99: percentile(beside, 0.99) },
    },
    rssMegabytes: rss / 2 ** 20,
  };
  for (const socket of sockets) socket.destroy();
  close();
}

// Streams whose readers take nothing, with much to tell of each token: what do they hold, and do others' tokens come later for them? The model wants a context that is long enough to fill their buffers.
if (parts.includes("readers")) {
  const wanted = Number(option("readers", "56"));
  const { port, state, close } = await serving(wanted + 8);
  const stream = (tokens, onText) =>
    new Promise((done) => {
      const body = JSON.stringify({ model, stream: true, max_tokens: tokens, temperature: 1, messages: [{ role: "user", content: "Ink" }] });
      const headers = { "content-type": "application/json" };
      const sent = request({ host: "127.0.0.1", port, method: "POST", path: "/v1/chat/completions", headers, agent: false }, (answer) => {
        answer.on("data", onText);
        answer.on("end", done);
      });
      sent.on("error", done);
      sent.end(body);
    });
  const honest = async () => {
    const gaps = [];
    const one = () => {
      let last;
      return stream(100, () => {
        const now = performance.now();
        if (last !== undefined) gaps.push(now - last);
        last = now;
      });
    };
    for (let i = 0; i < 5; i++) await Promise.all(Array.from({ length: 4 }, one));
    return gaps;
  };
  await honest();
  const quiet = await honest();
  const before = await state();
  // In Python: there a socket can be told to hold little, so that what is not taken is felt at once.
  const body = JSON.stringify({
    ...{ model, stream: true, max_tokens: 7000, temperature: 1, logprobs: true, top_logprobs: 20 },
    messages: [{ role: "user", content: "Ink" }],
  });
  const slow = execFile("python3", ["-c", slowReaders, String(port), String(wanted), body]);
  await new Promise((done) => slow.stdout.once("data", done));
  await pause(Number(option("still", "8")) * 1000); // until all of them stand still; those who take nothing for 30 seconds are closed
  const held = await state();
  const beside = await honest();
  figures.readers = {
    readers: wanted,
    megabytes: (held.rss - before.rss) / 2 ** 20,
    gapMs: {
      quiet: { p50: percentile(quiet, 0.5), p99: percentile(quiet, 0.99) },
      beside: { p50: percentile(beside, 0.5), p99: percentile(beside, 0.99) },
    },
  };
  slow.kill();
  close();
}

// Requests at a steady pace: does memory or the number of descriptors grow with them?
if (parts.includes("soak")) {
  const { address, state, close } = await serving(8);
  const ask = async (i) => {
    const body = JSON.stringify({ model, max_tokens: 1 + (i % 3), messages: [{ role: "user", content: `${i}: ink` }], stream: i % 2 === 0 });
    const answer = await fetch(`${address}/v1/chat/completions`, { method: "POST", headers: { "content-type": "application/json" }, body });
    await answer.text();
    return answer.status;
  };
  let [done, bad] = [0, 0];
  const seen = [];
  const worker = async () => {
    while (!late()) {
      if ((await ask(done++)) !== 200) bad++;
      if (done % 250 === 0) seen.push({ done, ...(await state()) });
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  const warm = seen.slice(Math.floor(seen.length / 4));
  const slope = (of) => {
    const [x, y] = [warm.map((one) => one.done / 1000), warm.map(of)];
    const [mx, my] = [mean(x), mean(y)];
    return x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0) / x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
  };
  figures.soak = {
    requests: done,
    notAnswered: bad,
    megabytesPerThousand: slope(({ rss }) => rss / 2 ** 20),
    descriptorsPerThousand: slope(({ descriptors }) => descriptors),
    delayP99Ms: (await state()).delayMs.p99,
  };
  close();
}

rmSync(folder, { recursive: true, force: true });
console.log(JSON.stringify(figures, undefined, 1));
process.exit(0);
