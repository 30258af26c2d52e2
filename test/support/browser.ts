// A real browser for tests: Debian's Chromium where it is installed, else the headless one that npm brings. Knows no pages.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import packaged from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";
import { root } from "./processes.ts";

// Not the flags that the package advises: they put everything into one process, which ends with the first page that closes.
const flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--disable-background-networking"];

/** Starts Chromium without any network of its own. */
export async function openBrowser(): Promise<Browser> {
  const debian = "/usr/bin/chromium";
  return chromium.launch({ executablePath: existsSync(debian) ? debian : await unpacked(), args: flags, headless: true });
}

// Unpacked once a version, under its final name only when it is whole: the package itself takes whatever lies in the temporary folder.
async function unpacked(): Promise<string> {
  const manifest = join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "../../package.json");
  const { version } = JSON.parse(await readFile(manifest, "utf8"));
  const folder = join(root, ".cache", `chromium-${version}`);
  if (!existsSync(folder)) {
    await mkdir(join(root, ".cache"), { recursive: true });
    const half = await mkdtemp(`${folder}-`);
    const before = process.env.TMPDIR;
    process.env.TMPDIR = half;
    await packaged.executablePath();
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    await rename(half, folder).catch(() => rm(half, { recursive: true })); // another test file was faster
  }
  return join(folder, "chromium");
}
