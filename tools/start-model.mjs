// Which model npm start begins with: under a Chinese locale the one that speaks Chinese, offered with its size; the small one where it is declined or cannot be had.
import { createInterface } from "node:readline/promises";

const small = "smollm2:135m";
const chinese = "qwen2.5:0.5b";

/** The name of the model. Asks only on a terminal; says in one line when it falls back. */
export async function modelFor({ input = process.stdin, output = process.stderr, env = process.env } = {}) {
  const [{ languageOf }, hub] = await Promise.all([import("../dist/core/index.js"), import("../dist/hub/index.js")]);
  if (languageOf(env) !== "zh") return small;
  if ((await hub.localPath(chinese)) !== undefined) return chinese;
  const { bytes } = hub.catalogue.find(({ name }) => name === chinese);
  const size = `${Math.round(bytes / 1e6)} MB`;
  if (!input.isTTY) {
    output.write(`使用较小的英文模型 ${small}；中文模型 ${chinese}（约 ${size}）可用 inkstone pull ${chinese} 下载。\n`);
    return small;
  }
  const lines = createInterface({ input, output });
  const answer = await lines.question(`中文模型 ${chinese}（约 ${size}）尚未下载，现在下载吗？[Y/n] `).catch(() => "n");
  lines.close();
  if (/^n/i.test(answer.trim())) {
    output.write(`改用较小的英文模型 ${small}。\n`);
    return small;
  }
  try {
    await hub.pullModel(chinese, { onProgress: ({ received, total }) => output.write(total ? `\r${Math.floor((100 * received) / total)} %` : "") });
    output.write("\n");
    return chinese;
  } catch (error) {
    output.write(`\n无法下载 ${chinese}（${error.describe?.("zh").message ?? error.message}），改用较小的英文模型 ${small}。\n`);
    return small;
  }
}
