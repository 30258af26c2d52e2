// A recording of a step: run away from the event loop. Knows no steps.
import { type Arena, type Device, type Outputs, type Recording, type RegisterSet, record } from "../../tensor/index.ts";

/** A recording, and the tensors that were made for it: freed with it. */
export class Recorded<O extends Outputs> {
  readonly #recording: Recording<O>;

  /** `arena`: memory that it shares with others. */
  constructor(device: Device, fn: (registers: RegisterSet) => O, arena?: Arena) {
    this.#recording = record(device, fn, { arena });
  }

  get outputs(): O {
    return this.#recording.outputs;
  }

  run(values: Readonly<Record<string, number>>, signal?: AbortSignal): Promise<void> {
    return this.#recording.runAsync(values, { signal });
  }

  dispose(): void {
    this.#recording.dispose();
  }
}
