// What a run of poems writes: node runs/poems/measure.mjs RUN QUATRAINS.txt [POEMS=100]; needs a build. Half of the poems are asked for with lines of five characters, half with seven.
// Prints how many have four lines of just that length, what share of all their lines stand in the training text, and some of the poems.
import { readFileSync } from "node:fs";
import { openRun } from "../../dist/train/index.js";

const [path, texts, most = "100"] = process.argv.slice(2);
const linesOf = (text) => text.split(/[，。\n]/).filter((line) => line !== "");
const known = new Set(linesOf(readFileSync(texts, "utf8")));
const run = await openRun(path);
const poems = [];
for (let i = 0; i < Number(most); i++) {
  const length = i % 2 === 0 ? 5 : 7;
  const prompt = `\n${length === 5 ? "五" : "七"}\n`;
  // All that comes before the blank line which ends it.
  const [text] = (await run.write(prompt, 4 * (length + 1) + 4, 1000 + i)).slice(prompt.length).split("\n\n");
  poems.push({ length, text });
}
const isRight = ({ length, text }) => new RegExp(`^(\\p{Script=Han}{${length}}，\\p{Script=Han}{${length}}。\n?){2}$`, "u").test(text);
const lines = poems.flatMap(({ text }) => linesOf(text));
const copied = lines.filter((line) => known.has(line)).length;
console.log(
  JSON.stringify({ poems: poems.length, right: poems.filter(isRight).length, lines: lines.length, copied, share: Number((copied / lines.length).toFixed(4)) }),
);
for (const { text } of poems.slice(0, 6)) console.log(`${text}\n`);
