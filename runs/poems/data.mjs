// Quatrains of the Tang poems: node runs/poems/data.mjs SHARED-DATA FOLDER. Every poem of 4, 8, 12 … lines that are all of five or all of seven characters gives its four-line parts,
// each as a document of its own: the length of its lines (五 or 七), then two couplets. fives.jsonl and sevens.jsonl hold them, so that a recipe can weigh them.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [shared, out] = process.argv.slice(2);
const poems = ["poet.tang.0.json", "poet.tang.1000.json"].flatMap((name) =>
  JSON.parse(readFileSync(join(shared, "language-modelling/chinese-poetry", name), "utf8")),
);
const marks = { 5: "五", 7: "七" };
const quatrains = new Set();
for (const { paragraphs } of poems) {
  const couplets = paragraphs.map((text) => text.trim());
  const length = Object.keys(marks).find((n) => couplets.every((text) => new RegExp(`^\\p{Script=Han}{${n}}，\\p{Script=Han}{${n}}。$`, "u").test(text)));
  if (length === undefined || couplets.length % 2 === 1) continue;
  for (let i = 0; i < couplets.length; i += 2) quatrains.add(`${marks[length]}\n${couplets[i]}\n${couplets[i + 1]}`);
}
for (const [length, name] of [[5, "fives"], [7, "sevens"]]) {
  const own = [...quatrains].filter((text) => text.startsWith(marks[length]));
  writeFileSync(join(out, `${name}.jsonl`), own.map((text) => `${JSON.stringify({ text })}\n`).join(""));
  console.log(JSON.stringify({ poems: poems.length, [name]: own.length }));
}
