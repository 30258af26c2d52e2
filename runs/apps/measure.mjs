// Figures of the applications on public sets that are not in the tree: node runs/apps/measure.mjs WHAT DATA
// WHAT: pubmedqa (pqal_train.json), hatecheck (cases_a.csv; both halves by template number, rules were written on the even one), names (presidio's part.jsonl; both halves of its rows),
// project (a folder that `support train` has trained; what is asked stands beside it, NAME-test.jsonl of prepare.mjs), intents (CLINC150's data_full_train_val.json), emotion and offensive (a folder of TweetEval). Build first (npm run build); vectors of minilm are made once in memory.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createKnowledgeBase, groupStatements, medicalSearch, PiiFinder, Understanding } from "../../dist/apps/index.js";
import { openRows } from "../../dist/data/index.js";
import { EmbeddingModel } from "../../dist/generate/index.js";
import { f1 } from "../../dist/metrics/index.js";
import { TextClassifier, trainTextClassifier } from "../../dist/pipelines/index.js";
import { openStore } from "../../dist/store/index.js";

const [what, data] = process.argv.slice(2);
const share = (rows, holds) => (rows.filter(holds).length / rows.length).toFixed(4);
const halves = ["even", "odd"];

async function hatecheck() {
  const rows = [];
  for await (const { value } of openRows(data)) rows.push(value);
  for (const [i, half] of halves.entries()) {
    const mine = rows.filter((row) => Number(row.templ_id) % 2 === i);
    const isRight = (row) => groupStatements(row.test_case).length > 0 === (row.label_gold === "hateful");
    console.log(half, "templates:", share(mine, isRight), "of", mine.length);
    for (const name of [...new Set(mine.map((row) => row.functionality))].sort())
      console.log("  ", name, share(mine.filter((row) => row.functionality === name), isRight));
  }
}

async function names() {
  const finder = await PiiFinder.open();
  const rows = readFileSync(data, "utf8").trim().split("\n").map(JSON.parse);
  const meet = (one, other) => one.start < other.end_position && one.end > other.start_position;
  for (const [i, half] of halves.entries()) {
    const mine = rows.filter((_, row) => row % 2 === i).map(({ full_text: text, spans }) => ({ found: finder.find(text).filter(({ kind }) => kind === "name"), spans }));
    const people = mine.flatMap(({ found, spans }) => spans.filter(({ entity_type }) => entity_type === "PERSON").map((span) => found.some((one) => meet(one, span))));
    const said = mine.flatMap(({ found, spans }) => found.map((one) => spans.some((span) => span.entity_type !== "ORGANIZATION" && meet(one, span))));
    console.log(half, "rows: recall", share(people, Boolean), "precision", share(said, Boolean));
  }
}

async function intents() {
  const sets = JSON.parse(readFileSync(data, "utf8"));
  const [texts, labels] = [0, 1].map((column) => sets.train.map((row) => row[column]));
  const classifier = await new TextClassifier({ model: "joined" }).fit(texts, labels);
  const most = async (rows) => (await classifier.scores(rows.map(([text]) => text))).map((row) => Math.max(...row));
  const said = await classifier.predict(sets.val.map(([text]) => text));
  const [inside, outside] = [await most(sets.val), await most(sets.oos_val)];
  const won = inside.flatMap((one) => outside.map((other) => (one > other ? 1 : one === other ? 0.5 : 0))).reduce((sum, one) => sum + one, 0);
  console.log("accuracy", share(sets.val.map(([, label], i) => said[i] === label), Boolean), "AUROC", (won / inside.length / outside.length).toFixed(4));
  await classifier.close();
}

// What `support ask` understands of each text: intent, slots by place and kind, whether it is one of the project's at all.
async function project() {
  const mind = await Understanding.fromJSON(JSON.parse(readFileSync(join(data, "model", "support.json"), "utf8")).mind);
  const rows = readFileSync(`${data.replace(/\/$/, "")}-test.jsonl`, "utf8").trim().split("\n").map(JSON.parse);
  let [right, said, are] = [0, 0, 0];
  const answers = [];
  for (const { text, intent, spans = [] } of rows) {
    const answer = await mind.understand(text);
    answers.push({ ...answer, right: intent });
    said += answer.entities.length;
    are += spans.length;
    right += spans.filter((one) => answer.entities.some(({ entity, start, end }) => entity === one.entity && start === one.start && end === one.end)).length;
  }
  const [inside, outside] = [answers.filter((one) => one.right !== "oos"), answers.filter((one) => one.right === "oos")];
  console.log("intents", share(inside, (one) => one.intent === one.right), "of", inside.length, are === 0 ? "" : `slot F1 ${((2 * right) / (said + are)).toFixed(4)}`);
  if (outside.length > 0) {
    const won = inside.flatMap((one) => outside.map((other) => (one.likeness > other.likeness ? 1 : one.likeness === other.likeness ? 0.5 : 0))).reduce((sum, one) => sum + one, 0);
    console.log("AUROC", (won / inside.length / outside.length).toFixed(4), "taken for a stranger", share(inside, (one) => !one.inScope), "strangers seen", share(outside, (one) => !one.inScope));
  }
  await mind.close();
}

async function tweets() {
  const read = (part, kind) => readFileSync(join(data, `${part}_${kind}.txt`), "utf8").split("\n");
  const rows = (part) => read(part, "labels").filter((label) => label !== "").map((label, i) => ({ label, text: read(part, "text")[i] }));
  const [train, val] = [rows("train"), rows("val")];
  const embedder = await EmbeddingModel.open("minilm");
  for (const balance of [false, true]) {
    const { classifier } = await trainTextClassifier(train, { model: "joined", embedder, balance });
    const said = await classifier.predict(val.map(({ text }) => text));
    console.log(balance ? "with offsets" : "without", "macro F1", f1(val.map(({ label }) => label), said, { average: "macro" }).toFixed(4));
  }
  await embedder.close();
}

// Which way the results of each abstract lean, through a base of all of them, as `medical search` does; "maybe" is never said.
async function pubmedqa() {
  const papers = Object.entries(JSON.parse(readFileSync(data, "utf8")));
  const base = await createKnowledgeBase(await openStore({ file: ":memory:" }), "papers");
  for (const [id, { CONTEXTS, LABELS }] of papers) await base.addText(id, CONTEXTS.map((text, i) => `${LABELS[i]}: ${text}`).join("\n\n"));
  const answers = [];
  for (const [id, { QUESTION, final_decision: right }] of papers) {
    const { finding, results, refused } = await medicalSearch(QUESTION, base);
    answers.push({ right, said: finding?.leaning, isFirst: results[0]?.document === id, refused });
  }
  const told = answers.filter(({ said }) => said !== undefined);
  console.log("right", share(answers, ({ right, said }) => (said ?? "yes") === right), "of", answers.length, "(nothing said counts as yes); of what is said", share(told, ({ right, said }) => said === right), "of", told.length);
  console.log("always yes", share(answers, ({ right }) => right === "yes"), "own abstract first", share(answers, ({ isFirst }) => isFirst), "refused", share(answers, ({ refused }) => refused));
}

await { pubmedqa, hatecheck, names, intents, project, emotion: tweets, offensive: tweets }[what]();
