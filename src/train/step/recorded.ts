// A recording together with the tensors that were made for it. Knows no steps.
import { type Arena, collecting, type Device, type Outputs, type Recording, type RegisterSet, record } from "../../tensor/index.ts";

/** A recording, and the tensors that were made for it: freed with it. */
export class Recorded<O extends Outputs> {
  readonly #recording: Recording<O>;
  #release: () => void = () => undefined;

  /** `arena`: memory that it shares with others. */
  constructor(device: Device, fn: (registers: RegisterSet) => O, arena?: Arena) {
    this.#recording = record(
      device,
      (registers) => {
        const [outputs, release] = collecting(() => fn(registers));
        this.#release = release;
        return outputs;
      },
      { arena },
    );
  }

  get outputs(): O {
    return this.#recording.outputs;
  }

  run(values: Readonly<Record<string, number>>, signal?: AbortSignal): Promise<void> {
    return this.#recording.runAsync(values, { signal });
  }

  dispose(): void {
    this.#recording.dispose();
    this.#release();
  }
}
