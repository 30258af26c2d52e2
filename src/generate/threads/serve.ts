// The thread's side: takes calls one after another, answers them, ends when it is told. Knows no model.
import { parentPort } from "node:worker_threads";
import { InkstoneError } from "../../core/index.ts";
import type { AnyCall, FromThread, ToThread } from "./protocol.ts";

/** Tells how far a call is. */
export type Report = (done: number, total: number) => void;

/** Answers calls until "close" comes; then frees what there is. Outside of a thread it does nothing. */
export function serveThread<Call extends AnyCall, Answers extends Readonly<Record<Call["kind"], unknown>>>(
  answerTo: (call: Call, control: Int32Array, report: Report) => Promise<Answers[Call["kind"]]>,
  free: () => void,
): void {
  const port = parentPort;
  if (port === null) return;
  const send = (message: FromThread<Answers[Call["kind"]]>) => port.postMessage(message);
  let before: Promise<void> = Promise.resolve();
  const take = async ({ id, call, control }: ToThread<Call>): Promise<void> => {
    try {
      if (control[0] !== 0) throw new InkstoneError("E_CANCELLED", { what: [call.kind] });
      send({ id, type: "answer", answer: await answerTo(call, control, (done, total) => send({ id, type: "progress", done, total })) });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      send({ id, type: "error", error: (error instanceof InkstoneError ? error : new InkstoneError("E_INTERNAL", { why })).toJSON() });
    }
  };
  port.on("message", (message: ToThread<Call> | "close") => {
    before = before.then(() => {
      if (message !== "close") return take(message);
      free();
      return port.close();
    });
  });
}
