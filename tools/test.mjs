// npm test: set-up, checks, Rust tests, then every test on the build. Ends with one line that counts them, skipped ones too.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, run, setUp } from "./setup.mjs";

const only = process.argv.slice(2);
let passed = 0;
let failed = 0;
let skipped = 0;

async function part(title, work) {
  console.log(`\n— ${title}`);
  try {
    await work();
  } catch (error) {
    failed++;
    console.error(error.output ?? error.message);
  }
}

async function rustTests() {
  const output = await run("cargo", ["test", "--release", "--locked", "--manifest-path", "native/Cargo.toml"]).catch((error) => {
    for (const line of (error.output ?? "").matchAll(/(\d+) passed; (\d+) failed/g)) passed += Number(line[1]);
    throw error;
  });
  for (const line of output.matchAll(/(\d+) passed; (\d+) failed/g)) {
    passed += Number(line[1]);
    failed += Number(line[2]);
  }
  console.log(`Rust: ${passed} passed`);
}

async function libraryTests() {
  const { localPath } = await import("../dist/hub/index.js");
  mkdirSync(join(root, ".cache"), { recursive: true });
  const report = join(root, ".cache", "vitest.json");
  const env = { ...process.env, INKSTONE_TEST_MODEL: (await localPath("smollm2:135m")) ?? "", FORCE_COLOR: "0" };
  const args = [join(root, "node_modules/vitest/vitest.mjs"), "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...only];
  await run(process.execPath, args, { show: true, env }).catch(() => undefined);
  if (!existsSync(report)) throw new Error("vitest wrote no report");
  const { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests } = JSON.parse(readFileSync(report, "utf8"));
  passed += numPassedTests;
  skipped += numPendingTests;
  failed += Math.max(numFailedTests, numFailedTestSuites > 0 ? 1 : 0);
}

let native = false;
await part("set-up", async () => {
  ({ native } = await setUp());
});
if (failed === 0) {
  if (only.length === 0) {
    await part("checks", async () => console.log(await run(process.execPath, [join(root, "tools/check.mjs")])));
    if (native) await part("Rust tests", rustTests);
  }
  await part("tests", libraryTests);
}
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
