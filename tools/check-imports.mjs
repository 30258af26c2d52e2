// Proves the house rule: a room imports only rooms of lower rank, through their index.ts (type imports count); files of a room have no cycles.
// Also: only src/native/loader.ts loads a .node file, and only the command line reads process.argv.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { root } from "./setup.mjs";

export const ranks = {
  core: 0,
  native: 1,
  formats: 1,
  text: 2,
  tensor: 2,
  plots: 2,
  nn: 3,
  classical: 3,
  metrics: 3,
  models: 4,
  data: 4,
  hub: 4,
  store: 4,
  generate: 5,
  train: 6,
  pipelines: 7,
  evaluate: 8,
  apps: 9,
  server: 10,
  "ai-sdk": 10,
  cli: 11,
};
const importPattern = /(?:^|\n)\s*(?:import|export)\s(?:[^;"]*?from\s+)?"([^"]+)"|import\("([^"]+)"\)/g;

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** All breaches of the sources in a folder, one line each. */
export function importBreaches(src = join(root, "src")) {
  const breaches = [];
  const graph = new Map();
  for (const file of sources(src)) {
    const name = relative(src, file);
    const room = name.includes("/") ? name.split("/")[0] : undefined;
    if (room !== undefined && !(room in ranks)) breaches.push(`${name}: room "${room}" has no rank`);
    const inside = [];
    const text = readFileSync(file, "utf8");
    for (const match of text.matchAll(importPattern)) {
      const target = match[1] ?? match[2];
      if (!target.startsWith(".")) continue;
      const path = normalize(join(dirname(name), target));
      if (path.split("/")[0] !== room) breaches.push(...crossing(name, room, path));
      else if (match[1] !== undefined) inside.push(path);
    }
    graph.set(name, inside);
    if (/process\.dlopen|\.node"/.test(text) && name !== "native/loader.ts") breaches.push(`${name} loads a native file; only native/loader.ts may`);
    if (/process\.argv/.test(text) && room !== "cli") breaches.push(`${name} reads process.argv; only cli may`);
  }
  return [...breaches, ...cycles(graph)];
}

// An import of another room. The package root (no room) may import every room, by its door.
function crossing(name, room, path) {
  const other = path.split("/")[0];
  if (path.startsWith("..")) return [`${name} imports ${path}: outside src`];
  if (!path.includes("/")) return [`${name} imports ${path}: rooms do not import the package root`];
  if (room !== undefined && !(ranks[other] < ranks[room])) return [`${name} (rank ${ranks[room]}) imports ${path} (rank ${ranks[other]})`];
  return path === `${other}/index.ts` ? [] : [`${name} imports ${path}, not ${other}/index.ts`];
}

function cycles(graph) {
  const found = [];
  const state = new Map();
  const visit = (name, path) => {
    if (state.get(name) === "done") return;
    if (state.get(name) === "open") {
      found.push(`cycle: ${[...path.slice(path.indexOf(name)), name].join(" -> ")}`);
      return;
    }
    state.set(name, "open");
    for (const next of graph.get(name) ?? []) visit(next, [...path, name]);
    state.set(name, "done");
  };
  for (const name of graph.keys()) visit(name, []);
  return found;
}
