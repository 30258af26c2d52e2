// Builds the Rust part and puts it at native/build/inkstone.node. Without cargo it says so and leaves the reference kernels to work.
import { copyFileSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root, run } from "./setup.mjs";

const library = { linux: "libinkstone_binding.so", darwin: "libinkstone_binding.dylib", win32: "inkstone_binding.dll" }[process.platform];

/** Builds when cargo is there. Returns whether the artefact is in place, else why not. */
export async function buildNative({ quiet = false } = {}) {
  try {
    await run("cargo", ["--version"]);
  } catch {
    return { built: false, reason: "No Rust toolchain found: the slower reference kernels are used. Install Rust (https://rustup.rs) and start again for the fast ones." };
  }
  await run("cargo", ["build", "--release", "--locked", "--manifest-path", "native/Cargo.toml", "-p", "inkstone-binding"], { show: !quiet });
  const folder = join(root, "native/build");
  mkdirSync(folder, { recursive: true });
  const made = join(root, "native/target/release", library);
  if (!existsSync(made)) return { built: false, reason: `cargo made no ${library}` };
  // By rename: a process that has the old file loaded keeps it whole.
  const target = join(folder, "inkstone.node");
  copyFileSync(made, `${target}.new`);
  renameSync(`${target}.new`, target);
  return { built: true };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { built, reason } = await buildNative();
  console.log(built ? "native/build/inkstone.node is built" : reason);
}
