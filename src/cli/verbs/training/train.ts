// inkstone train RECIPE: a language model from a folder of text.
import { basename, join } from "node:path";
import { counted } from "../../../core/index.ts";
import type { DataCheck, World } from "../../../train/index.ts";
import type { Words } from "../../language.ts";
import { jsonOption } from "../../options.ts";
import { trainingProgress } from "../../progress/training.ts";
import { amongRanks } from "../../ranks.ts";
import { ProgressLine, type Surroundings, visible } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly output?: string;
  readonly estimate?: boolean;
  readonly resume?: boolean;
  readonly allowMismatch?: boolean;
  readonly set: readonly string[];
  readonly json?: boolean;
}

// What was found in the data, where there is something to say.
function checkLine({ texts, duplicates, nearDuplicates, leaks, testTexts, validationLeaks }: DataCheck): Words | undefined {
  if (duplicates + nearDuplicates + leaks + validationLeaks === 0) return undefined;
  const near = counted(nearDuplicates, "near duplicate");
  const [en, zh] =
    testTexts > 0
      ? [
          `; ${leaks} of ${counted(testTexts, "test text")} ${leaks === 1 ? "stands" : "stand"} in them`,
          `；${testTexts} 条测试文本中有 ${leaks} 条出现在训练数据中`,
        ]
      : ["", ""];
  const [enBoth, zhBoth] =
    validationLeaks > 0
      ? [`; ${validationLeaks} ${validationLeaks === 1 ? "stands" : "stand"} in training and validation`, `；${validationLeaks} 条同时在训练与验证中`]
      : ["", ""];
  return {
    en: `Data: ${counted(duplicates, "duplicate")} and ${near} among ${counted(texts, "text")}${en}${enBoth}. See data-check.json in the run.`,
    zh: `数据：${texts} 条文本中有 ${duplicates} 条重复、${nearDuplicates} 条近似重复${zh}${zhBoth}。详见运行中的 data-check.json。`,
  };
}

/** The verb `train`. Errors: those of `readRecipe` and `trainRun`. Ctrl-C and SIGTERM save first: exit 130 and 143. */
export const verb: Verb = {
  name: "train",
  define(command, say, around) {
    command
      .summary(say({ en: "train a language model from a recipe", zh: "按配方训练语言模型" }))
      .description(
        say({
          en: "Trains a language model from a recipe (TOML, YAML, JSON, TypeScript): gpt2, llama, lstm, bert, encoder-decoder. `inkstone init` writes one. A run that was stopped goes on with --resume, to the bit. Over several processes or machines: mpirun -n 2 inkstone train RECIPE (Open MPI), each with its own batches.",
          zh: "按配方（TOML、YAML、JSON、TypeScript）训练语言模型：gpt2、llama、lstm、bert、encoder-decoder。`inkstone init` 可写出配方。中断的运行用 --resume 继续，结果逐位一致。多进程或多机训练：mpirun -n 2 inkstone train RECIPE（Open MPI），每个进程处理各自的批次。",
        }),
      )
      .argument("<recipe>", say({ en: "the recipe", zh: "配方文件" }))
      .option("--output <dir>", say({ en: "the folder of the run (default: runs/NAME)", zh: "运行的文件夹（默认：runs/名称）" }))
      .option("--estimate", say({ en: "say what it will take, and train nothing", zh: "只估计所需时间与内存，不训练" }))
      .option("--resume", say({ en: "go on with a run that was stopped", zh: "继续中断的运行" }))
      .option("--allow-mismatch", say({ en: "with --resume: go on with another recipe or other data", zh: "与 --resume 同用：配方或数据有变也继续" }))
      .option(
        "--set <field=value>",
        say({ en: "change a field of the recipe; may be given several times", zh: "修改配方中的字段；可多次给出" }),
        (one: string, all: string[]) => [...all, one],
        [],
      )
      .addOption(jsonOption(say))
      .action((path: string, flags: Flags) => amongRanks(around, (world) => work(path, flags, { around, world })));
  },
};

interface Place {
  readonly around: Surroundings;
  readonly world: World | undefined;
}

async function work(path: string, { output: wanted, estimate, resume, allowMismatch, set, json }: Flags, { around, world }: Place): Promise<void> {
  const { output, errors, signals, say } = around;
  const { isFirst, onFirst, readRecipe, estimateRun, RunFolder, trainRun } = await import("../../../train/index.ts");
  const recipe = await onFirst(world, () => readRecipe(path, set));
  if (estimate) {
    if (!isFirst(world)) return;
    const found = await estimateRun(recipe, { signal: signals.signal });
    const minutes = (found.seconds / 60).toFixed(1);
    const megabytes = Math.round(found.bytes / 2 ** 20);
    const words = {
      en: `${found.parameters.toLocaleString("en-US")} parameters, ${counted(recipe.budget.steps, "step")} of ${counted(found.tokensPerStep, "token")}, about ${minutes} minutes, ${megabytes} MB`,
      zh: `${found.parameters.toLocaleString("en-US")} 个参数，${recipe.budget.steps} 步，每步 ${found.tokensPerStep} 个词元，约 ${minutes} 分钟，${megabytes} MB`,
    };
    output.write(json ? `${JSON.stringify(found)}\n` : `${say(words)}\n`);
    return;
  }
  const folder = wanted ?? join("runs", recipe.name === "run" ? basename(path).replace(/\.\w+$/, "") : recipe.name);
  if (resume && isFirst(world) && (await new RunFolder(folder).recipe()) === undefined)
    errors.write(`${say({ en: `There is no run in "${folder}" yet: a new one begins.`, zh: `“${folder}”中还没有运行：将开始新的运行。` })}\n`);
  const line = new ProgressLine(errors);
  try {
    const run = await trainRun(recipe, {
      output: folder,
      resume,
      allowMismatch,
      world,
      signal: signals.signal,
      onData: ({ check }) => {
        const told = check === undefined ? undefined : checkLine(check);
        if (told !== undefined) errors.write(`${say(told)}\n`);
      },
      onEntry: trainingProgress(line, around),
    });
    line.end();
    if (!isFirst(world)) return;
    const best = run.best
      ? say({
          en: `best validation loss ${run.best.loss.toFixed(4)} at step ${run.best.step}`,
          zh: `最佳验证损失 ${run.best.loss.toFixed(4)}（第 ${run.best.step} 步）`,
        })
      : "";
    output.write(json ? `${JSON.stringify(run)}\n` : `${run.path}: ${best}\n${visible(run.sample)}\n`);
  } finally {
    line.end();
  }
}
