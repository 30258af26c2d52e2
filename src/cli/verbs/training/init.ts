// inkstone init [DATA]: writes a recipe, asking a few things or nothing.
import { basename } from "node:path";
import { writeFileDurably } from "../../../formats/index.ts";
import { numberOption } from "../../options.ts";
import { refuseExisting } from "../../outputs.ts";
import { isTerminal } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly yes?: boolean;
  readonly minutes?: number;
  readonly column?: string;
  readonly output: string;
  readonly force?: boolean;
}

/** The verb `init`. Errors: E_IO_CREATE, `E_USAGE` for a file that is there, those of `estimateRun`. */
export const verb: Verb = {
  name: "init",
  define(command, say, around) {
    command
      .summary(say({ en: "write a recipe for training", zh: "写出训练配方" }))
      .description(
        say({
          en: "Writes a recipe with every field, its value and what it is. Texts make a language model, rows with the columns source and target a translator. --minutes fits the size and the steps to this machine, by a few steps that are measured.",
          zh: "写出包含全部字段、取值与说明的配方。文本训练语言模型；含 source 与 target 两列的表格训练翻译模型。--minutes 会试跑几步，使模型大小与步数适合本机。",
        }),
      )
      .argument("[data]", say({ en: "text files or a folder of them", zh: "文本文件或其文件夹" }), "data")
      .option("--yes", say({ en: "ask nothing", zh: "不提问" }))
      .addOption(numberOption("--minutes <n>", say({ en: "how long the training may take", zh: "训练可用的分钟数" }), { least: 0.1, most: 100_000 }))
      .option("--column <name>", say({ en: "the column of rows that holds the text", zh: "表格中文本所在的列" }))
      .option("--output <recipe>", say({ en: "the recipe", zh: "配方文件" }), "recipe.toml")
      .option("--force", say({ en: "replace a recipe that is there", zh: "覆盖已有配方" }))
      .action(async (given: string, { yes, minutes: limit, column, output: path, force }: Flags) => {
        const { input, output, errors, signals } = around;
        await refuseExisting([path], force ?? false);
        const { estimateRun, recipeOf, tomlRecipe, usualRecipe } = await import("../../../train/index.ts");
        let [data, minutes] = [given, limit];
        if (!yes && limit === undefined && isTerminal(input) && isTerminal(errors)) {
          const { isCancel, text } = await import("@clack/prompts");
          const where = await text({ message: say({ en: "Where are the texts?", zh: "文本在哪里？" }), initialValue: given });
          if (isCancel(where)) return;
          const isTime = (given: string | undefined) => Number(given) >= 0.1 && Number(given) <= 100_000;
          const long = await text({
            message: say({ en: "How many minutes may it take?", zh: "训练可用多少分钟？" }),
            initialValue: "10",
            validate: (given) => (isTime(given) ? undefined : say({ en: "A number from 0.1 to 100000.", zh: "请输入 0.1 到 100000 之间的数字。" })),
          });
          if (isCancel(long)) return;
          [data, minutes] = [where, Number(long)];
        }
        const name = basename(data).replace(/\.\w+$/, "") || "run";
        const depth = minutes === undefined || minutes <= 5 ? 4 : minutes <= 60 ? 6 : 8;
        const first = await usualRecipe({ name, files: data, depth, column });
        let recipe = first;
        if (minutes !== undefined) {
          const { secondsPerStep } = await estimateRun(first, { signal: signals.signal });
          const steps = Math.max(100, Math.floor((minutes * 60 * 0.9) / secondsPerStep));
          const every = Math.max(10, Math.floor(steps / 20));
          recipe = recipeOf({ ...first, budget: { steps, minutes }, evaluation: { ...first.evaluation, every } });
        }
        await writeFileDurably(path, tomlRecipe(recipe, { language: around.language }));
        output.write(`${path}\n`);
        errors.write(`${say({ en: `Train it: inkstone train ${path}`, zh: `开始训练：inkstone train ${path}` })}\n`);
      });
  },
};
