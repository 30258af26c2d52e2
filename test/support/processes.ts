// Processes for tests: a command to its end, and a server that is stopped afterwards. Knows no test framework.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));
export const mainFile: string = join(root, "dist/cli/main.js");

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end and keeps what it prints. Never throws on a non-zero code. */
export function finish(
  command: string,
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string; input?: string } = {},
): Promise<Finished> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: options.cwd ?? root, env: { ...process.env, ...options.env }, stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", fail);
    child.on("close", (code, signal) => done({ code, signal, stdout, stderr }));
    child.stdin.on("error", () => child.stdin.destroy());
    child.stdin.end(options.input ?? "");
  });
}

export interface Served {
  url: string;
  output: () => string;
  child: ChildProcess;
  stop: () => Promise<number | null>;
}

/** Starts `inkstone serve` on a free port and waits for the address that it prints. */
export function serve(args: readonly string[], env: Record<string, string> = {}): Promise<Served> {
  const child = spawn(process.execPath, [mainFile, "serve", "--port", "0", ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const ended = new Promise<number | null>((done) => child.on("close", (code) => done(code)));
  const stop = async () => {
    child.kill("SIGTERM");
    return ended;
  };
  return new Promise((done, fail) => {
    const look = (chunk: Buffer) => {
      output += chunk;
      const url = /http:\/\/(127\.0\.0\.1|localhost):\d+/.exec(output)?.[0];
      if (url !== undefined) done({ url, output: () => output, child, stop });
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
    ended.then((code) => fail(new Error(`serve ended with ${code}: ${output}`)));
  });
}
