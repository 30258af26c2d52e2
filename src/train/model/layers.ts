// The layers of a model, wherever its class keeps them. Knows no weights.
import { Layer, type Module } from "../../nn/index.ts";

/** The layers among modules; a module of the program that is no layer is looked into. */
export function layersOf(modules: readonly Module[]): readonly Layer[] {
  return modules.flatMap((part) => (part instanceof Layer ? [part] : layersOf(part.parts())));
}

/** All layers, those within layers, too. */
export function everyLayer(modules: readonly Module[]): readonly Layer[] {
  return modules.flatMap((part) => [...(part instanceof Layer ? [part] : []), ...everyLayer(part.parts())]);
}
