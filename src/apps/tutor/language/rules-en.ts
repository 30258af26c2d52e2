// What learners of English get wrong most: agreement, articles, verb forms, small words, spelling. Rules; no grammar of everything.
import type { LanguageRule } from "./rule.ts";

const irregular: Readonly<Record<string, readonly [string, string]>> = Object.fromEntries(
  (
    "go went gone,buy bought bought,teach taught taught,eat ate eaten,take took taken,see saw seen,write wrote written,come came come,run ran run,begin began begun,break broke broken,bring brought brought," +
    "catch caught caught,choose chose chosen,do did done,drink drank drunk,drive drove driven,fall fell fallen,feel felt felt,find found found,fly flew flown,forget forgot forgotten,get got got,give gave given," +
    "grow grew grown,have had had,hear heard heard,hold held held,keep kept kept,know knew known,leave left left,lose lost lost,make made made,meet met met,pay paid paid,ride rode ridden,ring rang rung,rise rose risen," +
    "say said said,sell sold sold,send sent sent,sing sang sung,sit sat sat,sleep slept slept,speak spoke spoken,spend spent spent,stand stood stood,steal stole stolen,swim swam swum,tell told told,think thought thought,throw threw thrown,understand understood understood,wear wore worn,win won won"
  )
    .split(",")
    .map((entry) => {
      const [base, past, participle] = entry.split(" ");
      return [base, [past, participle]] as const;
    }),
);
const bases = Object.keys(irregular);
const ofPast = new Map(bases.map((base) => [irregular[base][0], base]));
const wrongPast = new Map(
  bases.flatMap((base) =>
    [`${base}ed`, `${base}${base.endsWith("e") ? "d" : `${base.at(-1)}ed`}`].map((form) => [form, irregular[base][0]] as const),
  ),
);
const misspelled = new Map(
  (
    "recieve receive,recieved received,beleive believe,seperate separate,definately definitely,occured occurred,untill until,tommorow tomorrow,tomorow tomorrow,wich which,freind friend,becuase because,becouse because,adress address,accomodation accommodation," +
    "begining beginning,calender calendar,collegue colleague,enviroment environment,goverment government,grammer grammar,happend happened,immediatly immediately,independant independent,intresting interesting,knowlege knowledge,neccessary necessary,occassion occasion," +
    "posible possible,realy really,reccomend recommend,suprise surprise,thier their,togather together,truely truly,writting writing,alot a lot,alright all right,dissapear disappear,embarass embarrass,foriegn foreign,lenght length,noticable noticeable,persue pursue,publically publicly,succesful successful,wether whether,wierd weird"
  )
    .split(",")
    .map((entry) => [entry.split(" ")[0], entry.split(" ").slice(1).join(" ")] as const),
);
const uncountable =
  "information|advice|furniture|homework|equipment|knowledge|luggage|baggage|news|traffic|weather|progress|research|money|bread|rice|music|luck|software|evidence|housework|behaviour|traffic";
const verbs =
  "go|have|do|want|need|like|live|work|play|eat|make|take|come|know|think|say|get|give|look|use|find|tell|ask|feel|try|leave|call|speak|write|read|run|study|watch|teach|walk|help|start|love|believe|enjoy|sleep|wash|carry|buy|drink|sing|dance|travel|stay|wear|cook|drive|learn|sit|stand|open|close|begin|finish|miss|fix|swim|see|hear|meet";

const third = (verb: string): string =>
  verb === "have" ? "has" : /(?:s|sh|ch|x|z|o)$/.test(verb) ? `${verb}es` : /[^aeiou]y$/.test(verb) ? `${verb.slice(0, -1)}ies` : `${verb}s`;
const plain = (verb: string): string | undefined => {
  if (verb === "has") return "have";
  const found = [verb.replace(/ies$/, "y"), verb.replace(/es$/, ""), verb.replace(/s$/, "")].find((one) => new RegExp(`^(?:${verbs})$`).test(one));
  return found === verb ? undefined : found;
};
const gerund = (verb: string): string =>
  /[^aeiou]e$/.test(verb) && verb.length > 2
    ? `${verb.slice(0, -1)}ing`
    : /^(?:run|swim|sit|get|win|begin|forget|shop|stop|plan)$/.test(verb)
      ? `${verb}${verb.at(-1)}ing`
      : `${verb}ing`;
const rule = (name: string, pattern: RegExp, fix: LanguageRule["fix"], en: string, zh: string): LanguageRule => ({ name, pattern, fix, en, zh });
const like = (given: string, word: string): string => (/^\p{Lu}/u.test(given) ? word[0].toUpperCase() + word.slice(1) : word);

/** The rules. */
export const englishRules: readonly LanguageRule[] = [
  rule(
    "article-an",
    /\b([Aa]) (?=(?:[aeio]|u(?!ni|s[aeiu]|til|tens)|hour|honest|heir|honou?r)(?!ne\b|nce\b)[a-z]+)/dg,
    ([, a]) => `${a}n`,
    'Before a vowel sound it is "an".',
    "元音音素前用 an。",
  ),
  rule(
    "article-a",
    /\b([Aa]n) (?=(?:[bcdfgjklmnpqrstvwxyz]|h(?!our|onest|eir|onou?r)|uni(?!n)|use|usual|euro|one\b)[a-z]*)/dg,
    ([, an]) => an[0],
    'Before a consonant sound it is "a".',
    "辅音音素前用 a。",
  ),
  rule(
    "third-person",
    new RegExp(
      `\\b(?:[Hh]e|[Ss]he|[Ii]t) (?:(?:always|often|usually|never|sometimes|also|only|really) )?(${verbs})\\b(?! (?:[Hh]e|[Ss]he)\\b)`,
      "dg",
    ),
    ([, verb]) => third(verb),
    "After he, she, it or a name, the verb takes -s.",
    "主语为第三人称单数时，谓语动词加 -s。",
  ),
  rule(
    "third-person-and",
    new RegExp(`\\b(?:[Hh]e|[Ss]he|[Ii]t) \\w+(?: \\w+){0,4}? and (${verbs})\\b`, "dg"),
    (match) =>
      /\b(?:can|could|will|would|may|might|must|should|shall|did|does|let|makes?|helps?)\b/.test(match[0]) ||
      new RegExp(`\\bto (?:${verbs})\\b|\\b(?:went|was|had|\\w+ed)\\b`).test(match[0])
        ? undefined
        : third(match[1]),
    "After he, she, it or a name, the verb takes -s.",
    "主语为第三人称单数时，谓语动词加 -s。",
  ),
  rule(
    "plural-subject",
    /\b(?:[Ww]e|[Tt]hey|[Yy]ou|I) (?:(?:always|often|usually|never|sometimes|also) )?([a-z]+s)\b/dg,
    ([, verb]) => plain(verb),
    "After I, you, we and they, the verb has no -s.",
    "主语为 I、you、we、they 时，动词不加 -s。",
  ),
  rule(
    "do-not",
    /\b(?:[Hh]e|[Ss]he|[Ii]t) (don't|do not)\b/dg,
    ([, said]) => (said === "don't" ? "doesn't" : "does not"),
    "After he, she, it: does not.",
    "第三人称单数用 does not。",
  ),
  rule("be-i", /\bI (is|are|were)(?= )/dg, ([, verb], ..._) => (verb === "were" ? undefined : "am"), "I am.", "主语 I 用 am。"),
  rule(
    "be-plural",
    /\b(?:[Ww]e|[Tt]hey|[Yy]ou|[Pp]eople|[Cc]hildren) (is|was|has)\b/dg,
    ([, verb]) => ({ is: "are", was: "were", has: "have" })[verb],
    "A plural takes a plural verb.",
    "复数主语用复数谓语。",
  ),
  rule(
    "be-singular",
    /\b(?:[Hh]e|[Ss]he|[Ee]verybody|[Ee]veryone|[Nn]obody|[Ss]omebody|[Ss]omeone|[Ee]ach of \w+) (are|were|have)\b/dg,
    ([, verb]) => ({ are: "is", were: "was", have: "has" })[verb],
    "Everybody, each, he and she take a singular verb.",
    "everyone、each、he、she 等用单数谓语。",
  ),
  rule(
    "there-are",
    /\b[Tt]here (is|was)(?= (?:many|several|few|two|three|four|five|six|seven|eight|nine|ten|some [a-z]+s)\b)/dg,
    ([, verb]) => ({ is: "are", was: "were" })[verb],
    "More than one: there are.",
    "其后为复数时用 there are。",
  ),
  rule(
    "modal-to",
    /\b(?:can|could|must|should|will|would|may|might)(?:n't| not)? (to )(?=[a-z]+)/dg,
    () => "",
    'After can, must, should … stands the verb without "to".',
    "情态动词后不加 to。",
  ),
  rule(
    "modal-form",
    new RegExp(`\\b(?:can|could|must|should|will|would|may|might)(?:n't| not)? ((?:${verbs})(?:s|es)|has)\\b`, "dg"),
    ([, verb]) => plain(verb),
    "After can, must, should … stands the plain verb.",
    "情态动词后用动词原形。",
  ),
  rule(
    "did-past",
    /\b[Dd]id(?:n't| not)? (?:(?:you|he|she|it|we|they|I|[A-Z][a-z]+) )?([a-z]+)\b/dg,
    ([, verb]) => ofPast.get(verb),
    "After did stands the plain verb.",
    "did 后用动词原形。",
  ),
  rule(
    "to-past",
    /\b(?:want|wants|wanted|need|needs|needed|like|likes|liked|going|have|has|had|decide|decided|try|tried|hope|hoped) to ([a-z]+)\b/dg,
    ([, verb]) => ofPast.get(verb),
    "After to stands the plain verb.",
    "不定式 to 后用动词原形。",
  ),
  rule(
    "participle",
    /\b(?:have|has|had|'ve) (?:(?:already|never|just|always|not) )?([a-z]+)\b/dg,
    ([, verb]) =>
      ofPast.has(verb) && !/^(?:had|got|said|made|read|left|met)$/.test(verb) && irregular[ofPast.get(verb)!][1] !== verb
        ? irregular[ofPast.get(verb)!][1]
        : undefined,
    "After have stands the third form.",
    "have 后用过去分词。",
  ),
  rule("irregular-past", /\b([a-z]{4,14}ed)\b/dg, ([, verb]) => wrongPast.get(verb), "This verb is irregular.", "该动词为不规则动词。"),
  rule(
    "yesterday",
    new RegExp(`\\b(?:[Yy]esterday|[Ll]ast (?:week|night|year|month)),? (?:I|we|they|you|he|she|it) (${verbs})\\b`, "dg"),
    ([, verb]) =>
      verb === "read"
        ? undefined
        : (irregular[verb]?.[0] ?? (verb.endsWith("e") ? `${verb}d` : /[^aeiou]y$/.test(verb) ? `${verb.slice(0, -1)}ied` : `${verb}ed`)),
    "Yesterday, last week …: the past.",
    "与过去时间连用时用过去时。",
  ),
  rule(
    "uncountable",
    new RegExp(`\\b((?:${uncountable.replace(/news\||progress\|/g, "")})s)\\b`, "dgi"),
    ([, word]) => word.slice(0, -1),
    "It has no plural.",
    "不可数名词没有复数。",
  ),
  rule(
    "uncountable-a",
    new RegExp(`\\b([Aa]n? )(?=(?:${uncountable})\\b)`, "dg"),
    ([, article]) => like(article, "some "),
    "It is not counted: some, a piece of.",
    "不可数名词前不用 a/an。",
  ),
  rule(
    "many-uncountable",
    new RegExp(`\\b([Mm]any)(?= (?:${uncountable})\\b)`, "dg"),
    ([, many]) => like(many, "much"),
    "Much of what is not counted.",
    "不可数名词用 much。",
  ),
  rule(
    "much-countable",
    /\b([Mm]uch)(?= (?:people|children|books|friends|things|students|cars|times|days|problems|questions|words|years)\b)/dg,
    ([, much]) => like(much, "many"),
    "Many of what is counted.",
    "可数名词复数用 many。",
  ),
  rule(
    "less-fewer",
    /\b([Ll]ess)(?= (?:people|children|books|friends|things|students|cars|days|problems|questions|words)\b)/dg,
    ([, less]) => like(less, "fewer"),
    "Fewer of what is counted.",
    "可数名词复数用 fewer。",
  ),
  rule(
    "this-these",
    /\b([Tt]his|[Tt]hat)(?= (?:books|people|things|students|cars|words|children|men|women|years|days|problems|questions|shoes|trousers)\b)/dg,
    ([, word]) => like(word, /^t?this$/i.test(word) ? "these" : "those"),
    "More than one: these, those.",
    "复数用 these、those。",
  ),
  rule(
    "number-plural",
    /\b(?:two|three|four|five|six|seven|eight|nine|ten|many|several|few) (book|car|day|friend|student|year|word|problem|question|thing|apple|dog|cat|house|week|month|hour|minute|teacher|country|language|boy|girl|brother|sister)\b/dg,
    ([, noun]) => (/[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`),
    "More than one: the plural.",
    "数量大于一时用复数。",
  ),
  rule(
    "double-comparative",
    /\b(more )(?=(?:better|worse|bigger|smaller|easier|faster|older|younger|happier|taller|cheaper|stronger)\b)/dg,
    () => "",
    "It is a comparative already.",
    "已是比较级，不再加 more。",
  ),
  rule(
    "than",
    /\b(?:more|less|better|worse|bigger|smaller|easier|faster|older|younger|taller|cheaper|rather|other) (?:[a-z]+ )?(then)\b/dg,
    () => "than",
    'Comparisons take "than".',
    "比较用 than。",
  ),
  rule("could-of", /\b(?:could|should|would|might|must) (of)\b/dg, () => "have", 'It is "have": could have.', "应为 could have。"),
  rule(
    "its",
    /\b(it's)(?= (?:own|name|colou?r|size|way|place|head|tail|parts?|use|price|value|history|length|shape)\b)/dgi,
    ([, its]) => like(its, "its"),
    'What belongs to it is "its".',
    "表示所属用 its。",
  ),
  rule(
    "it-is",
    /\b([Ii]ts)(?= (?:a|an|the|not|very|been|going|raining|time to|true|important|easy|hard|too)\b)/dg,
    ([, its]) => like(its, "it's"),
    '"It is" is "it\'s".',
    "it is 的缩写为 it's。",
  ),
  rule(
    "youre",
    /\b([Yy]our)(?= (?:welcome|right|wrong|going|not|very|the best|late|early|so)\b)/dg,
    ([, word]) => like(word, "you're"),
    '"You are" is "you\'re".',
    "you are 的缩写为 you're。",
  ),
  rule("there", /\b([Tt]heir)(?= (?:is|are|was|were|will be)\b)/dg, ([, word]) => like(word, "there"), 'It is "there is".', "应为 there is/are。"),
  rule(
    "am-agree",
    /\b(?:I|[Ww]e|[Tt]hey|[Yy]ou) ((?:am|are) agree)\b/dg,
    () => "agree",
    "Agree is a verb of its own.",
    "agree 为动词，前面不加 be。",
  ),
  rule("depend-on", /\b(?:depend|depends|depended|depending) (of|from)\b/dg, () => "on", "Depend on.", "depend 与 on 搭配。"),
  rule("interested-in", /\binterested (on|about|for)\b/dg, () => "in", "Interested in.", "interested 与 in 搭配。"),
  rule(
    "good-at",
    /\b(?:good|bad) (in)(?= (?:maths?|sports?|english|chinese|singing|dancing|cooking|drawing|swimming|football|physics|chemistry)\b)/dgi,
    () => "at",
    "Good at.",
    "good 与 at 搭配。",
  ),
  rule("married-to", /\bmarried (with)\b/dg, () => "to", "Married to.", "married 与 to 搭配。"),
  rule(
    "listen-to",
    /\b(?:listen|listens|listened|listening)( )(?=(?:music|me|him|her|them|the (?:radio|music|teacher|song|news))\b)/dg,
    () => " to ",
    "Listen to.",
    "listen 后加 to。",
  ),
  rule("discuss", /\b(?:discuss|discusses|discussed|discussing) (about )/dg, () => "", 'Discuss has no "about".', "discuss 后不加 about。"),
  rule("explain-me", /\bexplain (me|him|her|us|them)\b/dg, ([, who]) => `to ${who}`, "Explain to somebody.", "explain 后加 to 某人。"),
  rule("arrive", /\barrive[sd]? (to)\b/dg, () => "at", "Arrive at, arrive in.", "arrive 与 at 或 in 搭配。"),
  rule(
    "since-for",
    /\b(since)(?= (?:two|three|four|five|six|seven|eight|nine|ten|\d+|many|a few|a long) (?:years?|months?|weeks?|days?|hours?|time)\b(?! ago))/dg,
    () => "for",
    "For a length of time; since a point of it.",
    "时间段用 for，时间点用 since。",
  ),
  rule(
    "enjoy-ing",
    new RegExp(`\\b(?:enjoy|enjoys|enjoyed|avoid|avoided|finish|finished|suggest|suggested|mind|practise|practised) (to (${verbs}))\\b`, "dg"),
    ([, , verb]) => gerund(verb),
    "After this verb stands -ing.",
    "该动词后接动名词。",
  ),
  rule(
    "look-forward",
    new RegExp(`\\blook(?:ing|s|ed)? forward to (${verbs}|see|hear|meet)\\b`, "dg"),
    ([, verb]) => gerund(verb),
    "Look forward to seeing.",
    "look forward to 后接动名词。",
  ),
  rule(
    "make-homework",
    /\b(make|makes|made|making)(?= (?:my |his |her |our |their |the |some )?(?:homework|housework|sport|sports)\b)/dg,
    ([, verb]) => ({ make: "do", makes: "does", made: "did", making: "doing" })[verb],
    "One does homework.",
    "做作业用 do。",
  ),
  rule(
    "double-negative",
    /\b(?:don't|doesn't|didn't|can't) \w+ (nothing|nobody|nowhere)\b/dg,
    ([, word]) => ({ nothing: "anything", nobody: "anybody", nowhere: "anywhere" })[word],
    "One denial is enough.",
    "否定句中用 any-。",
  ),
  rule("repeated", /\b((the|a|an|to|of|in|is|and|for|it|he|she|we|I) \2)\b/dgi, ([, , word]) => word, "The word is repeated.", "单词重复。"),
  rule("small-i", /(?<![\p{L}'’.-])(i)(?=(?: |'m|'ve|'ll|'d)\b)/dgu, () => "I", "I is written large.", "I 须大写。"),
  rule(
    "sentence-capital",
    /(?:^|[.!?] +)([a-z])(?=[a-z]* [a-z])/dg,
    ([, letter]) => letter.toUpperCase(),
    "A sentence begins with a capital.",
    "句首须大写。",
  ),
  rule(
    "spelling",
    /\b([A-Za-z]{4,16})\b/dg,
    ([, word]) => (misspelled.has(word.toLowerCase()) ? like(word, misspelled.get(word.toLowerCase())!) : undefined),
    "It is spelled otherwise.",
    "拼写有误。",
  ),
];
