// The programs of examples/: the worker and the Next route run, with a tiny model; those of Express and Electron, which are not here, hold against the types of Inkstone.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { root } from "../support/processes.ts";
import { writeTinyLlama } from "../support/tiny-llama.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-programs-"));
const checks = join(root, ".cache", `programs-${process.pid}`);
afterAll(() => {
  for (const each of [folder, checks]) rmSync(each, { recursive: true, force: true });
});
const model = writeTinyLlama(join(folder, "tiny.gguf"));
const env = { ...process.env, MODEL: model };

it("worker.mjs answers each question, and ends", () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(root, "examples/worker.mjs"), "ink", "stone"], { env, encoding: "utf8" });
  expect(status, stderr).toBe(0);
  const told = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { question: string; text: string });
  expect(told.map(({ question }) => question).sort()).toEqual(["ink", "stone"]);
  expect(told.every(({ text }) => text.length > 0)).toBe(true);
});

it("next-route.ts streams an answer, and a reader that leaves ends it", async () => {
  process.env.MODEL = model;
  const { POST } = await import("../../examples/next-route.ts");
  const ask = (signal?: AbortSignal) =>
    POST(new Request("http://localhost/api/ask", { method: "POST", body: JSON.stringify({ question: "Ink?" }), signal }));
  const whole = await (await ask()).text();
  expect(whole.length).toBeGreaterThan(0);
  const reader = ((await ask()).body as ReadableStream<Uint8Array>).getReader();
  expect((await reader.read()).done).toBe(false);
  await reader.cancel();
  expect(await (await ask()).text()).toBe(whole); // its place is free
  const { model: opened } = globalThis as { model?: Promise<{ close(): Promise<void> }> };
  await (await opened)?.close();
});

it("express.mjs, electron-main.mjs and the others hold against the types", () => {
  mkdirSync(checks, { recursive: true });
  // What the programs use of packages that are not here.
  const foreign = `declare module "express" {
  interface Reply { on(event: "close", then: () => void): void; type(kind: string): void; write(text: string): boolean; end(): void }
  interface App { post(path: string, first: unknown, then: (request: { body: { question?: unknown } }, response: Reply) => Promise<void>): void; listen(port: number, then: () => void): { close(then: () => unknown): void } }
  const express: { (): App; json(): unknown };
  export default express;
}
declare module "electron" {
  interface Asking { sender: { send(channel: string, text: string): void } }
  export const app: { whenReady(): Promise<void>; on(event: "window-all-closed", then: () => unknown): void; quit(): void };
  export const ipcMain: { handle(channel: string, then: (event: Asking, question: unknown) => Promise<void>): void; on(channel: string, then: () => void): void };
  export class BrowserWindow { constructor(options: object); loadFile(file: string): Promise<void> }
}
`;
  writeFileSync(join(checks, "foreign.d.ts"), foreign);
  const programs = ["express.mjs", "electron-main.mjs", "worker.mjs", "next-route.ts"].map((name) => join(root, "examples", name));
  const compilerOptions = {
    target: "es2023",
    lib: ["es2023", "dom", "dom.asynciterable", "esnext.disposable"],
    module: "nodenext",
    strict: true,
    noImplicitAny: false,
    allowJs: true,
    checkJs: true,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
    skipLibCheck: true,
  };
  writeFileSync(join(checks, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [...programs, join(checks, "foreign.d.ts")] }));
  const { stdout, status } = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", checks], { encoding: "utf8" });
  expect(stdout).toBe("");
  expect(status).toBe(0);
});
