// Opening a model for a verb: the pull and the load, each with its progress, and a word when only the slow kernels are there.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InkstoneError } from "../core/index.ts";
import type { LoadOptions, TokenizingGenerator } from "../generate/index.ts";
import { type PullProgress, refuseOtherUse, resolveModel } from "../hub/index.ts";
import { ProgressLine, type Surroundings } from "./terminal.ts";

/**
 * Opens a model (also a run that was trained), fetching it first when it is not at hand. Progress goes to standard error.
 *
 * Errors: those of the hub and of `LanguageModel.open`.
 */
export async function openModel(given: string, options: LoadOptions, around: Surroundings): Promise<TokenizingGenerator> {
  refuseOtherUse(given, "chat");
  const line = new ProgressLine(around.errors);
  await requireWriter(given);
  const reference = await ofRun(given);
  try {
    const engine = import("../generate/index.ts"); // its code loads while the file is looked up
    engine.catch(() => undefined); // told below, unless the file fails first
    await resolveModel(reference, { signal: around.signals.signal, onProgress: pullReporter(line, around) });
    const { LanguageModel } = await engine;
    const label = around.say({ en: "Loading", zh: "正在加载" });
    const model = await LanguageModel.open(reference, {
      ...options,
      signal: around.signals.signal,
      onProgress: (fraction) => line.update(label, fraction, 1),
    });
    line.end();
    // Where it was not asked for, the executor has said so.
    if (model.information.executor === "reference" && process.env["INKSTONE_NATIVE"] === "off") around.errors.write(`${await slow(around)}\n`);
    return model;
  } finally {
    line.end();
  }
}

/** Whether a path is the folder of a run that `inkstone train` wrote. */
export const isRun = (given: string): boolean => existsSync(join(given, "recipe.json"));

/** Refuses a run that writes nothing behind a text, with the verb that asks it. Errors: `E_RUN_FOLDER`. */
async function requireWriter(given: string): Promise<void> {
  if (!isRun(given)) return;
  const { RunFolder } = await import("../train/index.ts");
  const architecture = (await new RunFolder(given).recipe())?.model.architecture;
  const ways = {
    "encoder-decoder": {
      en: `its encoder-decoder reads one text and writes another: inkstone translate --model ${given} TEXT`,
      zh: `它是 encoder-decoder，读入一段文本并写出另一段：inkstone translate --model ${given} 文本`,
    },
    bert: {
      en: `its bert fills [MASK] in a text: inkstone runs sample ${given} --prompt "… [MASK] …"`,
      zh: `它是 bert，填写文本中的 [MASK]：inkstone runs sample ${given} --prompt "…[MASK]…"`,
    },
  };
  if (architecture === "encoder-decoder" || architecture === "bert") throw new InkstoneError("E_RUN_FOLDER", { run: given, why: ways[architecture] });
}

/** A reference to a model; of a run that `inkstone train` wrote, the folder of what it exports. Errors: those of `modelOfRun`. */
export async function ofRun(given: string): Promise<string> {
  if (!isRun(given)) return given;
  const { modelOfRun } = await import("../train/index.ts");
  return (await modelOfRun(given)) ?? given;
}

/** One line that says why it is slow and what to install. */
async function slow({ say }: Surroundings): Promise<string> {
  const { nativeStatus, slowLine } = await import("../native/index.ts");
  const line = (language: "en" | "zh") => slowLine(language, nativeStatus(language).reason ?? "-");
  return say({ en: line("en"), zh: line("zh") });
}

/** Shows the progress of a pull. */
export function pullReporter(line: ProgressLine, { say }: Surroundings): (progress: PullProgress) => void {
  const labels: Readonly<Record<PullProgress["phase"], string>> = {
    waiting: say({ en: "Waiting for another pull", zh: "等待另一个下载" }),
    connecting: say({ en: "Connecting to", zh: "正在连接" }),
    downloading: say({ en: "Downloading from", zh: "正在下载" }),
    unpacking: say({ en: "Unpacking", zh: "正在解压" }),
    verifying: say({ en: "Verifying", zh: "正在校验" }),
    done: "",
  };
  return ({ phase, source, received, total }) => {
    if (phase === "done") line.end();
    else if (phase === "unpacking") line.update(labels.unpacking, received, total, "bytes");
    else if (phase === "connecting") line.update(`${labels[phase]} ${source}`, 0, undefined);
    else line.update(`${labels[phase]} ${source}`.trim(), received, total, "bytes");
  };
}
