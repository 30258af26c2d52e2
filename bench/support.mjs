// Shared by the benches: interleaved runs of whole processes, medians and pairwise ratios. Knows no peer.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Value of `--name value` on the command line. */
export const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? process.argv[at + 1] : fallback;
};

/** Runs a process to its end: its output, seconds to the first byte of it, wall seconds, peak resident MB (Linux). */
export function runProcess(command, args, env = process.env) {
  return new Promise((done, fail) => {
    const begin = performance.now();
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    let first;
    let peak = 0;
    const watch = setInterval(() => {
      try {
        peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0));
      } catch {
        clearInterval(watch); // the process has ended, or there is no /proc
      }
    }, 10);
    child.stdout.on("data", (chunk) => {
      first ??= performance.now() - begin;
      output += chunk;
    });
    child.on("error", fail);
    child.on("close", (code) => {
      clearInterval(watch);
      if (code === 0)
        done({ output, firstByteSeconds: (first ?? 0) / 1000, wallSeconds: (performance.now() - begin) / 1000, peakMegabytes: peak / 1024 });
      else fail(new Error(`${command} ${args.join(" ")} ended with ${code}`));
    });
  });
}

/** Runs the contenders in turn, `rounds` times; figures by name and contender. */
export async function interleave(contenders, rounds) {
  const figures = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) for (const { name, measure } of contenders) figures[name].push(await measure());
  return figures;
}

/** Medians of each figure, and the ratio of the first contender to each other, pair by pair. */
export function summary(figures) {
  const names = Object.keys(figures);
  const keys = Object.keys(figures[names[0]][0]).filter((key) => typeof figures[names[0]][0][key] === "number");
  const medians = Object.fromEntries(
    names.map((name) => [name, Object.fromEntries(keys.map((key) => [key, round(median(figures[name].map((run) => run[key])))]))]),
  );
  const ratios = Object.fromEntries(
    names
      .slice(1)
      .map((name) => [
        name,
        Object.fromEntries(keys.map((key) => [key, round(median(figures[names[0]].map((run, i) => run[key] / figures[name][i][key])))])),
      ]),
  );
  return {
    machine: cpus()[0]?.model,
    cores: cpus().length,
    node: process.version,
    rounds: figures[names[0]].length,
    medians,
    [`${names[0]} / other, median of pairs`]: ratios,
  };
}

const round = (value) => Number(value.toPrecision(4));
