// English abbreviations whose full stop mostly ends no sentence. Lower case, without the last full stop.

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

/** Titles and other abbreviations that are followed by a name: a full stop behind them ends no sentence. */
export const beforeNames: ReadonlySet<string> = words(
  "mr mrs ms dr prof rev hon gen col maj capt cmdr lt sgt cpl pvt adm gov pres sen rep amb supt insp st ste mt ft fr sr messrs mmes mme mlle gens sens reps drs " +
    "cf vs v viz approx ca e.g i.e eg ie eds trans",
);

/** Abbreviations only before a number: "No. 7", "Fig. 2b". */
export const beforeNumbers: ReadonlySet<string> = words("no nos fig figs eq eqs vol vols pp p ch sec sect art arts para tab ref refs ex ed");

/** Others: a capital letter of a word that often begins a sentence, or a line break, has to follow for an end. */
export const elsewhere: ReadonlySet<string> = words(
  "jr esq inc ltd co corp llc bros plc dept univ assn est etc al jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri sat sun " +
    "a.m p.m am pm u.s u.k u.n e.u u.s.a d.c b.c a.d ph.d m.d b.a m.a b.sc m.sc d.phil ave blvd rd hwy oz lb lbs kg km cm mm ml hr hrs min mins ext tel min max misc op",
);

/** Words that often begin a sentence. */
export const beginners: ReadonlySet<string> = words(
  "the a an this that these those it its he she his her they their we our you your i my there here in on at by for from with without after before when while where if as but and or so " +
    "however then now no not yes what who how why all some many most one two each every according although because since despite during under over until both it's he's she's i'm we're they're " +
    "let's don't please also still even only just to once thus hence therefore moreover furthermore",
);
