// What whoever starts a program is told when it computes without the native part. Knows no kernels.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { type InkstoneError, type Language, languageOf } from "../core/index.ts";

/** Whether this is a clone, in which the native part can be built. */
export const inClone: boolean = existsSync(fileURLToPath(new URL("../../native/Cargo.toml", import.meta.url)));

const TOLD = "inkstone:slow";

/**
 * One line: that the reference kernels compute, what they cost, why, and what to do.
 *
 * @example
 * slowLine("en", "it has not been built here").startsWith("Running on the reference kernels"); // true
 */
export function slowLine(language: Language, reason: string): string {
  const [en, zh] = inClone
    ? [
        "install a Rust toolchain (https://rustup.rs) and run `npm start` once to build them.",
        "请安装 Rust 工具链（https://rustup.rs）并运行一次 `npm start` 以构建原生内核。",
      ]
    : [
        "the package brings them for Linux on x86-64 with glibc; elsewhere, build them in a clone and name the file in INKSTONE_NATIVE.",
        "软件包自带适用于 x86-64 glibc Linux 的原生内核；其他平台请在源码目录中构建，并以 INKSTONE_NATIVE 指定该文件。",
      ];
  if (language === "zh") return `正在使用参考内核，比原生内核慢十倍到上百倍：${zh}（${reason}）`;
  return `Running on the reference kernels, ten to a hundred times slower than the native ones: ${en} (${reason})`;
}

/** Says it on standard error, once: threads that this one starts know that it was said. Not where it was asked for (INKSTONE_NATIVE=off). */
export function tellSlow(error: InkstoneError | undefined): void {
  if (process.env["INKSTONE_NATIVE"] === "off" || getEnvironmentData(TOLD) === true) return;
  setEnvironmentData(TOLD, true);
  const language = languageOf(process.env);
  process.stderr.write(`${slowLine(language, error?.describe(language).message ?? "-")}\n`);
}
