// A small list of its own, by label, in English and Chinese, for a filter that does something from the first minute. Whoever moderates brings a longer one (policy: `words`).
import type { FilterWord } from "./word-filter.ts";

/** Labels of the applications' own lists and classifiers. */
export const moderationLabels = ["spam", "advertising", "fraud", "hate", "harassment", "violence", "sexual", "self-harm", "illegal"] as const;

/** A label of moderation. */
export type ModerationLabel = (typeof moderationLabels)[number];

const lists: Readonly<Record<ModerationLabel, readonly (readonly [number, string])[]>> = {
  spam: [
    [
      0.8,
      "click here to claim,claim your prize,you have been selected,congratulations you won,double your followers,free gift card,limited time offer act now,buy followers,cheap followers,work from home and earn,earn money fast,make money online fast,click here to win,win free money,free money now,claim your free,you have won a prize,act now to claim",
    ],
    [0.8, "点击领取,恭喜您中奖,恭喜你中奖,免费领取大奖,转发有奖,加群领红包,刷粉丝,买粉丝,互粉互赞,涨粉神器"],
  ],
  advertising: [
    [0.6, "dm me for prices,best price guaranteed,order now on whatsapp,contact me on telegram,message me on whatsapp,promo code below"],
    [0.6, "加微信,加我微信,加V信,微信号,扫码加,代理招商,诚招代理,厂家直销,一手货源,微商代理,免费加盟,招代理,私聊优惠"],
  ],
  fraud: [
    [
      0.9,
      "guaranteed returns,risk free investment,send bitcoin,wire transfer fee,advance fee,inheritance fund,nigerian prince,verify your account now,your account has been suspended,seed phrase,recovery phrase,pump and dump",
    ],
    [0.9, "刷单兼职,刷单返利,稳赚不赔,保本高收益,代开发票,套现,信用卡套现,无抵押贷款,办理假证,办证刻章,内部消息股,杀猪盘,安全账户,验证码发给我,洗钱"],
  ],
  hate: [
    [0.9, "white power,heil hitler,gas the jews,ethnic cleansing is good,go back to your country,subhuman scum,master race"],
    [0.9, "劣等民族,滚回你的国家,种族清洗,低等人种"],
  ],
  harassment: [
    [
      0.7,
      "fuck you,fuck off,bitch,asshole,motherfucker,son of a bitch,piece of shit,dumbass,scumbag,cunt,dickhead,shithead,kys,nobody likes you,you are worthless,stupid cow,bastard,you idiot,you are an idiot,you're an idiot,you moron,you are a moron,you're a moron,you are stupid,you're stupid,stupid idiot,you loser,you are a loser,you're a loser,you are pathetic,you're pathetic,shut up you,shut the fuck up",
    ],
    [0.5, "fuck,fucking,fucked,fucker,shit,bullshit,crap,wtf"],
    [
      0.7,
      "傻逼,傻屄,煞笔,傻叉,脑残,贱人,婊子,滚蛋,王八蛋,操你妈,草你妈,去你妈的,他妈的,狗娘养的,不要脸的东西,死全家,废物东西,智障,蠢货,白痴,杂种,混蛋,人渣",
    ],
  ],
  violence: [
    [0.9, "kill you,i will kill,shoot up the school,bomb threat,behead,slit your throat,burn them alive,stab you,beat you to death"],
    [0.9, "杀了你,砍死你,弄死你,打死你,捅死你,炸死,灭你全家,血洗,炸学校"],
  ],
  sexual: [
    [0.8, "porn,nude pics,sex video,blowjob,handjob,cumshot,xxx video,escort service,onlyfans leak,horny singles"],
    [0.8, "裸聊,色情,约炮,一夜情,援交,包夜,全套服务,成人视频,黄色视频,裸照,口交,做爱视频,卖淫,嫖娼,上门服务小姐"],
  ],
  "self-harm": [
    [0.9, "kill myself,kill yourself,want to die,end my life,suicide method,cut myself,hang myself,overdose on"],
    [0.9, "想自杀,不想活了,割腕,轻生,结束生命,自杀方法,烧炭自杀,跳楼自杀"],
  ],
  illegal: [
    [
      0.9,
      "buy cocaine,buy heroin,sell meth,fake passport,counterfeit money,stolen credit cards,hire a hitman,untraceable gun,buy fentanyl,fake id for sale,dark web market",
    ],
    [
      0.9,
      "冰毒,海洛因,摇头丸,贩毒,赌博,网上赌场,博彩,六合彩,百家乐,时时彩,枪支出售,买卖枪支,炸药配方,迷药,迷奸药,办假证,假钞,买卖器官,代孕,毒品交易",
    ],
  ],
};

/** The list. */
export const starterWords: readonly FilterWord[] = moderationLabels.flatMap((label) =>
  lists[label].flatMap(([score, words]) => words.split(",").map((word) => ({ word, label, score }))),
);
