// BLEU and chrF of a run on Multi30k's validation split: node runs/multi30k/measure.mjs RUN FOLDER [BEAMS=4]; needs a build. FOLDER is what data.mjs wrote. sacreBLEU's own: 13a, cased.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bleu, chrf } from "#metrics";
import { Translator } from "../../dist/generate/index.js";

const [run, folder, beams = "4"] = process.argv.slice(2);
const rows = readFileSync(join(folder, "val.tsv"), "utf8").trimEnd().split("\n").slice(1).map((row) => row.split("\t"));
const translator = await Translator.open(run);
try {
  const began = performance.now();
  const written = await translator.translate(rows.map(([source]) => source), { beams: Number(beams) });
  const seconds = (performance.now() - began) / 1000;
  const references = rows.map(([, target]) => target);
  const [one, other] = [await bleu(written, references), await chrf(written, references)];
  console.log(JSON.stringify({ rows: rows.length, beams: Number(beams), bleu: one.score, chrF: other.score, seconds }));
  for (const i of [0, 1, 2]) console.log(`${rows[i][0]}\n-> ${written[i]}\n   ${rows[i][1]}`);
} finally {
  await translator.close();
}
