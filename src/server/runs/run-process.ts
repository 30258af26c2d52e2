// The process of a training by a recipe. Runs as a child process only.
import { type Recipe, recipeOf, trainRun } from "../../train/index.ts";
import { asChild } from "./child.ts";

interface Order {
  readonly recipe: Recipe;
  readonly output: string;
  readonly resume: boolean;
}

asChild<Order>(async ({ recipe, output, resume }, { signal, tell }) => {
  await trainRun(recipeOf(recipe), { output, resume, signal, onEntry: () => tell({ alive: true }) });
});
