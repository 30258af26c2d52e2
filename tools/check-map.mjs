// Holds ARCHITECTURE.md against the tree: every room and folder that it names exists, every one that exists is named.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

const folders = (root, path) =>
  existsSync(join(root, path))
    ? readdirSync(join(root, path), { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !["node_modules", "target", "build", "dist"].includes(entry.name))
        .map((entry) => `${path}/${entry.name}/`)
    : [];

/** All breaches of a tree, one line each. */
export function mapBreaches(tree = root) {
  const map = readFileSync(join(tree, "ARCHITECTURE.md"), "utf8");
  const block = map.match(/```tree\n([\s\S]*?)```/)?.[1];
  if (block === undefined) return ["ARCHITECTURE.md has no ```tree block"];
  const named = new Set([...block.matchAll(/^(\S+\/)\s/gm)].map((match) => match[1]));
  const rooms = ["src", "native", "test"].flatMap((path) => folders(tree, path));
  const present = new Set([...rooms, "studio/", "tools/", "bench/", "docs/"]);
  const breaches = [];
  for (const name of named) if (!existsSync(join(tree, name))) breaches.push(`ARCHITECTURE.md names ${name}, which is not there`);
  for (const name of present) if (!named.has(name)) breaches.push(`ARCHITECTURE.md does not name ${name}`);
  return breaches;
}
