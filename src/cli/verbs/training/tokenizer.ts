// inkstone tokenizer train|show|compare: learns a tokenizer from texts, looks at one, compares several.
import { Argument, Option } from "commander";
import { counted, InkstoneError } from "../../../core/index.ts";
import { writeFileDurably } from "../../../formats/index.ts";
import type { Tokenizer, TokenizerKind, TrainTokenizerOptions } from "../../../text/index.ts";
import { jsonOption, numberOption } from "../../options.ts";
import { refuseExisting } from "../../outputs.ts";
import { tableOf } from "../../table.ts";
import { ProgressLine, type Surroundings, visible } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

interface Flags {
  readonly output: string;
  readonly kind: TokenizerKind;
  readonly size: number;
  readonly minimum?: number;
  readonly special: readonly string[];
  readonly pattern?: TrainTokenizerOptions["pattern"];
  readonly alphabet?: number;
  readonly longest?: number;
  readonly byteFallback?: boolean;
  readonly cased?: boolean;
  readonly column?: string;
  readonly encoding?: string;
  readonly on: readonly string[];
  readonly tokens: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

const collected = (one: string, all: readonly string[]): readonly string[] => [...all, one];
const kinds: readonly TokenizerKind[] = ["byte-level", "characters", "wordpiece", "unigram"];

/** The verb `tokenizer`. Errors: those of `trainTokenizer`, `textPieces`, `loadTokenizer`; E_USAGE, E_IO_CREATE. */
export const verb: Verb = {
  name: "tokenizer",
  define(command, say, around) {
    command
      .summary(say({ en: "train a tokenizer, show one, compare several", zh: "训练、查看或比较分词器" }))
      .description(
        say({
          en: "train FILES…: learns a tokenizer from texts and writes a tokenizer.json. show TOKENIZER: what it holds. compare TOKENIZERS… --on TEXTS: tokens a word, bytes a token, coverage.",
          zh: "train 文件…：从文本学习分词器并写出 tokenizer.json。show 分词器：查看其内容。compare 分词器… --on 文本：每词词元数、每词元字节数与覆盖率。",
        }),
      )
      .addArgument(new Argument("<what>", say({ en: "what to do", zh: "操作" })).choices(["train", "show", "compare"]))
      .argument(
        "<paths...>",
        say({ en: "texts or folders of them (train); tokenizers (show, compare)", zh: "文本或其文件夹（train）；分词器（show、compare）" }),
      )
      .option("--output <file>", say({ en: "the file that train writes", zh: "train 写入的文件" }), "tokenizer.json")
      .addOption(new Option("--kind <kind>", say({ en: "what is learnt", zh: "分词器类型" })).choices([...kinds]).default("byte-level"))
      .addOption(numberOption("--size <n>", say({ en: "tokens in all", zh: "词元总数" }), { least: 1, most: 1 << 20, whole: true }).default(32_000))
      .addOption(
        numberOption(
          "--minimum <n>",
          say({ en: "pairs that stand less often are not merged (default: 2)", zh: "出现次数低于此值的不合并（默认：2）" }),
          {
            least: 1,
            most: 2 ** 31 - 1,
            whole: true,
          },
        ),
      )
      .option("--special <token>", say({ en: "a special token; may be given several times", zh: "特殊词元；可多次给出" }), collected, [])
      .addOption(
        new Option("--pattern <name>", say({ en: "how byte-level texts are cut", zh: "字节级文本的切分方式" })).choices([
          "gpt-2",
          "qwen2",
          "llama-bpe",
          "gpt-4o",
        ]),
      )
      .addOption(
        numberOption("--alphabet <n>", say({ en: "most characters that become tokens", zh: "成为词元的字符上限" }), {
          least: 1,
          most: 1 << 20,
          whole: true,
        }),
      )
      .addOption(
        numberOption("--longest <n>", say({ en: "most characters of a token", zh: "词元的最大字符数" }), { least: 2, most: 1 << 20, whole: true }),
      )
      .option("--byte-fallback", say({ en: "characters without a token become their bytes", zh: "无词元的字符以字节表示" }))
      .option("--cased", say({ en: "wordpiece: keep capitals and accents", zh: "wordpiece：保留大小写与重音" }))
      .option("--column <name>", say({ en: 'the column with the text (default: "text")', zh: "文本所在列（默认：“text”）" }))
      .option("--encoding <name>", say({ en: "of the texts, where it is not UTF-8", zh: "文本的编码（非 UTF-8 时）" }))
      .option(
        "--on <texts>",
        say({ en: "texts on which compare looks; may be given several times", zh: "compare 使用的文本；可多次给出" }),
        collected,
        [],
      )
      .addOption(
        numberOption("--tokens <n>", say({ en: "tokens that show lists", zh: "show 列出的词元数" }), {
          least: 0,
          most: 1 << 20,
          whole: true,
        }).default(20),
      )
      .option("--force", say({ en: "replace a file that is there", zh: "覆盖已有文件" }))
      .addOption(jsonOption(say))
      .action(async (what: string, paths: string[], flags: Flags) => {
        if (what === "train") await train(paths, flags, around);
        else if (what === "show") await show(paths, flags, around);
        else await compare(paths, flags, around);
      });
  },
};

async function train(paths: readonly string[], flags: Flags, { output, errors, signals, say }: Surroundings): Promise<void> {
  await refuseExisting([flags.output], flags.force ?? false);
  const [{ trainTokenizer }, { textFiles }] = await Promise.all([import("../../../text/index.ts"), import("../../../data/index.ts")]);
  const files = await textFiles(paths);
  const line = new ProgressLine(errors);
  try {
    const made = await trainTokenizer(textsOf(files, flags, signals.signal), {
      kind: flags.kind,
      vocabularySize: flags.size,
      minimumCount: flags.minimum,
      specialTokens: flags.special.length > 0 ? flags.special : undefined,
      pattern: flags.pattern,
      alphabetLimit: flags.alphabet,
      longest: flags.longest,
      byteFallback: flags.byteFallback,
      lowercase: flags.cased ? false : undefined,
      signal: signals.signal,
      onProgress: ({ stage, done, total }) => {
        if (stage === "learn") line.update(say({ en: "Learning", zh: "正在学习" }), done, total);
        else line.update(say({ en: "Counting words", zh: "正在统计词语" }), done, 0, "bytes");
      },
    });
    line.end();
    await writeFileDurably(flags.output, made.json);
    const { json: _json, ...told } = made;
    const words = {
      en: `${flags.output}: ${counted(made.vocabularySize, "token")} from ${counted(made.words, "word")}`,
      zh: `${flags.output}：从 ${made.words.toLocaleString("en-US")} 个词学得 ${made.vocabularySize} 个词元`,
    };
    output.write(flags.json ? `${JSON.stringify({ file: flags.output, ...told })}\n` : `${say(words)}\n`);
  } finally {
    line.end();
  }
}

async function* textsOf(files: readonly string[], { column, encoding }: Flags, signal: AbortSignal): AsyncGenerator<string> {
  const { textPieces } = await import("../../../data/index.ts");
  for await (const { text } of textPieces(files, { column, encoding, signal })) yield text;
}

async function open(path: string): Promise<Tokenizer> {
  const [{ loadTokenizer }, { openExecutor }] = await Promise.all([import("../../../text/index.ts"), import("../../../native/index.ts")]);
  return loadTokenizer(path, openExecutor());
}

const escaped = (token: string) => visible(token).replaceAll("\n", "\\n").replaceAll("\t", "\\t");

async function show(paths: readonly string[], { tokens: count, json }: Flags, { output, say }: Surroundings): Promise<void> {
  for (const path of paths) {
    const tokenizer = await open(path);
    const size = tokenizer.vocabularySize;
    const texts = tokenizer.tokens(Array.from({ length: size }, (_, id) => id));
    const special = [...tokenizer.specialIds].map((id) => ({ id, token: texts[id] }));
    const longest = texts.map((token, id) => ({ id, token })).filter(({ id }) => !tokenizer.specialIds.has(id));
    longest.sort((a, b) => b.token.length - a.token.length || a.id - b.id);
    const found = { file: path, vocabularySize: size, special, longest: longest.slice(0, count), last: texts.slice(-count) };
    tokenizer.dispose();
    if (json) {
      output.write(`${JSON.stringify(found)}\n`);
      continue;
    }
    const line = (words: { readonly en: string; readonly zh: string }, tokens: readonly string[]) =>
      output.write(`${say(words)}: ${tokens.map((token) => JSON.stringify(escaped(token))).join(" ")}\n`);
    output.write(`${path}: ${say({ en: counted(size, "token"), zh: `${size} 个词元` })}\n`);
    line(
      { en: "special", zh: "特殊" },
      special.map(({ token }) => token),
    );
    line(
      { en: "longest", zh: "最长" },
      found.longest.map(({ token }) => token),
    );
    line({ en: "last learnt", zh: "最后学得" }, found.last);
  }
}

async function compare(paths: readonly string[], flags: Flags, { output, signals, say }: Surroundings): Promise<void> {
  if (flags.on.length === 0)
    throw new InkstoneError("E_USAGE", { why: { en: "name texts to compare on: --on FILE", zh: "请用 --on 文件 指定用于比较的文本" } });
  const [{ tokenizerFit }, { textFiles }] = await Promise.all([import("../../../text/index.ts"), import("../../../data/index.ts")]);
  const files = await textFiles(flags.on);
  const rows = [];
  for (const path of paths) {
    const tokenizer = await open(path);
    const fits = await tokenizerFit(tokenizer, textsOf(files, flags, signals.signal), { signal: signals.signal });
    rows.push({ tokenizer: path, vocabularySize: tokenizer.vocabularySize, languages: fits });
    tokenizer.dispose();
  }
  if (flags.json) {
    output.write(`${JSON.stringify(rows)}\n`);
    return;
  }
  const head = [
    say({ en: "tokenizer", zh: "分词器" }),
    say({ en: "tokens", zh: "词元数" }),
    say({ en: "writing", zh: "书写系统" }),
    say({ en: "tokens a word", zh: "词元/词" }),
    say({ en: "bytes a token", zh: "字节/词元" }),
    say({ en: "coverage", zh: "覆盖率" }),
  ];
  const cells = rows.flatMap(({ tokenizer, vocabularySize, languages }) =>
    languages.map(({ language, fertility, bytesPerToken, coverage }) => [
      ...[tokenizer, String(vocabularySize), language],
      ...[fertility.toFixed(3), bytesPerToken.toFixed(3), `${(100 * coverage).toFixed(2)} %`],
    ]),
  );
  output.write(tableOf([head, ...cells]));
}
