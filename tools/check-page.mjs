// Types of the page's components. svelte-check needs the compiler's interface, which TypeScript 7 no longer has: it is given one that has it. Skipped while the page is as it was when it last held.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root, run } from "./setup.mjs";

const stamp = join(root, ".cache", "stamps", "page-types");

function fingerprint() {
  const hash = createHash("sha256");
  for (const entry of readdirSync(join(root, "studio"), { withFileTypes: true, recursive: true })) {
    const file = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile() && !file.includes("/dist/")) hash.update(file).update(readFileSync(file));
  }
  return hash.update(readFileSync(join(root, "package-lock.json"))).digest("hex");
}

/** Breaches, one line each. */
export async function pageBreaches() {
  const now = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === now) return [];
  const require = createRequire(import.meta.url);
  const program = require.resolve("svelte-check/package.json").replace("package.json", "dist/src/index.js");
  const studio = join(root, "studio");
  const given = ["--require", join(root, "tools/typescript-api.cjs"), program];
  const asked = ["--workspace", studio, "--tsconfig", join(studio, "tsconfig.json"), "--output", "machine", "--fail-on-warnings"];
  const output = await run(process.execPath, [...given, ...asked]).catch((error) => error.output || error.message);
  const found = output.split("\n").filter((line) => / (ERROR|WARNING|FAILURE) /.test(line) || /^(Error|.*Cannot find)/.test(line));
  if (found.length === 0 && output.includes("COMPLETED")) {
    mkdirSync(join(root, ".cache", "stamps"), { recursive: true });
    writeFileSync(stamp, now);
  } else if (found.length === 0) found.push(output);
  return found.map((line) => `studio: ${line.replace(/^\d+ /, "")}`);
}
