// The program: its verbs and its manners. Loads the file of one verb only, unless help is asked for. Knows no models.
import { Command } from "commander";
import { languageOf } from "../core/index.ts";
import { beginning, helpLayout } from "./help.ts";
import type { Words } from "./language.ts";
import { Quit, report } from "./report.ts";
import { exitOf, Signals } from "./signals.ts";
import type { Surroundings } from "./terminal.ts";
import type { Verb } from "./verbs/verb.ts";

const verbs: Readonly<Record<string, () => Promise<{ verb: Verb }>>> = {
  run: () => import("./verbs/models/run.ts"),
  serve: () => import("./verbs/service/serve.ts"),
  mcp: () => import("./verbs/service/mcp.ts"),
  ps: () => import("./verbs/service/ps.ts"),
  stop: () => import("./verbs/service/stop.ts"),
  keys: () => import("./verbs/service/keys.ts"),
  feedback: () => import("./verbs/service/feedback.ts"),
  config: () => import("./verbs/service/config.ts"),
  completion: () => import("./verbs/service/completion.ts"),
  pull: () => import("./verbs/models/pull.ts"),
  list: () => import("./verbs/models/list.ts"),
  show: () => import("./verbs/models/show.ts"),
  rm: () => import("./verbs/models/rm.ts"),
  doctor: () => import("./verbs/models/doctor.ts"),
  tokenize: () => import("./verbs/models/tokenize.ts"),
  clean: () => import("./verbs/text/clean.ts"),
  quantize: () => import("./verbs/models/quantize.ts"),
  perplexity: () => import("./verbs/models/perplexity.ts"),
  init: () => import("./verbs/training/init.ts"),
  tokenizer: () => import("./verbs/training/tokenizer.ts"),
  train: () => import("./verbs/training/train.ts"),
  finetune: () => import("./verbs/training/finetune.ts"),
  merge: () => import("./verbs/training/merge.ts"),
  tune: () => import("./verbs/training/tune.ts"),
  runs: () => import("./verbs/training/runs.ts"),
  export: () => import("./verbs/training/export.ts"),
  classify: () => import("./verbs/text/classify.ts"),
  "zero-shot": () => import("./verbs/text/zero-shot.ts"),
  evaluate: () => import("./verbs/text/evaluate.ts"),
  data: () => import("./verbs/text/data.ts"),
  legal: () => import("./verbs/apps/legal.ts"),
  medical: () => import("./verbs/apps/medical.ts"),
  write: () => import("./verbs/apps/write.ts"),
  tutor: () => import("./verbs/apps/tutor.ts"),
  translate: () => import("./verbs/apps/translate.ts"),
  moderate: () => import("./verbs/apps/moderate.ts"),
  pii: () => import("./verbs/apps/pii.ts"),
  insight: () => import("./verbs/apps/insight.ts"),
  support: () => import("./verbs/apps/support.ts"),
  kb: () => import("./verbs/apps/kb.ts"),
  embed: () => import("./verbs/models/embed.ts"),
  rerank: () => import("./verbs/models/rerank.ts"),
  transcribe: () => import("./verbs/text/transcribe.ts"),
  inspect: () => import("./verbs/text/inspect.ts"),
};

/**
 * Runs the command line of this process and says with which code to exit. Never throws.
 *
 * @param args what follows the program's name.
 */
export async function main(args: readonly string[]): Promise<number> {
  const language = languageOf(process.env);
  const debug = args.includes("--debug");
  const signals = new Signals();
  const say = (words: Words) => words[language];
  const around: Surroundings = { input: process.stdin, output: process.stdout, errors: process.stderr, language, signals, debug, say };
  try {
    const { applySettings, readSettings } = await import("./settings.ts");
    if (args[0] !== "config") applySettings(readSettings());
    await (await build(args, around)).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    const interrupted = signals.last !== undefined && !(error instanceof Quit);
    const code = interrupted && signals.signal.aborted ? exitOf[signals.last!] : report(error, process.stderr, { language, debug });
    return code;
  }
}

/** The long options of every verb, for completion. */
export async function verbOptions(): Promise<Readonly<Record<string, readonly string[]>>> {
  const say = (words: Words) => words.en;
  const around: Surroundings = {
    input: process.stdin,
    output: process.stdout,
    errors: process.stderr,
    language: "en",
    signals: new Signals(),
    debug: false,
    say,
  };
  const { commands } = await build([], around);
  return Object.fromEntries(commands.map((command) => [command.name(), command.options.flatMap(({ long }) => (long ? [long] : []))]));
}

async function build(args: readonly string[], around: Surroundings): Promise<Command> {
  const { say } = around;
  const program = quiet(new Command("inkstone"))
    .description(say({ en: "Language models on your own machine.", zh: "在自己的机器上运行语言模型。" }))
    .option("--debug", say({ en: "show where an error came from", zh: "显示出错位置" }))
    .version(await version(), "-V, --version", say({ en: "show the version", zh: "显示版本" }))
    .helpOption("-h, --help", say({ en: "show this help", zh: "显示帮助" }))
    .helpCommand(false)
    .enablePositionalOptions() // an option belongs to the verb that it follows
    .configureHelp(helpLayout(say))
    .addHelpText("after", beginning(say))
    .showSuggestionAfterError(true);
  const asked = args.find((arg) => !arg.startsWith("-")) ?? "";
  const wanted = Object.hasOwn(verbs, asked) ? [asked] : Object.keys(verbs);
  for (const name of wanted) {
    const { verb } = await verbs[name]();
    const command = quiet(program.command(name)).option("--debug", say({ en: "show where an error came from", zh: "显示出错位置" }));
    verb.define(command.helpOption("-h, --help", say({ en: "show this help", zh: "显示帮助" })), say, around);
  }
  return program;
}

// commander throws instead of exiting, and leaves the words to `report`.
function quiet(command: Command): Command {
  return command
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ writeErr: () => undefined, outputError: () => undefined });
}

async function version(): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return (JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }).version;
}
