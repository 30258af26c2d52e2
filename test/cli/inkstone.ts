// Runs the built command line as a person would: a process with its own environment, its output and its exit code.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** How it went. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A run in progress. */
export interface Running {
  readonly pid: number | undefined;
  readonly done: Promise<Outcome>;
  readonly out: () => string;
  readonly err: () => string;
  signal(name: NodeJS.Signals): void;
}

/** How to run: variables are added to a plain environment (undefined removes one); input is piped in. */
export interface RunOptions {
  readonly env?: Record<string, string | undefined>;
  readonly input?: string | Buffer;
  /** Where it runs. Default: here. */
  readonly cwd?: string;
}

/** Starts `inkstone ARGS`. */
export function start(args: readonly string[], { env = {}, input, cwd }: RunOptions = {}): Running {
  const plain = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
    INKSTONE_HOME: process.env.INKSTONE_HOME,
    INKSTONE_NATIVE: process.env.INKSTONE_NATIVE,
    LANG: "C.UTF-8",
  };
  const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...plain, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (piece) => {
    out += piece;
  });
  child.stderr.setEncoding("utf8").on("data", (piece) => {
    err += piece;
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input ?? "");
  const done = new Promise<Outcome>((resolve) => child.on("close", (code, signal) => resolve({ code, signal, out, err })));
  return { pid: child.pid, done, out: () => out, err: () => err, signal: (name) => void child.kill(name) };
}

/** Runs `inkstone ARGS` to its end. */
export const inkstone = (args: readonly string[], options?: RunOptions): Promise<Outcome> => start(args, options).done;
