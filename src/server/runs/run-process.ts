// The process of a training or a fine-tuning: one run, or what one would cost. Runs as a child process only.
import { finetune, forecastFinetune, recipeOf, trainRun } from "../../train/index.ts";
import { asChild } from "./child.ts";
import type { Asked, Told } from "./messages.ts";

asChild<Asked>(async (asked, { signal, tell }): Promise<Told["result"]> => {
  if (asked.kind === "forecast") return forecastFinetune(asked.model, asked.data, { ...asked.settings, signal });
  const { output, resume } = asked;
  const onEntry = (): void => tell({ alive: true });
  if (asked.kind === "train") await trainRun(recipeOf(asked.recipe), { output, resume, signal, onEntry });
  else await finetune(asked.model, asked.data, { ...asked.settings, output, resume, signal, onEntry });
  return undefined;
});
