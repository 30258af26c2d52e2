// INKSTONE_NATIVE, INKSTONE_TIER and INKSTONE_THREADS in processes of their own: what is opened, and typed errors for what cannot be.
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nativeStatus, openExecutor } from "#native";
import { finish, root } from "../support/processes.ts";

const script = `import { nativeStatus, openExecutor } from "#native";
  try {
    const { name, tier, threads } = openExecutor(JSON.parse(process.argv[1]));
    console.log(JSON.stringify({ name, tier, threads, status: nativeStatus() }));
  } catch (error) {
    console.log(JSON.stringify({ code: error.code, parameters: error.parameters }));
  }`;

/** What a process opens with these variables, or its error. */
async function opened(env: Record<string, string>, options: object = {}): Promise<Record<string, unknown>> {
  const clean = { INKSTONE_NATIVE: "", INKSTONE_TIER: "", INKSTONE_THREADS: "", ...env };
  const { stdout, stderr } = await finish(process.execPath, ["--input-type=module", "--eval", script, JSON.stringify(options)], { env: clean });
  expect(stdout, stderr).toMatch(/^\{/);
  return JSON.parse(stdout);
}

const refused = (code: string, parameters: object = {}) => ({ code, parameters: expect.objectContaining(parameters) });

describe("INKSTONE_NATIVE", () => {
  it("off opens the reference executor, and says why there is no native one", async () => {
    const status = { available: false, reason: expect.stringContaining("INKSTONE_NATIVE is off") };
    expect(await opened({ INKSTONE_NATIVE: "off" })).toMatchObject({ name: "reference", tier: "reference", threads: 1, status });
    expect(await opened({ INKSTONE_NATIVE: "off" }, { executor: "native" })).toEqual(
      refused("E_NATIVE_MISSING", { reason: { en: "INKSTONE_NATIVE is off", zh: "INKSTONE_NATIVE 设为 off" } }),
    );
    expect(await opened({ INKSTONE_NATIVE: "off", INKSTONE_TIER: "avx2" })).toEqual(refused("E_TIER", { tier: "avx2", available: "reference" }));
  });

  it("that names no native part is an error, never passed over in silence", async () => {
    const [nowhere, text] = [join(root, "nowhere.node"), join(root, "package.json")];
    expect(await opened({ INKSTONE_NATIVE: nowhere })).toEqual(refused("E_NATIVE_MISSING", { reason: [expect.stringContaining("nowhere.node")] }));
    expect((await opened({ INKSTONE_NATIVE: text }))["code"]).toBe("E_NATIVE_MISSING");
    expect(await opened({ INKSTONE_NATIVE: nowhere }, { executor: "reference" })).toMatchObject({ name: "reference" });
  });
});

describe("where there is no native part", () => {
  // What a package has where no native part was brought for its platform.
  const bare = async (script: string, env: Record<string, string> = {}) => {
    const folder = await mkdtemp(join(tmpdir(), "inkstone-bare-"));
    try {
      for (const room of ["core", "native"]) await cp(join(root, "dist", room), join(folder, "dist", room), { recursive: true });
      await writeFile(join(folder, "package.json"), '{ "type": "module" }');
      await writeFile(join(folder, "thread.js"), 'import { openExecutor } from "./dist/native/index.js"; openExecutor();');
      await writeFile(join(folder, "main.js"), script);
      const clean = { INKSTONE_NATIVE: "", INKSTONE_TIER: "", INKSTONE_THREADS: "", LC_ALL: "C", ...env };
      return await finish(process.execPath, [join(folder, "main.js")], { env: clean, cwd: folder });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  const two = 'import { openExecutor } from "./dist/native/index.js"; console.log(openExecutor().name, openExecutor().name);';

  it("standard error is told once, in the language of the locale; standard output is not", async () => {
    const { stdout, stderr } = await bare(two);
    expect(stdout).toBe("reference reference\n");
    expect(stderr).toMatch(/^Running on the reference kernels, ten to a hundred times slower .*this package has none for .*\n$/);
    const chinese = await bare(two, { LC_ALL: "zh_CN.UTF-8" });
    expect(chinese.stderr).toMatch(/^正在使用参考内核，比原生内核慢十倍到上百倍：.*软件包中没有适用于.*\n$/);
  });

  it("a thread does not say again what the thread that made it has said", async () => {
    const { stderr } = await bare(`${two} import { Worker } from "node:worker_threads"; new Worker(new URL("thread.js", import.meta.url));`);
    expect(stderr.match(/reference kernels/g)).toHaveLength(1);
  });

  it("nothing is said where it was asked for", async () => {
    expect((await bare(two, { INKSTONE_NATIVE: "off" })).stderr).toBe("");
    expect((await bare(two.replaceAll("openExecutor()", 'openExecutor({ executor: "reference" })'))).stderr).toBe("");
  });
});

describe("INKSTONE_THREADS", () => {
  it.each(["0", "65", "-1", "1.5", "two", "1e9"])("cannot be %s", async (value) => {
    const named = refused("E_ENVIRONMENT", { variable: "INKSTONE_THREADS", value, allowed: { en: "1 to 64", zh: "1 到 64" } });
    expect(await opened({ INKSTONE_THREADS: value })).toEqual(named);
  });

  it("may be missing, or left empty", async () => {
    expect(await opened({ INKSTONE_NATIVE: "off", INKSTONE_THREADS: "" })).toMatchObject({ name: "reference" });
  });
});

describe.runIf(nativeStatus().available)("with a native part", () => {
  const tiers = nativeStatus().available ? openExecutor({ executor: "native", tier: "portable" }).tiers : [];

  it("the best tier of the machine is opened, or the one that INKSTONE_TIER names", async () => {
    expect(await opened({})).toMatchObject({ name: "native", tier: tiers.at(-1), status: { available: true } });
    for (const tier of tiers) expect(await opened({ INKSTONE_TIER: tier })).toMatchObject({ name: "native", tier });
    expect(await opened({ INKSTONE_TIER: "portable" }, { tier: tiers.at(-1) })).toMatchObject({ tier: tiers.at(-1) });
  });

  it("a tier that there is not is an error with those that there are", async () => {
    for (const tier of ["mmx", "AVX2", "reference"])
      expect(await opened({ INKSTONE_TIER: tier })).toEqual(refused("E_TIER", { tier, available: tiers.join(", ") }));
  });

  it("INKSTONE_THREADS sets the threads", async () => {
    expect(await opened({ INKSTONE_THREADS: "3" })).toMatchObject({ threads: 3 });
    expect(await opened({ INKSTONE_THREADS: "3" }, { threads: 1 })).toMatchObject({ threads: 1 });
  });
});
