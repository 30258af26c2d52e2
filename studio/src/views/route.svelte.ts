// Where in the page one is: the address after # says the view, and what in it. Knows no components.
import { type ViewName, viewNames } from "./index.ts";

function read(hash: string): { name: ViewName; rest: string } {
  const [, wanted = "", rest = ""] = /^#([a-z]+)(?:\/(.*))?$/.exec(hash) ?? [];
  const name = viewNames.find((one) => one === wanted);
  if (name === undefined) return { name: "chat", rest: "" };
  try {
    return { name, rest: decodeURIComponent(rest) };
  } catch {
    return { name, rest };
  }
}

class Route {
  name: ViewName = $state("chat");
  /** What stands after the name: #kb/handbook gives "handbook". */
  rest: string = $state("");

  constructor() {
    this.follow();
    addEventListener("hashchange", () => this.follow());
  }

  follow(): void {
    const { name, rest } = read(location.hash);
    [this.name, this.rest] = [name, rest];
  }
}

export const route: Route = new Route();

/** The address of a view, and of a thing in it. */
export const addressOf = (name: ViewName, rest?: string): string => (rest === undefined ? `#${name}` : `#${name}/${encodeURIComponent(rest)}`);
