// inkstone pii [TEXT | -]: personal data of a text, reported, masked, replaced or put back.
import { stat } from "node:fs/promises";
import { type Command, Option } from "commander";
import { InkstoneError } from "../../../core/index.ts";
import { readAll, readTextFile } from "../../input.ts";
import { jsonOption } from "../../options.ts";
import { type Surroundings, shown } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly action: "report" | "mask" | "replace" | "restore";
  readonly kinds?: string;
  readonly country: string;
  readonly keyFile?: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** The verb `pii`. Errors: E_OPTION, E_PII_KEY, E_PII_TOKEN, E_USAGE, E_INPUT_EMPTY, E_INPUT_SIZE, E_INPUT_ENCODING, E_PACKAGE_MISSING. */
export const verb: Verb = {
  name: "pii",
  define(command: Command, say, around) {
    command
      .summary(say({ en: "find, hide and put back personal data", zh: "查找、遮盖与还原个人信息" }))
      .description(
        say({
          en: "Personal data in English and Chinese text, by rules and check digits: nothing leaves this machine. With --key-file, what `replace` hides `restore` puts back.",
          zh: "按规则与校验码识别中英文文本中的个人信息，数据不离开本机。配合 --key-file，replace 隐去的内容可用 restore 还原。",
        }),
      )
      .argument("[text]", say({ en: "the text; - or none reads standard input", zh: "文本；- 或省略时从标准输入读取" }))
      .addOption(
        new Option("--action <what>", say({ en: "what to do with it", zh: "处理方式" }))
          .choices(["report", "mask", "replace", "restore"])
          .default("report"),
      )
      .option("--kinds <list>", say({ en: "only these kinds, separated by commas", zh: "只查找这些类别，以逗号分隔" }))
      .option("--country <list>", say({ en: "whose telephone numbers have no prefix", zh: "无国际区号的电话所属国家或地区" }), "US,GB,CN")
      .addOption(
        new Option("--key-file <file>", say({ en: "a file with the key, one line", zh: "存放密钥的文件（一行）" })).env("INKSTONE_PII_KEY_FILE"),
      )
      .option("--strict", say({ en: "leave out names that only capitals suggest", zh: "不把仅凭首字母大写推测的词当作人名" }))
      .addOption(jsonOption(say))
      .action((text: string | undefined, flags: Flags) => run(text, flags, around));
  },
};

// Whose key others may change is nobody's: what is hidden with it could be read by whoever did.
async function readKey(path: string): Promise<string> {
  const key = (await readTextFile(path, 4096)).trim();
  const { mode } = await stat(path);
  if (process.platform !== "win32" && (mode & 0o022) !== 0)
    throw new InkstoneError("E_KEY_FILE", { file: path, mode: (mode & 0o777).toString(8).padStart(4, "0") });
  return key;
}

async function run(given: string | undefined, flags: Flags, { input, output, say }: Surroundings): Promise<void> {
  const { PiiFinder, piiKinds, restorePii } = await import("../../../apps/index.ts");
  const text = given === undefined || given === "-" ? await readAll(input) : given;
  if (text === "") throw new InkstoneError("E_INPUT_EMPTY", { what: { en: "the text", zh: "文本" } });
  const key = flags.keyFile === undefined ? undefined : await readKey(flags.keyFile);
  if (flags.action === "restore") {
    if (key === undefined) throw new InkstoneError("E_USAGE", { why: { en: "restore needs --key-file.", zh: "restore 需要 --key-file。" } });
    const restored = restorePii(text, key);
    output.write(flags.json ? `${JSON.stringify({ text: restored })}\n` : ended(restored));
    return;
  }
  const kinds = flags.kinds?.split(",").map((kind) => kind.trim()) as (typeof piiKinds)[number][] | undefined;
  const finder = await PiiFinder.open({
    kinds,
    countries: flags.country.split(",").map((code) => code.trim().toUpperCase()),
    loose: flags.strict !== true,
  });
  if (flags.action === "report") {
    const spans = finder.find(text);
    const lines = spans.map(
      ({ kind, start, end, text: found, rule }) => `${start}-${end}  ${kind.padEnd(14)}  ${found.replace(/\s+/g, " ")}  (${rule})\n`,
    );
    const none = say({ en: "No personal data found.\n", zh: "未发现个人信息。\n" });
    output.write(flags.json ? `${JSON.stringify({ spans })}\n` : shown(lines.join("") || none, output));
  } else if (flags.action === "mask") {
    const masked = finder.mask(text);
    output.write(flags.json ? `${JSON.stringify({ text: masked })}\n` : ended(masked));
  } else {
    const replaced = finder.replace(text, { key });
    output.write(flags.json ? `${JSON.stringify(replaced)}\n` : ended(replaced.text));
  }
}

const ended = (text: string): string => (text.endsWith("\n") ? text : `${text}\n`);
