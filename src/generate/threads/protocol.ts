// Messages between a model's owner and the thread that holds it, whatever is asked. Types only.
import type { InkstoneError } from "../../core/index.ts";

/** A call, told apart by its kind. */
export interface AnyCall {
  readonly kind: string;
}

/** To the thread: a call with the control words of its own. */
export interface ToThread<Call extends AnyCall> {
  readonly id: number;
  readonly call: Call;
  readonly control: Int32Array;
}

/** From the thread. */
export type FromThread<Answer> =
  | { readonly id: number; readonly type: "answer"; readonly answer: Answer }
  | { readonly id: number; readonly type: "progress"; readonly done: number; readonly total: number }
  | { readonly id: number; readonly type: "error"; readonly error: ReturnType<InkstoneError["toJSON"]> };
