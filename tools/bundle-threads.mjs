// Joins what each thread of the library starts from into few files: a thread has its own modules, and finding 500 files takes a third of a second of processor.
// Works on compiled files, in place; the compiler alone leaves a library that does the same and starts later. Knows which files threads start from, nothing else.
import { rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./setup.mjs";

/** The modules that threads and child processes of the library start from, within `dist`. */
export const threadFiles = [
  "evaluate/workplace/thread",
  "generate/encoders/worker",
  "generate/engine/process-entry",
  "generate/engine/worker",
  "generate/speech/worker",
  "generate/translation/worker",
  "server/tuning/tuning-process",
];

// Where a module was, seen from the file it is in now: native files and child processes are found from there.
const placed = (dist) => ({
  name: "places",
  transform: (code, id) =>
    code.includes("import.meta.url") ? code.replaceAll("import.meta.url", `__placeOf(${JSON.stringify(relative(dist, id))})`) : null,
  renderChunk: (code, { fileName }) =>
    code.replaceAll(/__placeOf\("([^"]+)"\)/g, (_, place) => {
      const way = relative(dirname(fileName), place);
      return `new URL(${JSON.stringify(way.startsWith(".") ? way : `./${way}`)}, import.meta.url).href`;
    }),
});

/** Joins the modules behind each of `files` (names within `dist`, without ".js"); what several need lies in `dist/threads`. */
export async function bundleThreads(dist, files = threadFiles) {
  const { rolldown } = await import("rolldown"); // comes with vite, which builds the page with it
  const bundle = await rolldown({
    input: Object.fromEntries(files.map((file) => [file, join(dist, `${file}.js`)])),
    platform: "node",
    external: (id) => !/^[./]/.test(id),
    plugins: [placed(dist)],
    logLevel: "silent",
  });
  const { output } = await bundle.write({
    dir: dist,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "threads/[name]-[hash].js",
    cleanDir: false,
  });
  await bundle.close();
  // A compiler that goes on from its last state must write these files again, else their threads keep what was joined here.
  for (const name of ["tsbuildinfo", "tsbuildinfo-test"]) rmSync(join(dist, "../.cache", name), { force: true });
  return output.map(({ fileName }) => fileName);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await bundleThreads(join(root, "dist"));
