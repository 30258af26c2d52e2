// Multi30k's English and German as tables: node runs/multi30k/data.mjs SHARED-DATA FOLDER. Writes train.tsv and val.tsv with the columns source and target; white space within a sentence is one space.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const [shared, out] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const linesOf = (name) =>
  gunzipSync(readFileSync(join(shared, "translation/multi30k", `${name}.gz`))).toString("utf8").trimEnd().split("\n").map((line) => line.trim().replace(/\s+/gu, " "));
for (const part of ["train", "val"]) {
  const [source, target] = ["en", "de"].map((language) => linesOf(`${part}.${language}`));
  const rows = source.map((text, i) => `${text}\t${target[i]}\n`).filter((row) => !/^\t|\t\n$/.test(row));
  writeFileSync(join(out, `${part}.tsv`), `source\ttarget\n${rows.join("")}`);
  console.log(JSON.stringify({ part, rows: rows.length }));
}
