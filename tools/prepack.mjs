// npm pack: builds everything, puts the native part where the loader of an installed package looks, and writes the notices of what is in it.
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeNotices } from "./gen-notices.mjs";
import { root, setUp } from "./setup.mjs";

await setUp({ say: (line) => console.error(line), only: ["dependencies", "native", "library", "page"] });
const built = join(root, "native/build/inkstone.node");
if (!existsSync(built)) throw new Error("The native part is not built: a package without it would be slow. Install a Rust toolchain.");
const folder = join(root, "prebuilds", `${process.platform}-${process.arch}-gnu`);
mkdirSync(folder, { recursive: true });
copyFileSync(built, join(folder, "inkstone.node"));
writeNotices();
