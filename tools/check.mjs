// npm run check: formatting and lint, types of the tests, the import rule, the map, the budgets, reasons of unsafe blocks. Prints every breach.
import { join } from "node:path";
import { importBreaches } from "./check-imports.mjs";
import { mapBreaches } from "./check-map.mjs";
import { pageBreaches } from "./check-page.mjs";
import { sizeBreaches } from "./check-size.mjs";
import { unsafeBreaches } from "./check-unsafe.mjs";
import { root, run } from "./setup.mjs";

const breaches = [...importBreaches(), ...mapBreaches(), ...sizeBreaches(), ...unsafeBreaches(), ...(await pageBreaches())];
const programs = [
  [join(root, "node_modules/@biomejs/biome/bin/biome"), "check", "--colors=off"],
  [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.json", "--noEmit"],
  [join(root, "node_modules/typescript/bin/tsc"), "-p", "test/tsconfig.json", "--noEmit"],
];
for (const [program, ...args] of programs)
  await run(process.execPath, [program, ...args]).catch((error) => breaches.push(error.output || error.message));
for (const breach of breaches) console.error(breach);
console.log(breaches.length === 0 ? "check: imports, map, sizes, unsafe, format, lint, types: all hold" : `check: ${breaches.length} breaches`);
process.exitCode = breaches.length === 0 ? 0 : 1;
