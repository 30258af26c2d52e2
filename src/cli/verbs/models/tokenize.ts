// inkstone tokenize MODEL_OR_FILE [TEXT | -]: token ids of a text.

import { stat } from "node:fs/promises";
import { InkstoneError } from "../../../core/index.ts";
import type { Tokenizer } from "../../../text/index.ts";
import { readAll } from "../../input.ts";
import { ofRun } from "../../model.ts";
import { jsonOption } from "../../options.ts";
import { visible } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

/** The verb `tokenize`. Errors: E_USAGE, E_INPUT_SIZE, those of `resolveModel` and `loadTokenizer`. */
export const verb: Verb = {
  name: "tokenize",
  define(command, say, around) {
    command
      .summary(say({ en: "show the tokens of a text", zh: "显示文本的词元" }))
      .description(say({ en: "Shows the token ids of a text. Nothing is added: no BOS, no EOS.", zh: "显示文本的词元编号，不添加 BOS/EOS。" }))
      .argument("<model-or-file>", say({ en: "a model, a .gguf file, or a tokenizer.json", zh: "模型、.gguf 文件或 tokenizer.json" }))
      .argument("[text]", say({ en: "the text; - or none reads standard input", zh: "文本；- 或省略则读取标准输入" }))
      .option("--special", say({ en: "special tokens written in the text count", zh: "文本中的特殊词元生效" }))
      .addOption(jsonOption(say))
      .action(async (reference: string, given: string | undefined, { json, special }: { json?: boolean; special?: boolean }) => {
        const { input, output, signals } = around;
        if (given === undefined && input.isTTY) throw new InkstoneError("E_USAGE", { why: { en: "a text is missing.", zh: "缺少文本。" } });
        const text = given === undefined || given === "-" ? await readAll(input) : given;
        const tokenizer = await openTokenizer(reference, signals.signal);
        const ids = tokenizer.encode(text, { special: special === true });
        const tokens = tokenizer.tokens(ids);
        output.write(json ? `${JSON.stringify({ ids: [...ids], tokens })}\n` : ids.map((id, i) => `${id}\t${onOneLine(tokens[i])}\n`).join(""));
        tokenizer.dispose();
      });
  },
};

const onOneLine = (token: string) => visible(token).replace(/[\n\t]/g, (character) => (character === "\n" ? "\\n" : "\\t"));

async function openTokenizer(reference: string, signal: AbortSignal): Promise<Tokenizer> {
  const [{ loadTokenizer }, { openExecutor }, { resolveModel }] = await Promise.all([
    import("../../../text/index.ts"),
    import("../../../native/index.ts"),
    import("../../../hub/index.ts"),
  ]);
  const isFile = await stat(reference).then(
    (found) => found.isFile(),
    () => false,
  );
  const { path, companions = {} } = isFile ? { path: reference } : await resolveModel(await ofRun(reference), { signal });
  return loadTokenizer(companions["tokenizer.json"] ?? companions["vocab.spm"] ?? path, openExecutor({ threads: 1 }));
}
