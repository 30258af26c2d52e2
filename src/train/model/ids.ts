// Ids as the layer that reads them takes them. Knows no models.
import type { Layer } from "../../nn/index.ts";
import { type Column, firstWhere, rowRefusal } from "../inputs/column.ts";

/** Throws `E_TRAINING_ROW` with the first row of a column that holds an id which a layer does not take. */
export async function checkIdsFor(layer: Layer, { values, width, name }: Column): Promise<void> {
  const limit = layer.idLimit ?? 2 ** 31;
  const wrong = await firstWhere(values, (id) => !(Number.isInteger(id) && id >= 0 && id < limit));
  if (wrong < 0) return;
  throw rowRefusal(name, Math.floor(wrong / width), {
    en: `the id ${values[wrong]} is not one of 0 to ${limit - 1}, which layer "${layer.name}" takes`,
    zh: `id ${values[wrong]} 不在层“${layer.name}”接受的 0 至 ${limit - 1} 之内`,
  });
}
