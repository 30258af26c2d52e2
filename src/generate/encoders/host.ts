// The owner's side of an encoder's thread. Knows no model.
import { ThreadHost } from "../threads/host.ts";
import type { EncoderAnswers, EncoderCall } from "./protocol.ts";

/** Sends calls to an encoder's thread and gives their answers. */
export class EncoderHost extends ThreadHost<EncoderCall, EncoderAnswers> {
  constructor(file: URL = new URL("./worker.js", import.meta.url)) {
    super(file, "encoder");
  }
}
