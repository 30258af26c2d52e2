// The shipped templates in Chinese.

/** By name. */
export const chineseTemplates: Readonly<Record<string, string>> = {
  weather: `---
language: zh
about: 天气预报；city、low、high，另可有 day、sky、rain（百分数）、wind、humidity、advice
---
[{day | default:今天}，{city}|{city}{day | default:今天}|预计{city}{day | default:今天}|{day | default:今天}{city}天气：|据预报，{city}{day | default:今天}|{city}天气预报：{day | default:今天}]{sky | default:天气多变}{if has(high) and has(low)}，气温{low}[到|至]{high}{if has(unit)}{unit}{else}摄氏度{end}{elif has(high)}，最高气温{high}摄氏度{elif has(low)}，最低气温{low}摄氏度{end}。{if has(rain)}{if rain >= 60}[出门请带好雨具|出行请留意降水]，降水概率{rain}%。{elif rain > 0}降水概率{rain}%。{else}基本无雨，降水概率{rain}%。{end}{end}{if has(wind)}[风力|风况]：{wind}。{end}{if has(humidity)}相对湿度{humidity}%。{end}{if has(advice)}{advice}{end}
`,
  match: `---
language: zh
about: 比赛；home、away、homeGoals、awayGoals，另可有 date、venue、attendance、scorers、competition
---
{set margin = abs(homeGoals - awayGoals)}{if has(date)}{date | date:day}，{end}{if has(competition)}{competition}[赛场上|]，{end}{if homeGoals == awayGoals}[{home | ref:主队}与{away | ref:客队}战成{homeGoals}比{awayGoals}|{home | ref:主队}主场{homeGoals}比{awayGoals}战平{away | ref:客队}|{homeGoals}比{awayGoals}，{home | ref:主队}和{away | ref:客队}握手言和|{away | ref:客队}做客{home | ref:主队}，双方{awayGoals}比{homeGoals}平分秋色|{home | ref:主队}未能取胜，与{away | ref:客队}以{homeGoals}比{awayGoals}收场]{elif homeGoals > awayGoals}[{home | ref:主队}主场{homeGoals}比{awayGoals}{if margin >= 3}大胜{elif margin == 1}险胜{else}击败{end}{away | ref:客队}|{home | ref:主队}以{homeGoals}比{awayGoals}{if margin >= 3}横扫{elif margin == 1}小胜{else}战胜{end}来访的{away | ref:客队}|{away | ref:客队}做客不敌{home | ref:主队}，比分为{awayGoals}比{homeGoals}|坐镇主场的{home | ref:主队}拿下{away | ref:客队}，比分{homeGoals}比{awayGoals}|{homeGoals}比{awayGoals}，{home | ref:主队}赢下与{away | ref:客队}的较量]{else}[{away | ref:客队}客场{awayGoals}比{homeGoals}{if margin >= 3}大胜{elif margin == 1}险胜{else}击败{end}{home | ref:主队}|{home | ref:主队}主场{homeGoals}比{awayGoals}不敌{away | ref:客队}|{away | ref:客队}客场拿下{home | ref:主队}，比分{awayGoals}比{homeGoals}|做客的{away | ref:客队}以{awayGoals}比{homeGoals}带走胜利，{home | ref:主队}失利|{awayGoals}比{homeGoals}，{away | ref:客队}在{home | ref:主队}的主场取胜]{end}。{if has(scorers)}[进球的是|破门的是|进球者为]{scorers | list}。{end}{if has(venue)}比赛在{venue}进行{if has(attendance)}，现场观众{attendance | integer}人{end}。{elif has(attendance)}现场观众{attendance | integer}人。{end}
`,
  results: `---
language: zh
about: 季度业绩；company、period、revenue、priorRevenue、currency，另可有 profit、priorProfit、margin（百分数，如 9.7）、outlook、revenues
---
{set growth = change(revenue, priorRevenue)}[{company | ref:公司:该公司}公布{period}业绩：营业收入为|{period}，{company | ref:公司:该公司}实现营业收入|{company | ref:公司:该公司}{period}营业收入达到|财报显示，{company | ref:公司:该公司}{period}营业收入为|从{period}的数据看，{company | ref:公司:该公司}营业收入为]{revenue | compact:2}{currency | default:元}，{if growth == 0}与上年同期的{priorRevenue | compact:2}{currency | default:元}持平{else}[较上年同期的{priorRevenue | compact:2}{currency | default:元}|与上年同期的{priorRevenue | compact:2}{currency | default:元}相比]{if growth > 0}增长{else}下降{end}{growth | points}%{end}。{if has(profit)}{if profit < 0}净亏损{profit | abs | compact:2}{else}净利润{profit | compact:2}{end}{currency | default:元}{if has(priorProfit)}，上年同期为{priorProfit | compact:2}{currency | default:元}{end}。{end}{if has(margin)}利润率为{margin | percent}。{end}{if has(revenues)}{set t = trend(revenues)}最近几个季度收入{if t == "up"}逐季上升{elif t == "down"}逐季下降{elif t == "flat"}保持平稳{else}有升有降{end}，由{first(revenues) | compact:2}{currency | default:元}{if t == "up"}升至{elif t == "down"}降至{else}变为{end}{last(revenues) | compact:2}{currency | default:元}。{end}{if has(outlook)}{outlook}{end}
`,
  product: `---
language: zh
about: 商品；name，另可有 type、price、currency 及其他任意列
---
[{name | ref:它}{if has(type)}是一款{type}{else}已上架{end}|{name | ref:它}{if has(type)}，{type}中的一款{else}值得一看{end}|想选{type | default:好物}？不妨看看{name | ref:它}|为您介绍{name | ref:它}{if has(type)}，一款{type}{end}|{if has(type)}挑选{type}时，{end}{name | ref:它}值得关注|新到货：{name | ref:它}{if has(type)}，一款{type}{end}]{if has(price)}，[售价|价格为]{price}{currency | default:元}{end}。{each x in rest; plain}{if x.yes}带有{x.label}。{elif x.no}不带{x.label}。{else}[{x.label}为{x.value}|{x.label}：{x.value}]。{end}{end}
`,
  news: `---
language: zh
about: 公司新闻；company、event（launch、hire、deal、award）、subject，另可有 date、amount、currency、partner、place、person、role、quote
---
[{if has(date)}{date | date}，{end}{company | ref:公司:该公司}|{if has(place)}{place}消息，{end}{company | ref:公司:该公司}{if has(date)}于{date | date}{end}|据悉，{company | ref:公司:该公司}{if has(date)}于{date | date}{end}|最新消息：{company | ref:公司:该公司}{if has(date)}（{date | date}）{end}|{company | ref:公司:该公司}{if has(date)}在{date | date}{end}]{if event == "launch"}[推出|发布]{subject}{elif event == "hire"}[任命|聘请]{if has(person)}{person}{else}{subject}{end}{if has(role)}为{role}{end}{elif event == "deal"}{if has(partner)}与{partner}{end}[签署{subject}协议|达成{subject}合作]{elif event == "award"}[获得|荣获]{subject}{else}[宣布|公布]{subject}{end}。{if has(amount)}[涉及金额|金额为]{amount | compact:2}{currency | default:元}。{end}{if has(partner) and event != "deal"}合作方为{partner}。{end}{if has(quote)}{if has(person)}{person}{if has(role) and event != "hire"}（{role}）{end}{else}{company | ref:公司:该公司}{end}表示：{quote | quoted}{end}
`,
  restaurant: `---
language: zh
about: 餐馆或旅店；name，另可有 eatType、food、priceRange、rating、area、near、familyFriendly 及其他列
---
[{name | ref:它}是一家{eatType | default:店}|推荐{name | ref:它}这家{eatType | default:店}|{if has(area)}{set placed = true}{area}有一家{eatType | default:店}，名叫{else}有一家{eatType | default:店}，名叫{end}{name | ref:它}|想找{eatType | default:好去处}，可以去{name | ref:它}|{name | ref:它}这家{eatType | default:店}值得一去]{if has(food)}，主营{food}{end}{if has(area) and not placed}，位于{area}{end}{if has(near)}，靠近{near}{end}。{if has(priceRange)}价位：{priceRange}。{end}{if has(rating)}顾客评分：{rating}。{end}{if has(familyFriendly)}{familyFriendly | either:适合带孩子前往:不适合带孩子前往}。{end}{each x in rest; plain}{if x.yes}有{x.label}。{elif x.no}没有{x.label}。{else}{x.label}：{x.value}。{end}{end}
`,
};
