// Many damaged files through each parser, binary ones (seeds.mjs) and those of texts (texts.mjs): node runs/fuzz/fuzz.mjs COUNT [FORMAT…] [--seed N]. Each format runs in a process of its own with a small heap; a line a format.
// Right is: what the file says, or an error of ours that names the damage. Wrong, and printed with the bytes: any other error, more than 15 s of the processor for a thousand files (ended from outside), memory beyond the limit.
import { fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { InkstoneError } from "../../dist/core/index.js";
import { memorySource, parseCTranslate2, parseGguf, parseMarian, parseOnnx, parseSafetensors, readWav } from "../../dist/formats/index.js";
import { zipEntries } from "../../dist/formats/packed/zip-directory.js";
import { entryPieces } from "../../dist/formats/packed/zip-member.js";
import { tokenizerFromSentencePiece } from "../../dist/text/tokenizers/sentencepiece.js";
import { seeds } from "./seeds.mjs";
import { textDamage, textReaders, textSeeds } from "./texts.mjs";

const AT_ONCE = 1000;
const TURN = 50;
const SECONDS = 15;
const HEAP_MB = 900;
/** Resident memory of a process in all: the heap, Node itself, and what a parser may reserve for a file of some hundred bytes, which is next to nothing. */
const MOST_MB = 400;

// Everything that a caller can ask of an opened file.
const readers = {
  gguf(bytes) {
    const file = parseGguf(memorySource(bytes));
    for (const key of file.metadata.keys()) {
      const { type, of } = file.metadata.entry(key);
      if (type === "array" && of === "string") file.metadata.strings(key);
      else if (type === "string") file.metadata.string(key);
    }
    for (const tensor of file.tensors.values()) file.read(tensor, 0, new Uint8Array(Math.min(64, tensor.bytes)));
  },
  safetensors(bytes) {
    const file = parseSafetensors(memorySource(bytes));
    for (const name of file.tensors.keys()) file.values(name);
  },
  onnx(bytes) {
    const file = parseOnnx(memorySource(bytes));
    for (const tensor of file.tensors.values()) file.read(tensor, 0, new Uint8Array(Math.min(64, tensor.bytes)));
  },
  ctranslate2: (bytes) => weights(parseCTranslate2(memorySource(bytes))),
  marian: (bytes) => weights(parseMarian(memorySource(bytes))),
  "sentence-piece"(bytes) {
    tokenizerFromSentencePiece(bytes).encode("ink 墨");
  },
  wav: (bytes) => readWav(bytes),
  async zip(bytes) {
    const file = {
      async read(into, offset, length, position) {
        const piece = bytes.subarray(position, position + length);
        into.set(piece, offset);
        return { bytesRead: piece.length };
      },
    };
    for (const entry of await zipEntries(file, bytes.length, "a.zip")) for await (const _ of entryPieces(file, bytes.length, entry, "a.zip"));
  },
};

Object.assign(readers, textReaders);

function weights(file) {
  for (const name of file.weights.keys()) file.values(name);
}

// xorshift32: the same inputs for the same seed.
function drawing(seed) {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const sizes = [0, 1, 2, 7, 8, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
const changes = [
  // One bit; one byte.
  (bytes, draw) => ((bytes[draw(bytes.length)] ^= 1 << draw(8)), bytes),
  (bytes, draw) => ((bytes[draw(bytes.length)] = draw(256)), bytes),
  // A length field of two, four or eight bytes.
  (bytes, draw) => {
    const [at, width, value] = [draw(bytes.length), 2 << draw(3), sizes[draw(sizes.length)]];
    for (let i = 0; i < width && at + i < bytes.length; i++) bytes[at + i] = i < 4 ? value >>> (8 * i) : draw(8) === 0 ? 255 : 0;
    return bytes;
  },
  // The end cut off.
  (bytes, draw) => bytes.subarray(0, draw(bytes.length + 1)),
  // A piece of the file elsewhere, over what was there, between it, or taken out.
  (bytes, draw) => {
    const [from, length] = [draw(bytes.length), 1 + draw(32)];
    bytes.copyWithin(draw(bytes.length), from, from + length);
    return bytes;
  },
  (bytes, draw) => {
    const [at, from] = [draw(bytes.length), draw(bytes.length)];
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + 1 + draw(32)), bytes.subarray(at)]);
  },
  (bytes, draw) => {
    const at = draw(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + draw(16))]);
  },
];

function damaged(seed, draw) {
  let bytes = Uint8Array.from(seed);
  for (let left = 1 + draw(4); left > 0 && bytes.length > 0; left--) bytes = changes[draw(changes.length)](bytes, draw);
  return Uint8Array.from(bytes);
}

async function work(format, count, seed) {
  const files = format in textReaders ? await textSeeds(format) : (await seeds())[format];
  const [read, draw] = [readers[format], drawing(seed)];
  for (const file of files) await read(Uint8Array.from(file));
  const codes = {};
  for (let done = 0; done < count; done++) {
    const file = files[draw(files.length)];
    const bytes = (format in textReaders ? textDamage(format, file, draw) : undefined) ?? damaged(file, draw);
    let code = "read";
    try {
      await read(bytes);
    } catch (error) {
      code = error instanceof InkstoneError && error.code !== "E_INTERNAL" ? error.code : error instanceof SyntaxError && format === "classifier" ? "JSON" : "WRONG";
      if (code === "WRONG") process.send({ wrong: String(error?.stack ?? error), bytes: Buffer.from(bytes).toString("base64") });
    }
    codes[code] = (codes[code] ?? 0) + 1;
    if ((done + 1) % AT_ONCE === 0) process.send({ done: done + 1 });
    // Native services are freed in turns of the event loop.
    if (done % TURN === 0) await setImmediate();
  }
  process.send({ codes, megabytes: Math.round(process.resourceUsage().maxRSS / 1024) });
}

// Processor time so far, 0 of a process that is gone: a machine that is busy elsewhere is no hang.
function secondsOf(process) {
  const path = `/proc/${process}/stat`;
  if (!existsSync(path)) return 0;
  const fields = readFileSync(path, "latin1").replace(/^.*\) /s, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function child(format, count, seed) {
  return new Promise((resolve) => {
    const own = fork(fileURLToPath(import.meta.url), ["--work", format, String(count), String(seed)], { execArgv: [`--max-old-space-size=${HEAP_MB}`] });
    const result = { format, done: 0, wrong: 0, hung: 0, died: 0 };
    let last = 0;
    const clock = setInterval(() => {
      if (secondsOf(own.pid) - last < SECONDS) return;
      result.hung++;
      own.kill("SIGKILL");
    }, 1000);
    own.on("message", ({ done, wrong, bytes, codes, megabytes }) => {
      last = secondsOf(own.pid);
      if (done !== undefined) result.done = done;
      if (wrong !== undefined && ++result.wrong <= 5) console.error(format, bytes, wrong);
      if (codes !== undefined) Object.assign(result, { done: count, codes, megabytes });
    });
    own.on("exit", (code) => {
      clearInterval(clock);
      if (code !== 0 && result.hung === 0) result.died++;
      resolve(result);
    });
  });
}

const given = process.argv.slice(2);
if (given[0] === "--work") {
  await work(given[1], Number(given[2]), Number(given[3]));
  process.disconnect();
} else {
  const at = given.indexOf("--seed");
  const seed = at < 0 ? 1 : Number(given.splice(at, 2)[1]);
  const [count = "100000", ...formats] = given;
  let failed = false;
  for (const format of formats.length > 0 ? formats : Object.keys(readers)) {
    const began = performance.now();
    const result = await child(format, Number(count), seed);
    failed ||= result.wrong + result.hung + result.died > 0 || result.megabytes > MOST_MB;
    console.log(JSON.stringify({ ...result, seconds: Math.round((performance.now() - began) / 1000) }));
  }
  process.exitCode = failed ? 1 : 0;
}
