// Builds the native part of a clone: cargo, then the library as native/build/inkstone.node. Skipped while its sources are unchanged.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const native = join(dirname(fileURLToPath(import.meta.url)), "..", "native");
const artefact = join(native, "build", "inkstone.node");
const stamp = `${artefact}.sources`;
const libraries = { linux: "libinkstone_binding.so", darwin: "libinkstone_binding.dylib", win32: "inkstone_binding.dll" };
const missing =
  "No Rust toolchain (cargo) was found: the slower reference kernels are used. To install one: https://rustup.rs · 未找到 Rust 工具链（cargo）：将使用较慢的参考内核。";

// Rust links by a C compiler, which a bare machine has not: what cargo prints of it is pages long.
const unlinked = (linker) =>
  `Rust is here, but no linker (${linker}), which it takes from a C toolchain: the slower reference kernels are used. Debian, Ubuntu: apt install build-essential; Fedora: dnf install gcc; macOS: xcode-select --install; Windows: the C++ build tools of Visual Studio. · 有 Rust，但缺少 C 工具链中的链接器（${linker}）：将使用较慢的参考内核。Debian、Ubuntu：apt install build-essential；Fedora：dnf install gcc；macOS：xcode-select --install；Windows：Visual Studio 的 C++ 生成工具。`;

/** Why there can be no native build here, if there can be none. */
export async function missingToolchain() {
  return cargo(["--version"]).then(
    () => undefined,
    () => missing,
  );
}

/**
 * Builds native/build/inkstone.node if its sources changed. `{ built: true }` when it is there afterwards, else `{ built: false, reason }` (no Rust, no linker);
 * rejects, with the compiler's output as `output`, when the build fails.
 */
export async function buildNative({ quiet = false } = {}) {
  const say = quiet ? () => {} : (line) => console.log(line);
  const print = fingerprint();
  if (existsSync(artefact) && existsSync(stamp) && readFileSync(stamp, "utf8") === print) {
    say("The native kernels are up to date.");
    return { built: true };
  }
  const reason = await missingToolchain();
  if (reason !== undefined) {
    say(reason);
    return { built: false, reason };
  }
  const begin = Date.now();
  try {
    await cargo(["build", "--release", "--locked", "--manifest-path", join(native, "Cargo.toml")]);
  } catch (error) {
    const [, linker] = /linker `([^`]+)` not found/.exec(error.output ?? "") ?? [];
    if (linker === undefined) throw error;
    say(unlinked(linker));
    return { built: false, reason: unlinked(linker) };
  }
  mkdirSync(dirname(artefact), { recursive: true });
  // A running process keeps the old file open: it is replaced by name, never written into.
  const half = `${artefact}.${process.pid}`;
  copyFileSync(join(process.env.CARGO_TARGET_DIR ?? join(native, "target"), "release", libraries[process.platform] ?? libraries.linux), half);
  renameSync(half, artefact);
  writeFileSync(stamp, print);
  say(`The native kernels were built in ${((Date.now() - begin) / 1000).toFixed(1)} s.`);
  return { built: true };
}

function cargo(args) {
  return new Promise((done, fail) => {
    const child = spawn("cargo", args, { stdio: ["ignore", "ignore", "pipe"] });
    let output = "";
    child.stderr.on("data", (chunk) => {
      output = (output + chunk).slice(-20_000);
    });
    child.on("error", fail);
    child.on("close", (code) => (code === 0 ? done() : fail(Object.assign(new Error(`cargo ${args[0]} ended with ${code}`), { output }))));
  });
}

function fingerprint() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  for (const file of sources(native)) hash.update(relative(native, file)).update(readFileSync(file));
  return hash.digest("hex");
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (path !== join(native, "target") && path !== join(native, "build")) yield* sources(path);
    } else if (/\.(rs|toml|lock)$/.test(entry.name)) yield path;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  buildNative().catch((error) => {
    console.error(error.output ?? error.message);
    console.error("The native build failed; the slower reference kernels are used instead.");
    process.exitCode = 1;
  });
}
