// What a run of poems writes: node runs/poems/measure.mjs RUN FOLDER [TEMPERATURE=0.7] [POEMS=100]; needs a build. Half of the poems are asked for with lines of five characters, half with seven.
// Prints how many have four lines of just that length, what share of all their lines stand in the training text, and some of the poems.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openRun } from "../../dist/train/index.js";

const [path, folder, temperature = "0.7", most = "100"] = process.argv.slice(2);
const linesOf = (text) => text.split(/[，。\n]/).filter((line) => line !== "");
const rows = ["fives", "sevens"].flatMap((name) => readFileSync(join(folder, `${name}.jsonl`), "utf8").trim().split("\n"));
const known = new Set(rows.flatMap((row) => linesOf(JSON.parse(row).text)));
const run = await openRun(path);
const poems = [];
for (let i = 0; i < Number(most); i++) {
  const length = i % 2 === 0 ? 5 : 7;
  const prompt = `${length === 5 ? "五" : "七"}\n`;
  const text = (await run.write(prompt, 4 * (length + 1) + 4, { seed: 1000 + i, temperature: Number(temperature) })).slice(prompt.length);
  poems.push({ length, text });
}
const isRight = ({ length, text }) => new RegExp(`^(\\p{Script=Han}{${length}}，\\p{Script=Han}{${length}}。\n?){2}$`, "u").test(text);
const lines = poems.flatMap(({ text }) => linesOf(text));
const copied = lines.filter((line) => known.has(line)).length;
console.log(
  JSON.stringify({ poems: poems.length, right: poems.filter(isRight).length, lines: lines.length, copied, share: Number((copied / lines.length).toFixed(4)) }),
);
for (const { text } of poems.slice(0, 6)) console.log(`${text}\n`);
