// An adapter put into its base: a folder of the hub with the weights of both. Knows no training.
import { type HubFolder, writeFolderDurably } from "../../formats/index.ts";
import type { Device } from "../../tensor/index.ts";
import { hubContent } from "./export.ts";
import type { PeftAdapter } from "./peft.ts";
import { refuseOtherBase } from "./served.ts";
import { openTrainableDecoder } from "./trainable.ts";

/** What is merged. */
export interface MergeParts {
  /** The base: a folder of the hub, open. */
  readonly base: { readonly folder: string; readonly file: HubFolder };
  readonly adapter: PeftAdapter;
  readonly output: string;
  readonly signal?: AbortSignal;
}

/**
 * Writes a whole folder of the hub: the base with the adapter in its weights, each tensor in the type that it had. All of it or nothing.
 *
 * Errors: `E_ADAPTER_BASE`; those of `openTrainableDecoder` and of durable writes (also where other files are there); the signal's reason.
 *
 * @example
 * await mergeAdapter(cpu(), { base: { folder: "tiny", file: await openHubFolder("tiny") }, adapter: await readPeft("no-adapter"), output: "merged" }); // throws E_MODEL_FOLDER
 */
export async function mergeAdapter(device: Device, { base, adapter, output, signal }: MergeParts): Promise<void> {
  const { settings, matrices, name } = adapter;
  const open = await openTrainableDecoder(base.file, device, {
    tuning: { kind: "adapter", settings, values: matrices, name },
    signal,
    contextLength: 64,
  });
  try {
    refuseOtherBase(name, adapter.base.fingerprint, open.fingerprint);
    await writeFolderDurably(output, hubContent(base, open));
  } finally {
    open.dispose();
  }
}
