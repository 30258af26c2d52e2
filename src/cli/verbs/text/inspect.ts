// inspect MODEL: what is inside, the words nearest to one, maps, vectors as files, attention, and why it says what it says.
import { InkstoneError } from "../../../core/index.ts";
import { writeFileDurably, writeFolderDurably } from "../../../formats/index.ts";
import type { Inspected } from "../../../pipelines/index.ts";
import { addFlags, type InspectFlags, type Question, questionOf } from "../../inspect/flags.ts";
import { refuseExisting } from "../../outputs.ts";
import { ProgressLine, type Surroundings, shown } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

/** The verb `inspect`. Errors: E_USAGE, E_OPTION, E_INPUT_*, E_IO_CREATE, those of `openInspected` and of durable writes. */
export const verb: Verb = {
  name: "inspect",
  define(command, say, around) {
    addFlags(
      command
        .summary(say({ en: "look inside a model: words, maps, attention, reasons", zh: "查看模型内部：词向量、分布图、注意力、依据" }))
        .description(
          say({
            en: "Looks inside a model. Without a question: what it is made of. With one: what its vectors, its attention or its gradients say.",
            zh: "查看模型内部。不带问题时显示其构成；带问题时显示其向量、注意力或梯度的含义。",
          }),
        )
        .argument(
          "<model>",
          say({
            en: "a classifier's file, a folder saved by SequenceToSequence or Sequential, a .gguf file, a catalogue or hub name",
            zh: "分类器文件、SequenceToSequence 或 Sequential 保存的文件夹、.gguf 文件、内置模型名或 hub 名",
          }),
        ),
      say,
    ).action((reference: string, flags: InspectFlags) => inspect(reference, flags, around));
  },
};

async function inspect(reference: string, flags: InspectFlags, around: Surroundings): Promise<void> {
  const question = questionOf(flags);
  const path = flags.map ?? flags.out;
  if (path !== undefined) await refuseExisting([path], flags.force ?? false);
  const model = await open(reference, flags, around);
  try {
    const answer = question ? await answers[question](model, flags, around) : await facts(model, around);
    const { output } = around;
    output.write(flags.json ? `${JSON.stringify(answer.json)}\n` : shown(answer.text, output));
  } finally {
    model.dispose();
  }
}

async function open(reference: string, { tokenizer }: InspectFlags, around: Surroundings): Promise<Inspected> {
  const { openInspected } = await import("../../../pipelines/index.ts");
  const { pullReporter } = await import("../../model.ts");
  const line = new ProgressLine(around.errors);
  try {
    return await openInspected(reference, { tokenizer, signal: around.signals.signal, onProgress: pullReporter(line, around) });
  } finally {
    line.end();
  }
}

interface Answer {
  readonly text: string;
  readonly json: unknown;
}

async function facts(model: Inspected, { say }: Surroundings): Promise<Answer> {
  const { factsText } = await import("../../inspect/facts.ts");
  return { text: factsText(model, say), json: model.facts };
}

type Answering = (model: Inspected, flags: InspectFlags, around: Surroundings) => Promise<Answer>;

const answers: Readonly<Record<Question, Answering>> = { nearest, similarity, map, export: exported, attention, why };

async function nearest(model: Inspected, flags: InspectFlags, { signals, say }: Surroundings): Promise<Answer> {
  const { findVectors } = await import("../../inspect/vectors.ts");
  const word = flags.nearest as string;
  const found = await findVectors(model, flags, { option: "--nearest", asked: [word], signal: signals.signal });
  const neighbours = found.vectors.nearest(found.asked[0], flags.count ?? 10);
  const looked = found.vectors.names.length;
  const limit = looked < found.of ? `${limited(looked, found.of, say)}\n` : "";
  return {
    text: `${neighbours.map(({ name, similarity: near }) => `${near.toFixed(4)}  ${spaced(name)}`).join("\n")}\n${limit}`,
    json: { word: found.asked[0], what: found.what, neighbours, looked, of: found.of },
  };
}

// Of tokens that differ in a blank alone, each is told as what it is.
const spaced = (name: string): string => (name === name.trim() ? name : JSON.stringify(name));

const limited = (looked: number, of: number, say: Surroundings["say"]): string =>
  say({
    en: `(among ${looked.toLocaleString("en")} of ${of.toLocaleString("en")} tokens: --tokens looks at more)`,
    zh: `（在 ${of.toLocaleString("en")} 个词元中查看了 ${looked.toLocaleString("en")} 个：用 --tokens 查看更多）`,
  });

async function similarity(model: Inspected, flags: InspectFlags, { signals }: Surroundings): Promise<Answer> {
  const { findVectors } = await import("../../inspect/vectors.ts");
  const found = await findVectors(model, flags, { option: "--similarity", asked: flags.similarity as string[], count: 0, signal: signals.signal });
  const [a, b] = found.asked;
  const cosine = found.vectors.similarity(a, b);
  return { text: `${cosine.toFixed(4)}\n`, json: { a, b, what: found.what, similarity: cosine } };
}

async function map(model: Inspected, flags: InspectFlags, { signals, say }: Surroundings): Promise<Answer> {
  const [{ findVectors }, { mapPicture }] = await Promise.all([import("../../inspect/vectors.ts"), import("../../inspect/pictures.ts")]);
  const asked = (flags.words?.split(",") ?? []).map((word) => word.trim()).filter((word) => word !== "");
  const count = asked.length > 0 ? 0 : (flags.count ?? 100);
  const found = await findVectors(model, flags, { option: "--words", asked, count, signal: signals.signal });
  const { svg, explained } = mapPicture(found, model.facts.name, say);
  const path = flags.map as string;
  await writeFileDurably(path, svg);
  const many = found.vectors.names.length;
  const rest =
    many < found.of && asked.length === 0
      ? say({ en: ` (of ${found.of}: --count or --words for others)`, zh: `（共 ${found.of} 个：用 --count 或 --words 选择）` })
      : "";
  const things = found.what === "tokens" ? say({ en: "words", zh: "个词" }) : say({ en: "sentences", zh: "个句子" });
  return {
    text: say({ en: `Map of ${many} ${things}${rest}: ${path}\n`, zh: `${many} ${things}的分布图${rest}：${path}\n` }),
    json: { output: path, what: found.what, names: many, of: found.of, explained },
  };
}

async function exported(model: Inspected, flags: InspectFlags, { signals, say }: Surroundings): Promise<Answer> {
  const { findVectors } = await import("../../inspect/vectors.ts");
  const found = await findVectors(model, flags, { option: "--export", asked: [], signal: signals.signal });
  const path = flags.out as string;
  const { vectors } = found;
  if (flags.export === "word2vec") await writeFileDurably(path, vectors.toWord2VecText());
  else {
    const { vectors: rows, metadata } = vectors.toProjector();
    await writeFolderDurably(
      path,
      new Map([
        ["vectors.tsv", rows],
        ["metadata.tsv", metadata],
      ]),
    );
  }
  const many = vectors.names.length;
  const limit = many < found.of ? ` ${limited(many, found.of, say)}` : "";
  return {
    text: say({ en: `${many} vectors of ${vectors.width}: ${path}${limit}\n`, zh: `${many} 个宽 ${vectors.width} 的向量：${path}${limit}\n` }),
    json: { output: path, what: found.what, names: many, width: vectors.width, of: found.of },
  };
}

async function attention(model: Inspected, flags: InspectFlags, { say }: Surroundings): Promise<Answer> {
  const [{ cannot }, { attentionPicture }] = await Promise.all([import("../../inspect/vectors.ts"), import("../../inspect/pictures.ts")]);
  if (model.attention === undefined) throw cannot(model, "--attention");
  const seen = await model.attention(given(flags.attention));
  const { svg, layer, values } = attentionPicture(seen, flags.layer, flags.head, say);
  const path = flags.out as string;
  await writeFileDurably(path, svg);
  const { source, target } = seen;
  return { text: `${written(target)}: ${path}\n`, json: { output: path, source, target, layer, head: flags.head ?? "mean", weights: values } };
}

async function why(model: Inspected, flags: InspectFlags, { say }: Surroundings): Promise<Answer> {
  const [{ cannot }, { whyPicture }] = await Promise.all([import("../../inspect/vectors.ts"), import("../../inspect/pictures.ts")]);
  if (model.why === undefined) throw cannot(model, "--why");
  const found = await model.why(given(flags.why));
  const path = flags.out as string;
  await writeFileDurably(path, whyPicture(found, say));
  const { source, target, weights } = found;
  return { text: `${written(target)}: ${path}\n`, json: { output: path, source, target, weights: weights.map((row) => [...row]) } };
}

const written = (target: readonly string[]): string => target.filter((token) => token !== "</s>").join(" ");

function given(text: string | undefined): string {
  if (text?.trim()) return text;
  throw new InkstoneError("E_INPUT_EMPTY", { what: { en: "the text", zh: "文本" } });
}
