// The text formats of fuzz.mjs: how each is read, and small whole files to begin with. Rows are read twice, cut at other places: what comes out must be the same.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { htmlText, markdownSections, readConll, readLabelStudio, readSquad, readWikipedia, wikiPlainText } from "../../dist/data/index.js";
import { work as docxWork } from "../../dist/data/examples/docx-work.js";
import { work as pdfWork } from "../../dist/data/examples/pdf-work.js";
import { JsonElementReader, JsonLineReader, LineReader, TableReader, zipBytes } from "../../dist/formats/index.js";
import { Dense } from "../../dist/nn/index.js";
import { TextClassifier } from "../../dist/pipelines/index.js";
import { tokenizerFromJson, trainTokenizer } from "../../dist/text/index.js";
import { loadLayersModel, Sequential } from "../../dist/train/index.js";

const folder = mkdtempSync(join(tmpdir(), "fuzz-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const text = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");

// All rows, or the first error, of a file that came in pieces of these lengths.
function rowsOf(reader, bytes, length) {
  const rows = [];
  try {
    for (let at = 0; at < bytes.length; at += length) for (const row of reader.push(bytes.subarray(at, at + length))) rows.push(row);
    for (const row of reader.end()) rows.push(row);
  } catch (error) {
    return { rows, error };
  }
  return { rows };
}

const cutAnywhere = (make) => (bytes) => {
  const [one, other] = [rowsOf(make(), bytes, bytes.length || 1), rowsOf(make(), bytes, 1 + (bytes.length % 7))];
  const told = ({ rows, error }) => JSON.stringify([rows, error?.code, error?.parameters]);
  if (told(one) !== told(other)) throw new Error(`cut elsewhere it is another file: ${told(one)} / ${told(other)}`);
  if (one.error) throw one.error;
};

const all = async (rows) => {
  for await (const _ of rows);
};
const inFile = (name, read) => async (bytes) => {
  writeFileSync(join(folder, name), bytes);
  await read(join(folder, name));
};

const layers = join(folder, "layers");
const partOf = (name) => async (bytes) => {
  const whole = readFileSync(join(layers, name));
  writeFileSync(join(layers, name), bytes);
  try {
    (await loadLayersModel(layers)).dispose?.();
  } finally {
    writeFileSync(join(layers, name), whole);
  }
};

/** How each format is read. */
export const textReaders = {
  lines: cutAnywhere(() => new LineReader()),
  csv: cutAnywhere(() => new TableReader()),
  tsv: cutAnywhere(() => new TableReader({ delimiter: "\t" })),
  jsonl: cutAnywhere(() => new JsonLineReader()),
  json: cutAnywhere(() => new JsonElementReader()),
  html: (bytes) => void htmlText(text(bytes)),
  markdown: (bytes) => markdownSections(text(bytes)),
  wikitext: (bytes) => void wikiPlainText(text(bytes)),
  wikipedia: inFile("a.xml", (path) => all(readWikipedia(path))),
  squad: inFile("a.squad.json", (path) => all(readSquad(path))),
  "label-studio": inFile("a.studio.json", (path) => all(readLabelStudio(path))),
  conll: inFile("a.conll", (path) => all(readConll(path))),
  "tokenizer-json"(bytes) {
    const tokenizer = tokenizerFromJson(text(bytes));
    tokenizer.encode("the ink 墨 <s>");
    tokenizer.dispose();
  },
  classifier(bytes) {
    return TextClassifier.fromJSON(JSON.parse(text(bytes))).classify("good ink");
  },
  "layers-settings": partOf("config.json"),
  "layers-weights": partOf("model.safetensors"),
  docx: inFile("a.docx", (path) => all(docxWork({ path, file: "a.docx", maxBytes: 1 << 20 }))),
  pdf: inFile("a.pdf", (path) => all(pdfWork({ path, file: "a.pdf", maxBytes: 1 << 20, maxPages: 20 }))),
};

const rows = [
  { text: 'The ink, "black" and wet', label: "good", n: 1.5 },
  { text: "墨\n砚台 😀", label: "bad", n: null },
  { text: "", label: "=1+1", more: { deep: [1, [2, { a: true }]] } },
];
const csv = (delimiter) => `\ufefftext${delimiter}label${delimiter}n\r\n"The ink, ""black"""${delimiter}good${delimiter}1.5\r\n"墨\n砚台"${delimiter}bad${delimiter}\n${delimiter}x${delimiter}y\n`;
const html = `<!doctype html><title>Ink &amp; stone</title><p class=a>Black <b>wet<i>ink</b></i><br><script>let x = "<p>";</script><table><tr><td>1<td>2</table><!-- no --><ul><li>a<li>b</ul>&#x58a8;&copy &nosuch;<textarea><p></textarea>`;
const markdown = "---\na: b\n---\n# Ink\n\nIt is *black* and `wet`.\n\n> quoted\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```js\nlet x;\n```\n\n## Stone [link](http://a.b) <b>x</b>\n";
const wiki = "'''Ink''' is {{lang|zh|[[墨]]}} [[File:a.png|thumb|a [[b]]]] <ref name=x>no</ref>\n== Stone ==\n* one\n{| class=x\n|-\n| cell || other\n|}\n<math>x^2</math> [http://a.b label] <!-- no --> &nbsp;end";
const wikipedia = `<mediawiki xml:lang="en"><siteinfo><base>x</base></siteinfo><page><title>Ink</title><ns>0</ns><id>1</id><revision><id>2</id><text bytes="3" xml:space="preserve">${wiki.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text></revision></page><page><title>R</title><ns>0</ns><redirect title="Ink" /><revision><text/></revision></page></mediawiki>`;
const squad = JSON.stringify({ version: "2.0", data: [{ title: "Ink", paragraphs: [{ context: "Ink is black.", qas: [{ id: "1", question: "What is black?", answers: [{ text: "Ink", answer_start: 0 }], is_impossible: false }, { id: "2", question: "Who?", answers: [], is_impossible: true }] }] }] });
const studio = JSON.stringify([{ id: 1, data: { text: "Ink is black." }, annotations: [{ was_cancelled: false, result: [{ from_name: "label", to_name: "text", type: "labels", value: { start: 0, end: 3, text: "Ink", labels: ["THING"] } }, { type: "choices", value: { choices: ["good"] } }] }] }]);
const conll = "-DOCSTART- -X- O\n\nInk NN B-THING\nis VB O\n墨 NN I-THING\n\nStone\tNN\tO\n";

const docx = () =>
  zipBytes(
    new Map([
      ["[Content_Types].xml", Buffer.from('<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>')],
      ["_rels/.rels", Buffer.from('<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>')],
      ["word/document.xml", Buffer.from('<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>Ink is black.</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>墨</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>')],
    ]),
  );

function pdf() {
  const stream = "BT /F1 12 Tf 10 20 Td (Ink is black) Tj ET";
  const objects = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>", `<</Length ${stream.length}>>stream\n${stream}\nendstream`, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"];
  let file = "%PDF-1.4\n";
  const places = objects.map((object, i) => {
    const at = file.length;
    file += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = places.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  return `${file}xref\n0 6\n0000000000 65535 f \n${table}trailer<</Size 6/Root 1 0 R>>\nstartxref\n${file.length}\n%%EOF`;
}

/** Files to begin with, by format. Made for those that are wanted. */
export async function textSeeds(format) {
  const made = {
    lines: () => ["ink\r\n墨\rstone\n\n😀"],
    csv: () => [csv(",")],
    tsv: () => ["text\tlabel\tn\r\nThe ink\tgood\t1\n墨\tbad\t\n\tx\ty\n"],
    jsonl: () => [rows.map((row) => JSON.stringify(row)).join("\n")],
    json: () => [JSON.stringify(rows), rows.map((row) => JSON.stringify(row, undefined, 1)).join("\n")],
    html: () => [html],
    markdown: () => [markdown],
    wikitext: () => [wiki],
    wikipedia: () => [wikipedia],
    squad: () => [squad],
    "label-studio": () => [studio],
    conll: () => [conll],
    "tokenizer-json": async () => {
      const given = ["the ink is black and the stone is wet", "墨与砚台"];
      const kinds = ["byte-level", "wordpiece", "unigram"];
      return Promise.all(kinds.map(async (kind) => (await trainTokenizer(given, { kind, vocabularySize: 290 })).json));
    },
    classifier: async () => {
      const [x, y] = [["good ink", "very good", "bad ink", "very bad"], ["+", "+", "-", "-"]];
      const models = ["naive-bayes", "logistic-regression", "linear-svm"];
      return Promise.all(models.map(async (model) => JSON.stringify((await new TextClassifier({ model }).fit(x, y)).toJSON())));
    },
    "layers-settings": async () => [await layersFile("config.json")],
    "layers-weights": async () => [await layersFile("model.safetensors")],
    docx: () => [docx()],
    pdf: () => [pdf()],
  }[format];
  return (await made()).map((file) => (typeof file === "string" ? Buffer.from(file) : file));
}

async function layersFile(name) {
  const model = new Sequential([new Dense({ units: 2, activation: "relu", inputShape: [3] }), new Dense({ units: 1 })]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  mkdirSync(layers, { recursive: true });
  await model.save(layers);
  // Any damage would be told by the digests alone.
  for (const file of readdirSync(layers)) if (/sum|digest/i.test(file)) rmSync(join(layers, file));
  return readFileSync(join(layers, name));
}

const isJson = new Set(["jsonl", "json", "squad", "label-studio", "tokenizer-json", "classifier", "layers-settings"]);
const isBinary = new Set(["docx", "pdf", "layers-weights"]);
const odd = [null, true, -1, 0, 1.5, 1e308, 2 ** 31, 2 ** 53, "", "墨", "a".repeat(300), "1", [], {}, [[]], [null], { a: 1 }, "__proto__"];
const signs = [...`"',:;{}[]()<>&|=-*#\\/\n\r\t 0159eE+.%~\u0000`, "\ufeff", "墨", "😀", "&#x", "]]>", "{{", "}}", "[[", "null", "\r\n\r\n"];

// A value somewhere in it becomes another, is gone, or stands twice.
function otherValue(value, draw) {
  const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
  if (keys.length === 0 || draw(5) === 0) return odd[draw(odd.length)];
  const key = keys[draw(keys.length)];
  const copy = Array.isArray(value) ? [...value] : { ...value };
  const what = draw(12);
  if (what === 0 && Array.isArray(copy)) copy.splice(Number(key), 1);
  else if (what === 0) delete copy[key];
  else if (what === 1 && Array.isArray(copy)) copy.splice(Number(key), 0, copy[key]);
  else if (what === 1) copy[`${key}s`] = copy[key];
  else if (what === 2) copy[key] = copy[keys[draw(keys.length)]];
  else copy[key] = otherValue(copy[key], draw);
  return copy;
}

/** A damaged file of a text format: of JSON half of them whole JSON with other values in it, of texts other signs in some places; undefined where bytes are to be damaged. */
export function textDamage(format, seed, draw) {
  if (isBinary.has(format) || draw(8) === 0) return undefined;
  if (isJson.has(format) && draw(4) > 0) {
    try {
      return Buffer.from(JSON.stringify(otherValue(JSON.parse(text(seed)), draw)) ?? "");
    } catch {
      // Rows of JSON, one a line: their text is changed below.
    }
  }
  let all = Array.from(text(seed));
  for (let left = 1 + draw(4); left > 0; left--) {
    const [at, from] = [draw(all.length + 1), draw(all.length + 1)];
    const what = draw(4);
    if (what === 0) all.splice(at, draw(3), signs[draw(signs.length)]);
    else if (what === 1) all.splice(at, 1 + draw(16));
    else if (what === 2) all.splice(at, 0, ...all.slice(from, from + 1 + draw(64)));
    else all = draw(8) === 0 ? all.slice(0, at) : [...all.slice(0, at), ...signs[draw(signs.length)].repeat(1 + draw(20)), ...all.slice(at)];
  }
  return Buffer.from(all.join(""));
}
