// How a failure is told: one line, one hint, an exit code. Knows the error catalogue and commander's refusals.
import { CommanderError } from "commander";
import { InkstoneError, type Language, meant, type Words } from "../core/index.ts";
import { foreignWords } from "./foreign.ts";
import { visible } from "./terminal.ts";

/** Thrown to end the program without a word. */
export class Quit extends Error {
  readonly exit: number;
  constructor(exit: number) {
    super(`exit ${exit}`);
    this.exit = exit;
  }
}

/**
 * Writes a failure to `stream` and says with which code to exit: the line `inkstone: CODE: message`, then the hint; with `debug` the stack.
 */
export function report(
  error: unknown,
  stream: { write(text: string): unknown },
  { language, debug }: { language: Language; debug: boolean },
): number {
  if (error instanceof Quit) return error.exit;
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (isAbort(error)) return 130;
  const known = asInkstoneError(error);
  if (known.code === "E_CANCELLED") return 130;
  const { message, hint } = known.describe(language, "cli");
  stream.write(`inkstone: ${known.code}: ${visible(message)}\n  ${visible(hint)}\n`);
  if (debug) stream.write(`${(error as Error)?.stack ?? String(error)}\n`);
  return known.exit;
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === "AbortError";

function asInkstoneError(error: unknown): InkstoneError {
  if (error instanceof InkstoneError) return error;
  if (error instanceof CommanderError) return usage(error);
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return new InkstoneError(
    "E_INTERNAL",
    { why: typeof code === "string" ? code : error instanceof Error ? error.name : typeof error },
    { cause: error },
  );
}

const refusals: Readonly<Record<string, string>> = {
  "commander.unknownOption": "未知选项",
  "commander.unknownCommand": "未知命令",
  "commander.missingArgument": "缺少参数",
  "commander.optionMissingArgument": "选项缺少值",
  "commander.excessArguments": "参数过多（含空格的提示词请加引号）",
  "commander.missingMandatoryOptionValue": "缺少必需的选项",
};

function usage(error: CommanderError): InkstoneError {
  const english = error.message
    .replace(/^error: /, "")
    .replace(/\s+/g, " ")
    .trim();
  const fromEnvironment = /value '(.*)' from env '(\w+)' is invalid\.? ?(.*)$/.exec(english);
  if (fromEnvironment)
    return new InkstoneError("E_ENVIRONMENT", { variable: fromEnvironment[2], value: fromEnvironment[1], allowed: inBoth(fromEnvironment[3]) });
  const refused = refusedValue(english);
  if (refused !== undefined) return new InkstoneError("E_USAGE", { why: refused });
  if (error.code === "commander.help") return new InkstoneError("E_USAGE", { why: { en: "a verb is missing.", zh: "缺少命令。" } });
  const [, kind = "", misspelt = ""] = /^unknown (option|command) '([^'=]+)/.exec(english) ?? [];
  const known = foreignWords(misspelt);
  if (known !== undefined)
    return new InkstoneError("E_USAGE", {
      why: { en: `unknown ${kind} '${misspelt}': ${known.en}.`, zh: `${refusals[error.code]} ${misspelt}：${known.zh}。` },
    });
  const [, near] = /\(Did you mean (?:one of )?(.+?)\?\)/.exec(english) ?? [];
  const quoted = [...english.replace(/\(Did you mean .*\)/, "").matchAll(/'([^']*)'|(--[\w-]+)/g)].map((match) => match[1] ?? match[2]).join("，");
  return new InkstoneError("E_USAGE", {
    why: {
      en: `${english.replace(/\.$/, "")}.`,
      zh: `${refusals[error.code] ?? "用法有误"}：${quoted}${near === undefined ? "" : `（您是不是想输入 ${near.replaceAll(", ", "、")}？）`}。`,
    },
  });
}

// A value that an argument or an option does not take, with what it takes and the nearest of some names; undefined for other refusals.
function refusedValue(english: string): Words | undefined {
  const ofArgument = /^command-argument value '(?<value>.*)' is invalid for argument '(?<name>.*)'\. ?(?<allowed>.*)$/.exec(english);
  const found = ofArgument ?? /^option '(?<name>.*)' argument '(?<value>.*)' is invalid\. ?(?<allowed>.*)$/.exec(english);
  if (found === null) return undefined;
  const { name, value, allowed } = found.groups as { name: string; value: string; allowed: string };
  const { en, zh } = inBoth(allowed);
  const near = meant(value, /^one of (.+)$/.exec(en)?.[1].split(", ") ?? []);
  return {
    en: `${name} cannot be '${value}'; allowed: ${en}.${near === undefined ? "" : ` Did you mean ${near}?`}`,
    zh: `${name} 不能为“${value}”；允许：${zh}。${near === undefined ? "" : `您是不是想输入 ${near}？`}`,
  };
}

// What may be given, as options.ts and commander word it.
function inBoth(english: string): { en: string; zh: string } {
  const en = english.replace(/\.$/, "");
  const zh = en
    .replace(/^a whole number from (.+) to (.+)$/, "$1 到 $2 的整数")
    .replace(/^a number from (.+) to (.+)$/, "$1 到 $2 的数字")
    .replace(/^Allowed choices are (.+)$/, (_, names: string) => names.replaceAll(", ", "、"));
  return { en: en.replace(/^Allowed choices are /, "one of "), zh };
}
