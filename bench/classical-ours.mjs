// One run of ours: node bench/classical-ours.mjs FILE.json. The same work as peers/sklearn_peer.py. Prints one JSON line.
import { readFileSync } from "node:fs";
import { LinearSVC } from "../dist/classical/index.js";
import { TfidfVectorizer, VectorizerUnion } from "../dist/text/index.js";

const data = JSON.parse(readFileSync(process.argv[2], "utf8"));
const begin = performance.now();
const vectoriser =
  data.language === "zh"
    ? new TfidfVectorizer({ analyzer: "char", ngramRange: [1, 3], minDf: 2, sublinearTf: true })
    : new VectorizerUnion({
        words: new TfidfVectorizer({ ngramRange: [1, 2], sublinearTf: true }),
        characters: new TfidfVectorizer({ analyzer: "char_wb", ngramRange: [2, 5], minDf: 2, sublinearTf: true }),
      });
const x = vectoriser.fitTransform(data.train);
const middle = performance.now();
const model = await new LinearSVC().fit(x, data.trainLabels);
const end = performance.now();
const found = model.predict(vectoriser.transform(data.dev));

const rates = model.classes.map((label) => {
  let [both, guessed, there] = [0, 0, 0];
  for (const [i, own] of data.devLabels.entries()) {
    if (own === label) there++;
    if (found[i] === label) guessed++;
    if (own === label && found[i] === label) both++;
  }
  return guessed + there === 0 ? 0 : (2 * both) / (guessed + there);
});
const right = found.filter((label, i) => label === data.devLabels[i]).length;
console.log(
  JSON.stringify({
    columns: x.columns,
    vectoriseSeconds: (middle - begin) / 1000,
    modelSeconds: (end - middle) / 1000,
    fitSeconds: (end - begin) / 1000,
    accuracy: right / found.length,
    macroF1: rates.reduce((sum, rate) => sum + rate, 0) / rates.length,
  }),
);
