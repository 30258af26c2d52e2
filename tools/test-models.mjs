// npm run test:models: the tests that need minutes or models of more than 150 MB (fetched once), and nothing else.
// They stand beside the others and run only where INKSTONE_TEST_LARGE is 1. Files that hold such tests say so by this variable.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

const large = readdirSync(join(root, "test"), { recursive: true })
  .filter((name) => name.endsWith(".test.ts") && readFileSync(join(root, "test", name), "utf8").includes("INKSTONE_TEST_LARGE"))
  .map((name) => join("test", name));
const { status } = spawnSync(process.execPath, [join(root, "tools/test.mjs"), ...large, ...process.argv.slice(2)], {
  cwd: root,
  env: { ...process.env, INKSTONE_TEST_LARGE: "1" },
  stdio: "inherit",
});
process.exit(status ?? 1);
