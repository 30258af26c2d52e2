// A real browser for tests: the Chromium that npm brings, else Debian's.
import { existsSync } from "node:fs";
import packaged from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";

/** Starts Chromium without any network of its own. */
export async function openBrowser(): Promise<Browser> {
  const debian = "/usr/bin/chromium";
  const quiet = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  if (existsSync(debian)) return chromium.launch({ executablePath: debian, args: quiet, headless: true });
  const args = packaged.args.filter((arg) => arg !== "--single-process"); // one process ends with its first closed context
  return chromium.launch({ executablePath: await packaged.executablePath(), args: [...args, ...quiet], headless: true });
}
