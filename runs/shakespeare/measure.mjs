// What a run of tiny Shakespeare writes: node runs/shakespeare/measure.mjs RUN TEXT [CHARACTERS=10000]; needs a build.
// Prints how many of the words that it wrote stand in the training text, and how many of its 8-grams of words are copied from there; samples of 2,000 characters, temperature 1.
import { readFileSync } from "node:fs";
import { openRun } from "../../dist/train/index.js";

const [path, text, characters = "10000"] = process.argv.slice(2);
const wordsOf = (given) => given.toLowerCase().match(/[a-z']+/g) ?? [];
const gramsOf = (words) => words.slice(7).map((_, i) => words.slice(i, i + 8).join(" "));
const source = readFileSync(text, "utf8");
const { recipe, write } = await openRun(path).then((run) => ({ recipe: run.recipe, write: run.write.bind(run) }));
const learned = wordsOf(source.slice(0, Math.floor(source.length * (1 - recipe.data.validation))));
const [known, grams] = [new Set(learned), new Set(gramsOf(learned))];
const found = { words: 0, inText: 0, grams: 0, copied: 0 };
for (let seed = 0; seed * 2000 < Number(characters); seed++) {
  const words = wordsOf(await write("\n", 2000, seed));
  found.words += words.length;
  found.inText += words.filter((word) => known.has(word)).length;
  const own = gramsOf(words);
  found.grams += own.length;
  found.copied += own.filter((gram) => grams.has(gram)).length;
}
console.log(JSON.stringify({ ...found, share: Number((found.inText / found.words).toFixed(4)), copiedShare: Number((found.copied / found.grams).toFixed(4)) }));
