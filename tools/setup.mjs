// Set-up of a clone, shared by `npm start` and `npm test`: dependencies, native kernels, library, page, default model.
// Each step is skipped when what it is made from has not changed. Plain Node, no dependencies: it runs before `npm ci`.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamps = join(root, ".cache", "stamps");
const minimum = [20, 19];

/** Runs a program; its output is shown only when it fails (or with `show`). */
export function run(command, args, { show = false, env = process.env, cwd = root } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"] });
    let output = "";
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    child.on("error", (error) => fail(Object.assign(error, { output })));
    child.on("close", (code) =>
      code === 0 ? done(output) : fail(Object.assign(new Error(`${command} ${args.join(" ")} ended with ${code}`), { output })),
    );
  });
}

function* filesUnder(path) {
  if (!existsSync(path)) return;
  if (statSync(path).isFile()) {
    yield path;
    return;
  }
  for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (["node_modules", "target", "dist", "build", ".git"].includes(entry.name)) continue;
    yield* filesUnder(join(path, entry.name));
  }
}

function fingerprint(paths) {
  const hash = createHash("sha256").update(process.version.split(".")[0]);
  for (const path of paths) for (const file of filesUnder(join(root, path))) hash.update(relative(root, file)).update(readFileSync(file));
  return hash.digest("hex");
}

const stampOf = (name) => (existsSync(join(stamps, name)) ? readFileSync(join(stamps, name), "utf8") : "");
function stamp(name, value) {
  mkdirSync(stamps, { recursive: true });
  writeFileSync(join(stamps, name), value);
}

async function modelIsThere() {
  if (!existsSync(join(root, "dist/hub/index.js"))) return false;
  const { localPath } = await import("../dist/hub/index.js");
  return (await localPath("smollm2:135m")) !== undefined;
}

// Seconds are what a cold run took on two cores; they only feed the line that says how long is left.
const steps = [
  {
    name: "dependencies",
    what: "Installing the npm packages",
    seconds: 20,
    sources: ["package-lock.json"],
    made: "node_modules/typescript",
    // Not `npm ci`: it refuses a lock file in which a registry mirror had no packages for other platforms.
    run: () => run(process.platform === "win32" ? "npm.cmd" : "npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"]),
  },
  {
    name: "native",
    what: "Building the native kernels (Rust)",
    seconds: 75,
    sources: ["native", "tools/build-native.mjs"],
    made: "native/build/inkstone.node",
    optional: true,
    run: async () => {
      const { buildNative } = await import("./build-native.mjs");
      const { built, reason } = await buildNative({ quiet: true });
      if (!built) throw Object.assign(new Error(reason), { expected: true });
    },
  },
  {
    name: "library",
    what: "Compiling the TypeScript",
    seconds: 4,
    sources: ["src", "tsconfig.json", "package.json"],
    made: "dist/index.js",
    run: () => run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.json"]),
  },
  {
    name: "page",
    what: "Building the page",
    seconds: 6,
    sources: ["studio"],
    made: "studio/dist/index.html",
    run: () => run(process.execPath, [join(root, "node_modules/vite/bin/vite.js"), "build", "studio", "--logLevel", "warn"]),
  },
  {
    name: "model",
    what: "Fetching the default model, SmolLM2-135M-Instruct (98 MB)",
    seconds: 15,
    ready: modelIsThere,
    run: () => run(process.execPath, [join(root, "dist/cli/main.js"), "pull", "smollm2:135m"], { show: true }),
  },
];

async function isReady(step) {
  if (step.ready) return step.ready();
  if (!existsSync(join(root, step.made))) return false;
  step.print = fingerprint(step.sources);
  return stampOf(step.name) === step.print;
}

/** Does whatever is missing. Returns whether the native kernels are there. */
export async function setUp({ say = (line) => console.log(line), only } = {}) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < minimum[0] || (major === minimum[0] && minor < minimum[1])) {
    throw new Error(`Node ${minimum.join(".")} or newer is needed; this is ${process.version}. 需要 Node ${minimum.join(".")} 或更高版本。`);
  }
  let native = true;
  const open = [];
  for (const step of steps) if ((only === undefined || only.includes(step.name)) && !(await isReady(step))) open.push(step);
  for (const [index, step] of open.entries()) {
    if (await isReady(step)) continue;
    const left = open.slice(index).reduce((sum, other) => sum + other.seconds, 0);
    say(`[${index + 1}/${open.length}] ${step.what} … about ${left >= 90 ? `${Math.round(left / 60)} min` : `${left} s`} left in all`);
    const begin = Date.now();
    try {
      await step.run();
      if (step.sources) stamp(step.name, step.print ?? fingerprint(step.sources));
      say(`      done in ${((Date.now() - begin) / 1000).toFixed(1)} s`);
    } catch (error) {
      if (!step.optional) {
        say(error.output ?? "");
        throw error;
      }
      native = false;
      if (error.expected) say(`      ${error.message}`);
      else say(`${error.output ?? error.message}\n      The native build failed; the slower reference kernels are used instead.`);
    }
  }
  return { native };
}
