// inkstone tune RECIPE: tries fields of a recipe and writes the best one.
import { basename, join } from "node:path";
import { Option } from "commander";
import { InkstoneError } from "../../../core/index.ts";
import type { SearchField, SearchOptions } from "../../../train/index.ts";
import { jsonOption, numberOption } from "../../options.ts";
import { refuseRanks } from "../../ranks.ts";
import { tableOf } from "../../table.ts";
import { ProgressLine } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly try: readonly string[];
  readonly method: NonNullable<SearchOptions["method"]>;
  readonly trials: number;
  readonly first?: number;
  readonly seed: number;
  readonly output?: string;
  readonly set: readonly string[];
  readonly json?: boolean;
}

const collected = (one: string, all: readonly string[]): readonly string[] => [...all, one];

/** The verb `tune`. Errors: those of `readRecipe` and `tune`; `E_USAGE` for a --try that cannot be read. */
export const verb: Verb = {
  name: "tune",
  define(command, say, around) {
    command
      .summary(say({ en: "try fields of a recipe, write the best one", zh: "尝试配方的字段，写出最佳配方" }))
      .description(
        say({
          en: "Tries values of a recipe's fields; every trial is a run. A search that was stopped goes on with the same command. Writes table.md, trials.jsonl and best.toml.",
          zh: "尝试配方字段的不同取值，每次尝试都是一次运行。中断后用同一命令继续。写出 table.md、trials.jsonl 与 best.toml。",
        }),
      )
      .argument("<recipe>", say({ en: "the recipe", zh: "配方文件" }))
      .option(
        "--try <field=values>",
        say({
          en: "a list (a,b,c) or a range (0.001..0.01, log:0.001..0.01, int:2..8); may be given several times. Default: optimizer.learningRate=log:0.0003..0.01",
          zh: "取值列表（a,b,c）或范围（0.001..0.01、log:0.001..0.01、int:2..8）；可多次给出。默认：optimizer.learningRate=log:0.0003..0.01",
        }),
        collected,
        [],
      )
      .addOption(
        new Option("--method <m>", say({ en: "how values are chosen", zh: "搜索方式" })).choices(["random", "grid", "halving"]).default("halving"),
      )
      .addOption(numberOption("--trials <n>", say({ en: "trials", zh: "尝试次数" }), { least: 1, most: 10_000, whole: true }).default(9))
      .addOption(
        numberOption("--first <n>", say({ en: "halving: steps of the first round", zh: "halving：第一轮的步数" }), {
          least: 1,
          most: 2 ** 31,
          whole: true,
        }),
      )
      .addOption(numberOption("--seed <n>", say({ en: "what is drawn", zh: "随机种子" }), { least: 0, most: 2 ** 31, whole: true }).default(0))
      .option("--output <dir>", say({ en: "the folder of the search (default: runs/NAME-tune)", zh: "搜索的文件夹（默认：runs/名称-tune）" }))
      .option(
        "--set <field=value>",
        say({ en: "change a field of the recipe first; may be given several times", zh: "先修改配方中的字段；可多次给出" }),
        collected,
        [],
      )
      .addOption(jsonOption(say))
      .action(async (path: string, flags: Flags) => {
        const { output, errors, signals } = around;
        await refuseRanks("tune");
        const { readRecipe, tune } = await import("../../../train/index.ts");
        const recipe = await readRecipe(path, flags.set);
        const name = recipe.name === "run" ? basename(path).replace(/\.\w+$/, "") : recipe.name;
        const space = (flags.try.length === 0 ? ["optimizer.learningRate=log:0.0003..0.01"] : flags.try).map(searchField);
        const line = new ProgressLine(errors);
        try {
          const found = await tune(recipe, {
            output: flags.output ?? join("runs", `${name}-tune`),
            space,
            method: flags.method,
            trials: flags.trials,
            firstSteps: flags.first,
            seed: flags.seed,
            signal: signals.signal,
            onTrial: ({ trial, loss }, { done, total }) =>
              line.update(`${say({ en: "Trial", zh: "尝试" })} ${trial}: ${loss?.toFixed(4) ?? "-"}`, done, total),
          });
          line.end();
          if (flags.json) output.write(`${JSON.stringify(found)}\n`);
          else {
            const head = [
              say({ en: "trial", zh: "尝试" }),
              ...space.map(({ field }) => field),
              say({ en: "steps", zh: "步数" }),
              say({ en: "loss", zh: "损失" }),
            ];
            const rows = found.trials.map(({ trial, values, steps, loss }) => [
              ...[String(trial), ...space.map(({ field }) => JSON.stringify(values[field]))],
              ...[String(steps), loss?.toFixed(4) ?? "-"],
            ]);
            output.write(tableOf([head, ...rows]));
            output.write(`${join(found.path, "best.toml")}\n`);
          }
        } finally {
          line.end();
        }
      });
  },
};

// field=a,b,c; field=1..5; field=log:1e-4..1e-2; field=int:2..8.
function searchField(given: string): SearchField {
  const [, field, values] = /^([\w.]+)=(.+)$/.exec(given) ?? [];
  const [, kind, from, to] = /^(log:|int:)?(-?[\d.e-]+?)\.\.(-?[\d.e-]+)$/.exec(values ?? "") ?? [];
  if (field === undefined)
    throw new InkstoneError("E_USAGE", { why: { en: `"${given}" is not of the form field=values`, zh: `“${given}”不是“字段=取值”的形式` } });
  if (from !== undefined) return { field, from: Number(from), to: Number(to), log: kind === "log:", whole: kind === "int:" };
  return { field, values: values.split(",").map(plain) };
}

function plain(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
