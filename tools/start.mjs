// npm start: set-up, then the page and the API with the default model. Arguments go to `inkstone serve` (npm start -- --port 8080).
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root, setUp } from "./setup.mjs";
import { modelFor } from "./start-model.mjs";

try {
  await setUp();
} catch (error) {
  console.error(`${error.output ?? ""}\nSet-up failed · 准备失败: ${error.message}`.trim());
  process.exit(1);
}
const given = process.argv.slice(2);
const model = given.includes("--model") ? [] : ["--model", await modelFor()];
const server = spawn(process.execPath, [join(root, "dist/cli/main.js"), "serve", ...model, ...given], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.kill(signal));
server.on("close", (code, signal) => process.exit(code ?? (signal === "SIGTERM" ? 143 : 130)));
