// Every `unsafe` block and implementation of the native part says why it is sound: a SAFETY comment on the lines above it (attributes may stand between).
// Inside a function that is itself unsafe nothing is said anew: its own contract holds. clippy's undocumented_unsafe_blocks (denied in each crate) looks at the same.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./setup.mjs";

/** Breaches as text. */
export function unsafeBreaches() {
  const folder = join(root, "native");
  const files = ["kernels", "services", "binding"].flatMap((name) => {
    const source = join(folder, name, "src");
    return readdirSync(source, { recursive: true })
      .filter((path) => path.endsWith(".rs"))
      .map((path) => join(source, path));
  });
  return files.flatMap((file) =>
    breachesOf(readFileSync(file, "utf8")).map((line) => `${relative(root, file)}:${line}: unsafe without a SAFETY comment above it`),
  );
}

/** Numbers of the lines whose `unsafe` is not explained. */
export function breachesOf(source) {
  const lines = source.split("\n");
  return lines.flatMap((line, at) => (/\bunsafe (\{|impl)/.test(line.replace(/\/\/.*/, "")) && !explained(lines, at) ? [at + 1] : []));
}

// The comment stands above the statement that the block is part of: lines of that statement and attributes may lie between.
function explained(lines, at) {
  for (let above = at; above >= 0; above--) {
    if (/\/\/ SAFETY/.test(lines[above])) return true;
    if (above < at && /[;}]\s*$|^\s*$/.test(lines[above].replace(/\/\/.*/, ""))) return false;
  }
  return false;
}
