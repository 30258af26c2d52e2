// Electron: the main process holds the model, windows ask through IPC and get pieces as they come. npm install electron inkstone
// The preload script: contextBridge.exposeInMainWorld("ask", { begin: (q) => ipcRenderer.invoke("ask", q), onPiece: (f) => ipcRenderer.on("piece", (_, text) => f(text)), stop: () => ipcRenderer.send("stop") })
import { join } from "node:path";
import { app, BrowserWindow, ipcMain } from "electron";
import { LanguageModel } from "inkstone";

// A process of its own for the engine: whatever happens there, the window stays.
const model = LanguageModel.open(process.env.MODEL ?? "smollm2:135m", { engine: "process" });
model.catch((error) => console.error(String(error)));
let answering = new AbortController();

ipcMain.handle("ask", async (event, question) => {
  answering.abort();
  answering = new AbortController();
  const { signal } = answering;
  for await (const { text } of (await model).stream([{ role: "user", content: String(question) }], { maxTokens: 400, signal }))
    event.sender.send("piece", text);
});
ipcMain.on("stop", () => answering.abort());

app.whenReady().then(() => {
  const window = new BrowserWindow({ webPreferences: { preload: join(import.meta.dirname, "preload.cjs") } });
  return window.loadFile("index.html");
});
app.on("window-all-closed", async () => {
  await (await model).close();
  app.quit();
});
