// inkstone runs list|show|compare|plot|sample|export: looks at what was trained.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Argument, type Command } from "commander";
import { InkstoneError } from "../../../core/index.ts";
import { pngBytes, writeFileDurably } from "../../../formats/index.ts";
import type { LogEntry, Recipe } from "../../../train/index.ts";
import { jsonOption, numberOption, type Say } from "../../options.ts";
import { shown } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly folder: string;
  readonly output?: string;
  readonly prompt?: string;
  readonly tokens?: number;
  readonly seed?: number;
  readonly temperature?: number;
  readonly json?: boolean;
}

interface Seen {
  readonly path: string;
  readonly recipe: Recipe;
  readonly log: readonly LogEntry[];
}

const addSampling = (command: Command, say: Say): Command =>
  command
    .option("--prompt <text>", say({ en: "what sample begins with", zh: "sample 的开头" }))
    .addOption(
      numberOption("--tokens <n>", say({ en: "tokens of a sample", zh: "sample 的词元数" }), { least: 1, most: 65_536, whole: true }).default(200),
    )
    .addOption(numberOption("--seed <n>", say({ en: "of a sample", zh: "sample 的随机种子" }), { least: 0, most: 2 ** 31, whole: true }))
    .addOption(
      numberOption("--temperature <t>", say({ en: "of a sample; 0 is greedy", zh: "sample 的温度；0 为贪心解码" }), { least: 0, most: 2 }).default(
        0.8,
      ),
    );

/** The verb `runs`. Errors: `E_RUN_FOLDER`, `E_RECIPE`, E_FORMAT_*, E_IO_CREATE. */
export const verb: Verb = {
  name: "runs",
  define(command, say, around) {
    addSampling(command, say)
      .summary(say({ en: "look at trainings: list, show, compare, plot, sample, export", zh: "查看训练：list、show、compare、plot、sample、export" }))
      .description(
        say({
          en: "Runs that `inkstone train` wrote: their figures, differences, curves, and what they write.",
          zh: "查看 `inkstone train` 写入的运行：数值、差异、曲线及其生成的文本。",
        }),
      )
      .addArgument(new Argument("<what>", say({ en: "what to do", zh: "操作" })).choices(["list", "show", "compare", "plot", "sample", "export"]))
      .argument("[runs...]", say({ en: "folders of runs", zh: "运行的文件夹" }))
      .option("--folder <dir>", say({ en: "where list looks", zh: "list 查看的文件夹" }), "runs")
      .option(
        "--output <file>",
        say({
          en: "the .svg or .png of plot (default: loss.svg), the folder of export (default: RUN-hub)",
          zh: "plot 写入的 .svg 或 .png（默认：loss.svg），或 export 写入的文件夹（默认：运行名-hub）",
        }),
      )
      .addOption(jsonOption(say))
      .action(async (what: string, paths: string[], flags: Flags) => {
        const { output } = around;
        if (what === "plot" && !/\.(svg|png)$/i.test(flags.output ?? "loss.svg"))
          throw new InkstoneError("E_USAGE", { why: { en: "plot writes .svg or .png.", zh: "plot 只写 .svg 或 .png。" } });
        const train = await import("../../../train/index.ts");
        const wanted = what === "list" && paths.length === 0 ? await foldersIn(flags.folder) : paths;
        if (wanted.length === 0 && what !== "list")
          throw new InkstoneError("E_USAGE", { why: { en: `runs ${what} needs a run.`, zh: `runs ${what} 需要指定运行。` } });
        if (what === "sample") {
          const run = await train.openRun(wanted[0]);
          const { prompt = run.recipe.evaluation.prompt, tokens = 200, seed, temperature } = flags;
          output.write(`${shown(await run.write(prompt, tokens, { seed, temperature }), output)}\n`);
          return;
        }
        if (what === "export") {
          output.write(`${await exported(wanted[0], flags.output)}\n`);
          return;
        }
        const seen: Seen[] = [];
        for (const path of wanted) {
          const folder = new train.RunFolder(path);
          // One that cannot be read hides none of the others.
          const recipe = await folder.recipe().catch((error: unknown) => {
            if (what !== "list" || !(error instanceof InkstoneError)) throw error;
            around.errors.write(`${shown(`${path}: ${error.describe(around.language, "cli").message}`, around.errors)}\n`);
            return undefined;
          });
          if (recipe) seen.push({ path, recipe, log: await folder.log() });
          else if (what !== "list") throw new InkstoneError("E_RUN_FOLDER", { run: path, why: train.whyNoRun(path) });
        }
        if (what === "plot") {
          const file = flags.output ?? "loss.svg";
          const picture = train.lossPlot(seen.map(({ path, log }) => ({ name: path, log })));
          const { rasterOf } = await import("../../../plots/index.ts");
          await writeFileDurably(file, /\.png$/i.test(file) ? [await pngBytes(await rasterOf(picture))] : picture);
          output.write(`${file}\n`);
          return;
        }
        const rows = seen.map(figures);
        if (flags.json) {
          output.write(`${JSON.stringify(what === "show" ? { ...rows[0], recipe: seen[0].recipe } : rows)}\n`);
          return;
        }
        output.write(`${await tableOf(rows, say)}\n`);
        if (what === "compare")
          for (const other of seen.slice(1))
            output.write(
              `${other.path}: ${train.changesOf(seen[0].recipe, other.recipe, { all: true }).join("; ") || say({ en: "the same recipe", zh: "配方相同" })}\n`,
            );
        if (what === "show") output.write(train.tomlRecipe(seen[0].recipe));
      });
  },
};

async function tableOf(rows: readonly ReturnType<typeof figures>[], say: Say): Promise<string> {
  const head = [
    say({ en: "run", zh: "运行" }),
    say({ en: "model", zh: "模型" }),
    say({ en: "steps", zh: "步数" }),
    say({ en: "best validation", zh: "最佳验证" }),
    say({ en: "bits a byte", zh: "比特/字节" }),
    say({ en: "seconds", zh: "秒" }),
  ];
  const { default: Table } = await import("cli-table3");
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { run, model, steps, best, bitsPerByte, seconds } of rows)
    table.push([run, model, steps, best?.toFixed(4) ?? "", bitsPerByte?.toFixed(4) ?? "", seconds.toFixed(0)]);
  return table.toString();
}

async function exported(path: string, to: string = `${path}-hub`): Promise<string> {
  const { exportRun, openRun } = await import("../../../train/index.ts");
  await exportRun(await openRun(path), to);
  return to;
}

async function foldersIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return names.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

function figures({ path, recipe, log }: Seen): { run: string; model: string; steps: number; best?: number; bitsPerByte?: number; seconds: number } {
  const looks = log.filter(({ validationLoss }) => validationLoss !== undefined);
  const best = looks.reduce<LogEntry | undefined>(
    (least, entry) => (least === undefined || (entry.validationLoss ?? 0) < (least.validationLoss ?? 0) ? entry : least),
    undefined,
  );
  const last = log.at(-1);
  return {
    run: path,
    model: `${recipe.model.architecture} ${recipe.model.depth}`,
    steps: last?.step ?? 0,
    best: best?.validationLoss,
    bitsPerByte: best?.bitsPerByte,
    seconds: last?.seconds ?? 0,
  };
}
