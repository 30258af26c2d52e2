// Names of countries in English and Chinese, and of states of the USA with their letters: what a tagger knows of places before it sees an example. Knows no text.

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
// Groups of countries and codes for trials are no countries.
const none = new Set(["EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"]);

function countries(): Set<string> {
  const found = new Set(["usa", "uk", "england", "scotland", "wales", "north korea", "south korea", "great britain", "united states of america"]);
  for (const language of ["en", "zh"]) {
    const names = new Intl.DisplayNames([language], { type: "region", fallback: "none" });
    for (const one of letters)
      for (const other of letters) {
        const name = none.has(one + other) ? undefined : names.of(one + other);
        if (name !== undefined) found.add(plain(name));
      }
  }
  return found;
}

// As words of a text stand beside each other: without marks.
const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/&/g, "and")
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, " ")
    .trim();

const states =
  "AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,DE Delaware,DC District of Columbia,FL Florida,GA Georgia,HI Hawaii,ID Idaho,IL Illinois,IN Indiana,IA Iowa,KS Kansas,KY Kentucky,LA Louisiana,ME Maine,MD Maryland,MA Massachusetts,MI Michigan,MN Minnesota,MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,NH New Hampshire,NJ New Jersey,NM New Mexico,NY New York,NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,OR Oregon,PA Pennsylvania,RI Rhode Island,SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah,VT Vermont,VA Virginia,WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming";

let lists: ReadonlyMap<string, ReadonlySet<string>> | undefined;

/**
 * Lists of names of places, in small letters: "country" and "state". Made once.
 *
 * @example
 * [knownPlaces().get("country")?.has("法国"), knownPlaces().get("state")?.has("ohio")]; // [true, true]
 */
export function knownPlaces(): ReadonlyMap<string, ReadonlySet<string>> {
  lists ??= new Map([
    ["country", countries()],
    ["state", new Set(states.split(",").flatMap((one) => [one.slice(0, 2).toLowerCase(), one.slice(3).toLowerCase()]))],
  ]);
  return lists;
}
