// INKSTONE_NATIVE, INKSTONE_TIER and INKSTONE_THREADS in processes of their own: what is opened, and typed errors for what cannot be.
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
