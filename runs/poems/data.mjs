// Quatrains of the Tang poems: node runs/poems/data.mjs SHARED-DATA OUT.txt. Every poem of 4, 8, 12 … lines that are all of five or all of seven characters gives its four-line parts,
// each as a text of its own: the length of its lines (五 or 七), then two couplets. A blank line ends it. Beside them stand quatrains of two couplets
// that were drawn by a seed, so many that there are as many of sevens as of fives, and of each as many as there are poems' parts: they are no poems, but form is to be learnt from them. All are in an order that was drawn.
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
// A small generator of numbers below n.
let state = 1;
const below = (n) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
};
const texts = [...quatrains];
for (const mark of Object.values(marks)) {
  const own = [...quatrains].filter((text) => text.startsWith(mark));
  const couplets = own.flatMap((text) => text.split("\n").slice(1, 3));
  for (let i = own.length; i < quatrains.size; i++) texts.push(`${mark}\n${couplets[below(couplets.length)]}\n${couplets[below(couplets.length)]}\n`);
}
for (let i = texts.length - 1; i > 0; i--) {
  const j = below(i + 1);
  [texts[i], texts[j]] = [texts[j], texts[i]];
}
writeFileSync(out, texts.join("\n"));
console.log(JSON.stringify({ poems: poems.length, quatrains: quatrains.size, texts: texts.length }));
