// Whether a server gives back what trainings took: each request sends a table of 200 rows, a thread trains a classifier of it, which is forgotten then. Prints the server's resident
// set after a tenth, a third and at the end, in MB. node runs/memory/server.mjs CLASSIFIER.json [count]
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [classifier, given = "500"] = process.argv.slice(2);
const count = Number(given);
const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const server = spawn(process.execPath, [main, "serve", "--port", "0", "--classifier", classifier], { stdio: ["ignore", "pipe", "inherit"] });
let said = "";
const url = await new Promise((found, failed) => {
  server.once("exit", () => failed(new Error(said)));
  server.stdout.setEncoding("utf8").on("data", (chunk) => {
    said += chunk;
    const at = /http:\/\/[\d.:]+/.exec(said);
    if (at) found(at[0]);
  });
});
const resident = () => Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / 1024);
const rows = Array.from({ length: 200 }, (_, i) => `"${i % 2 ? "a good and warm song" : "a bad and cold film"} number ${i % 37}",${i % 2 ? "good" : "bad"}`);
const table = ["text,label", ...rows].join("\n");
let [tenth, third, peak, done] = [0, 0, 0, 0];
for (let i = 1; i <= count; i++) {
  const reply = await fetch(`${url}/v1/classifiers?model=naive-bayes&folds=2`, { method: "POST", headers: { "content-type": "text/csv" }, body: table });
  const body = await reply.text();
  const id = /"id":"([^"]+)"/.exec(body)?.[1];
  if (id === undefined) throw new Error(body.slice(0, 500));
  await fetch(`${url}/v1/classifiers/${id}`, { method: "DELETE" });
  done++;
  peak = Math.max(peak, resident());
  if (i === Math.ceil(count / 10)) tenth = resident();
  if (i === Math.ceil(count / 3)) third = resident();
}
console.log(JSON.stringify({ what: "trainings of a server", count: done, tenthMB: tenth, thirdMB: third, peakMB: peak, endMB: resident() }));
server.kill("SIGTERM");
