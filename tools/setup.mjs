// Set-up of a clone, shared by `npm start` and `npm test`: dependencies, native kernels, library, page, default model.
// Each step is skipped when what it is made from has not changed. Plain Node, no dependencies: it runs before `npm ci`.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamps = join(root, ".cache", "stamps");
const minimum = [20, 19];
const chinese = /^(zh|cmn|yue)([_.@-]|$)/i.test(process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || "");
const inWords = (en, zh) => (chinese ? zh : en);

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
    child.on("error", (error) => fail(error.code === "ENOENT" ? new Error(inWords(`${command} was not found`, `未找到 ${command}`)) : error));
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

// A module whose source is gone must not be importable, nor be packed.
function pruneLibrary() {
  const dist = join(root, "dist");
  for (const file of filesUnder(dist)) {
    const source = relative(dist, file).replace(/(\.d\.ts|\.js)(\.map)?$/, ".ts");
    if (!existsSync(join(root, "src", source))) rmSync(file);
  }
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
    what: inWords("Installing the npm packages", "安装 npm 依赖"),
    seconds: 20,
    sources: ["package-lock.json"],
    made: "node_modules/typescript",
    // Not `npm ci`: it refuses a lock file in which a registry mirror had no packages for other platforms. --no-save leaves that file as it is.
    run: () =>
      run(process.platform === "win32" ? "npm.cmd" : "npm", ["install", "--no-save", "--include=dev", "--no-audit", "--no-fund", "--ignore-scripts"]),
  },
  {
    name: "native",
    what: inWords("Building the native kernels (Rust)", "构建原生内核（Rust）"),
    seconds: 75,
    sources: ["native", "tools/build-native.mjs"],
    made: "native/build/inkstone.node",
    missing: async () => (await import("./build-native.mjs")).missingToolchain(),
    optional: true,
    run: async () => {
      const { buildNative } = await import("./build-native.mjs");
      const { built, reason } = await buildNative({ quiet: true });
      if (!built) throw Object.assign(new Error(reason), { reason });
    },
  },
  {
    name: "library",
    what: inWords("Compiling the TypeScript", "编译 TypeScript"),
    seconds: 6,
    sources: ["src", "tsconfig.json", "package.json", "tools/bundle-threads.mjs"],
    made: "dist/index.js",
    run: async () => {
      await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.json"]);
      pruneLibrary();
      await (await import("./bundle-threads.mjs")).bundleThreads(join(root, "dist"));
    },
  },
  {
    name: "page",
    what: inWords("Building the page", "构建网页"),
    seconds: 4,
    sources: ["studio"],
    made: "studio/dist/index.html",
    run: () => run(process.execPath, [join(root, "node_modules/vite/bin/vite.js"), "build", "studio", "--logLevel", "warn"]),
  },
  {
    name: "model",
    what: inWords("Fetching the default model, SmolLM2-135M-Instruct (98 MB)", "下载默认模型 SmolLM2-135M-Instruct（98 MB）"),
    seconds: 15,
    ready: modelIsThere,
    show: true,
    run: () => run(process.execPath, [join(root, "dist/cli/main.js"), "pull", "smollm2:135m"], { show: true }),
  },
];

async function isReady(step) {
  if (step.ready) return step.ready();
  if (!existsSync(join(root, step.made))) return false;
  step.print = fingerprint(step.sources);
  return stampOf(step.name) === step.print;
}

const about = (seconds) =>
  seconds >= 90
    ? inWords(`about ${Math.round(seconds / 60)} min`, `约 ${Math.round(seconds / 60)} 分钟`)
    : inWords(`about ${Math.max(1, Math.round(seconds))} s`, `约 ${Math.max(1, Math.round(seconds))} 秒`);

// Says what is going on and how long everything may still take; on a terminal the line counts down while the step runs.
async function told(step, place, left, say) {
  const begin = performance.now();
  const passed = () => (performance.now() - begin) / 1000;
  const line = () => {
    const rest = about(left - Math.min(passed(), step.seconds));
    return `[${place}] ${step.what} … ${inWords(`${rest} left in all`, `全部完成还需${rest}`)}`;
  };
  const terminal = process.stdout.isTTY && !step.show;
  if (terminal) process.stdout.write(line());
  else say(line());
  const clock = terminal ? setInterval(() => process.stdout.write(`\r\u001b[K${line()}`), 1000) : undefined;
  try {
    await step.run();
  } finally {
    clearInterval(clock);
    if (terminal) process.stdout.write("\r\u001b[K");
  }
  const seconds = passed().toFixed(1);
  say(`[${place}] ${step.what}${inWords(`: done in ${seconds} s`, `：完成，用时 ${seconds} 秒`)}`);
}

/**
 * Does whatever is missing. Returns whether the native kernels are there, and if not, why in one line.
 * Rejects with what the failed step was and, as `output`, what it printed.
 */
export async function setUp({ say = (line) => console.log(line), only } = {}) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < minimum[0] || (major === minimum[0] && minor < minimum[1])) {
    throw new Error(`Node ${minimum.join(".")} or newer is needed; this is ${process.version}. 需要 Node ${minimum.join(".")} 或更高版本。`);
  }
  let reason;
  const open = [];
  for (const step of steps) {
    if ((only !== undefined && !only.includes(step.name)) || (await isReady(step))) continue;
    const lack = await step.missing?.();
    if (lack === undefined) open.push(step);
    else {
      reason = lack;
      say(lack);
    }
  }
  for (const [index, step] of open.entries()) {
    if (await isReady(step)) continue;
    const left = open.slice(index).reduce((sum, other) => sum + other.seconds, 0);
    try {
      await told(step, `${index + 1}/${open.length}`, left, say);
      if (step.sources) stamp(step.name, step.print ?? fingerprint(step.sources));
    } catch (error) {
      if (!step.optional) throw Object.assign(new Error(`${step.what}: ${error.message}`), { output: error.output });
      reason = error.reason ?? inWords("The native build failed: the slower reference kernels are used.", "原生部分构建失败：将使用较慢的参考内核。");
      say(error.reason ?? `${error.output ?? error.message}\n${reason}`);
    }
  }
  return { native: reason === undefined, reason };
}
