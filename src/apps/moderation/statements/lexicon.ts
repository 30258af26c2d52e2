// Words about groups of people and words of contempt, violence and worth, in English: what `statements.ts` puts together. Written for this file; a group is named as its members would, slurs apart.

const words = (text: string): readonly string[] => text.split(" ");

/** Nouns and adjectives that name a group by what it is: sex, gender, orientation, faith, origin, colour, disability. */
export const groupWords: readonly string[] = words(
  "woman women girl girls female females ladies feminists gay gays lesbian lesbians homosexual homosexuals bisexual bisexuals queers trans transgender transgenders transsexual transsexuals " +
    "transwomen transmen lgbt lgbtq muslim muslims jew jews jewish christian christians hindu hindus sikh sikhs buddhist buddhists black blacks african africans asian asians arab arabs latino latinos " +
    "latina latinas hispanic hispanics mexican mexicans chinese japanese korean koreans indian indians pakistani pakistanis turks turkish roma gypsies whites immigrant immigrants migrant migrants refugee " +
    "refugees foreigner foreigners asylum-seekers disabled handicapped autistic blind deaf cripples wheelchair-users elderly natives indigenous aboriginals albanians somalis syrians afghans nigerians",
);

/** Words that name a group only in order to insult it; `s` for more than one is understood. */
export const slurWords: readonly string[] = words(
  "nigger faggot fag tranny kike chink spic wetback gook raghead towelhead sandnigger darkie coon paki beaner dyke shemale retard cripple spastic mongoloid muzzie jihadi-scum camel-jockey " +
    "redskin halfbreed gyppo pikey kraut dago wop cunt slut whore bitch",
);
/** Slurs that are words of another meaning, or of anger at one person, too: they count only where they are flung at somebody. */
export const ambiguousSlurs: ReadonlySet<string> = new Set(words("bitch cunt slut whore fag faggot coon dyke cripple spastic kraut retard"));

/** What says that somebody is bad, less than human, or hated. */
export const contemptWords: readonly string[] = words(
  "hate hates hated hating hatred despise despises despised detest detests loathe loathes abhor abhors disgust disgusts disgusted disgusting contempt disdain scorn repulsive repugnant repulsed vile filthy " +
    "dirty sickening nauseating revolting despicable disgraceful horrible horrid awful worst evil wicked immoral sinful perverted degenerate degenerates stupid dumb dumbest stupidest idiots idiot idiotic morons moron brainless " +
    "ignorant dense imbeciles imbecile uncivilised uncivilized primitive barbaric savage savages backward cruel violent criminals criminal rapists terrorists thieves liars parasites parasite leeches vermin pest pests " +
    "plague virus disease cancer tumour scum trash garbage filth dirt rubbish worthless useless inferior lesser subhuman inhuman animals animal beasts pigs dogs apes monkeys cockroaches rats insects maggots " +
    "monsters freaks freak abomination abominations abnormal unnatural disgrace threat danger curse infesting infest infested swarm swarms invading assholes asshole shithead shitheads dickhead dickheads " +
    "loathsome abhorrent deplorable vulgar nasty gross shameful dishonest lazy untrustworthy corrupt greedy incompetent inept clueless retarded insane bloodsuckers scumbags scumbag lowlifes lowlife dregs rodents snakes hyenas swine toxic poison " +
    "pollution stain blight menace burden sewage crap wretched pathetic laughable ridiculous hatred resent resents furious rage dumbasses dumbass cunts whore slut harlots degraded uneducated illiterate hostile brutal brutes brute bloodthirsty treacherous twisted demented damaged defective malformed impure unclean " +
    "motherfuckers motherfucker bastards fucked bullshit sick angry anger pissed creepy ugly hideous disturbing deviant deviants sluts whores bitches cunts",
);

/** What is done to people who are to be hurt or driven away. */
export const violenceWords: readonly string[] = words(
  "kill killed killing hurt hurting harm harmed attack attacking attacked stab stabbing shoot shooting shot hang hanged hanging burn burned burnt execute executed rape raped raping torture tortured beat beaten punch " +
    "punched slap slaughter slaughtered butcher butchered murder murdered strangle strangled choke gas gassed lynch lynched exterminate exterminated eradicate eradicated annihilate annihilated destroy destroyed suffer " +
    "suffering die death drown drowned behead beheaded cage cages caged deport deported expel expelled sterilise sterilised enslave enslaved slaves throats throat necks whip whipped mutilate mutilated maim decapitate stoned snap poisoned hit kick kicked bomb bombed hunt hunted wiped smash smashed crush crushed bleed eliminated eliminate",
);

/** What people are worth or have a right to: denied, it is contempt. */
export const worthWords: readonly string[] = words(
  "right rights worth worthy value valuable matter matters respect compassion sympathy empathy place space equal equals human humans intelligent intelligence smart clever decent civilised civilized belong belongs welcome " +
    "trust trusted tolerate tolerated good accomplished achieve contribute contributed integrate love loved like liked support pride proud dignity deserve deserves allowed need needed bear stand good nice friendly kind beautiful wonderful great honest trustworthy capable responsible competent hard-working lovely admirable worthwhile entitled freedom protection pity moral real normal interesting brave strong succeed success future reason purpose room",
);

/** What turns a statement over. */
export const negators: ReadonlySet<string> = new Set(
  words(
    "not no never none nobody neither nor cannot can't cant don't dont doesn't doesnt didn't didnt isn't isnt aren't arent wasn't weren't won't wont wouldn't shouldn't mustn't haven't hasn't without hardly ain't",
  ),
);

/** Small words that are written into their neighbours. */
export const smallWords: ReadonlySet<string> = new Set(
  words(
    "i you we they he she it me us them my your our their a an the this that these those all any some such so very too much many more most few only just even still really always never not no of to in on at by for from with " +
      "without as like than and or but if when be is are was were am been being have has had do does did can will would should must shall may might let want people human beings lives life person men man at's fucking fuck absolute absolutely",
  ),
);

/** Words of everyday speech that are one letter away from a word above. */
export const everyday: ReadonlySet<string> = new Set(
  words(
    "back lack block backs right fight light night might sight tight weight word worth worse wore wort port part parts fast past last cast hearts heart hear hate hat hats heat beat beast best bests rest rests test tests " +
      "pest pets ants rats arts cats cars curse course cause case cases clean lean dean rain train trash crash mother others another brother anger ranger danger stranger range orange ease please lease disease wish dish fish " +
      "virus trust rust crust must just trans train trains tran gray bay day days pay say lady ladies lades badges cages ages pages wages bear bare dear near fear year years tear gear stay sand tand stable stand standing " +
      "indian india native nation nations action asian sian arab ara black balk blind bind lind bland grand brand blood bed hurt hut but cut put suffer surfer buffer offer differ violet violent silent thread treat threat threats " +
      "sick silk sink stick thick slick quick pick kick lick ick human humans hum ham dogs dog does dose pigs digs apes gapes tapes shapes space spare space place plane plague league evil vile veil olive live lives love loved move wove",
  ),
);
