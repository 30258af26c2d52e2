// Question: does the server leak: the time of a key's look-up, what another key asked (prefix cache), answers at SIGTERM, memory and descriptors over many requests?
// node bench/hardening.mjs [--parts keys,prefix,terms,soak] [--samples 50000] [--probes 500] [--rounds 100] [--seconds 540] [--model smollm2:135m]
import { execFile, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { request } from "node:http";
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
  const prompt = (seed) => Array.from({ length: 120 }, (_, i) => words[(i * 7 + seed * 13 + ((i * seed) % 5)) % words.length]).join(" ");
  const first = async (text, key) => {
    const began = performance.now();
    for await (const _piece of engine.stream([{ role: "user", content: text }], { key, maxTokens: 1, temperature: 0 }))
      return performance.now() - began;
  };
  const [hit, miss, cold, warm] = [[], [], [], []];
  for (let i = 0; i < Number(option("probes", "500")); i++) {
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
  for (let i = 0; i < Number(option("rounds", "100")); i++) all.push(await round());
  figures.terms = {
    rounds: all.length,
    truncated: all.reduce((sum, { truncated }) => sum + truncated, 0),
    wholeStreams: all.reduce((sum, { whole }) => sum + whole, 0),
    wrongCodes: all.filter(({ code }) => code !== 0).length,
  };
}

// Requests at a steady pace: does memory or the number of descriptors grow with them?
if (parts.includes("soak")) {
  const child = fork(new URL("./service-server.mjs", import.meta.url), [model, "1", "8"]);
  const told = () => new Promise((done) => child.once("message", done));
  const { address } = await told();
  const state = async () => {
    const answer = told();
    child.send("told");
    return { ...(await answer), descriptors: readdirSync(`/proc/${child.pid}/fd`).length };
  };
  const ask = async (i) => {
    const body = JSON.stringify({ model, max_tokens: 1 + (i % 3), messages: [{ role: "user", content: `${i}: ink` }], stream: i % 2 === 0 });
    const answer = await fetch(`${address}/v1/chat/completions`, { method: "POST", headers: { "content-type": "application/json" }, body });
    await answer.text();
    return answer.status;
  };
  let [done, bad] = [0, 0];
  const seen = [];
  const end = performance.now() + Number(option("seconds", "540")) * 1000;
  const worker = async () => {
    while (performance.now() < end) {
      if ((await ask(done++)) !== 200) bad++;
      if (done % 250 === 0) seen.push({ done, ...(await state()) });
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  const late = seen.slice(Math.floor(seen.length / 4)); // behind its warming up
  const slope = (of) => {
    const [x, y] = [late.map((one) => one.done / 1000), late.map(of)];
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
  child.disconnect();
}

rmSync(folder, { recursive: true, force: true });
console.log(JSON.stringify(figures, undefined, 1));
process.exit(0);
