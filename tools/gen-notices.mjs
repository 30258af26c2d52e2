// NOTICES.txt of the package: the licences of what is linked into inkstone.node and bundled into the page, each text once with all that it is of.
// Made by npm pack, not committed. Packages that npm installs beside ours bring their own.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./setup.mjs";

/** What the page is built from; what these depend on is found. */
const page = ["svelte", "dompurify", "markdown-it", "markdown-it-cjk-friendly", "katex", "highlight.js", "uplot"];

/** The licence files of a folder, as one text; undefined where there is none. */
function licenceOf(folder) {
  const names = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice|unlicense)/i.test(name));
  const texts = names.sort().map((name) => readFileSync(join(folder, name), "utf8").trim());
  return texts.length > 0 ? texts.join("\n\n") : undefined;
}

/** Crates that are linked, by cargo's own account. */
function crates() {
  const said = execFileSync(
    "cargo",
    [
      "metadata",
      "--format-version",
      "1",
      "--locked",
      "--filter-platform",
      "x86_64-unknown-linux-gnu",
      "--manifest-path",
      join(root, "native/Cargo.toml"),
    ],
    { maxBuffer: 2 ** 28 },
  );
  const { packages, resolve } = JSON.parse(said.toString());
  const byId = new Map(packages.map((one) => [one.id, one]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const linked = new Set();
  const visit = (id) => {
    if (linked.has(id)) return;
    linked.add(id);
    for (const { pkg, dep_kinds: kinds } of nodes.get(id).deps) if (kinds.some(({ kind }) => kind === null)) visit(pkg);
  };
  for (const { id, name } of packages) if (name === "inkstone-binding") visit(id);
  return [...linked].map((id) => byId.get(id)).filter(({ source }) => source !== null);
}

/** Packages of the page with what they depend on. */
function modules() {
  const found = new Map();
  const visit = (name) => {
    const folder = join(root, "node_modules", name);
    if (found.has(name) || !existsSync(folder)) return;
    const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    found.set(name, { name, version: about.version, license: about.license, folder });
    for (const other of Object.keys(about.dependencies ?? {})) visit(other);
  };
  for (const name of page) visit(name);
  return [...found.values()];
}

/** Writes NOTICES.txt. Errors: where something has neither a licence file nor the name of a licence. */
export function writeNotices() {
  const all = [...crates().map(({ manifest_path: path, ...one }) => ({ ...one, folder: dirname(path) })), ...modules()];
  const texts = new Map();
  for (const { name, version, license, folder } of all) {
    const text = licenceOf(folder) ?? (license ? `Licensed under ${license}; it brings no text of it.` : undefined);
    if (text === undefined) throw new Error(`${name} ${version} has no licence: it cannot be packed.`);
    texts.set(text, [...(texts.get(text) ?? []), `${name} ${version} (${license ?? "see below"})`]);
  }
  const unicode =
    "Tables of characters are made from the Unicode Character Database, © Unicode, Inc., under the Unicode License v3 (https://www.unicode.org/license.txt).";
  // What tables of names are made from: its text lies beside the generators.
  const licences = join(root, "tools/licences");
  for (const file of readdirSync(licences).sort())
    texts.set(readFileSync(join(licences, file), "utf8").trim(), [`${file.replace(".txt", "")} (tables of names)`]);
  const parts = [...texts].map(([text, names]) => `${names.join("\n")}\n\n${text}`);
  const head = "Inkstone contains the following works of others.";
  writeFileSync(join(root, "NOTICES.txt"), `${[`${head}\n\n${unicode}`, ...parts].join(`\n\n${"-".repeat(80)}\n\n`)}\n`);
  return all.length;
}
