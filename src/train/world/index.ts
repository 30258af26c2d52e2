// world: several processes that train one model.
export { isFirst, onFirst, openWorld, placeOf, ranksOf, type World } from "./world.ts";
