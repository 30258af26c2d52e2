// Quatrains of the Tang poems: node runs/poems/data.mjs SHARED-DATA OUT.txt. Every poem of 4, 8, 12 … lines that are all of five or all of seven characters gives its four-line parts,
// each as a text of its own: the length of its lines (五 or 七), then two couplets. A blank line ends it.
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
  for (let i = 0; i < couplets.length; i += 2) quatrains.add(`${marks[length]}\n${couplets[i]}\n${couplets[i + 1]}\n`);
}
writeFileSync(out, [...quatrains].join("\n"));
console.log(JSON.stringify({ poems: poems.length, quatrains: quatrains.size }));
