// The shipped templates in English. Data to text only: each shows how much a template can say from few columns.

/** By name. */
export const englishTemplates: Readonly<Record<string, string>> = {
  weather: `---
language: en
about: a forecast; city, low, high; or any of day, sky, rain (per cent), wind, unit, humidity, advice
---
{set u = unit}
[{if has(day)}{day | title}{else}Today{end} in {city}, expect|In {city}, {if has(day)}{day | lower}{else}today{end} brings|{city} can look forward to|Here is the outlook for {city}{if has(day)} for {day | lower}{end}:|Look for|The forecast for {city}{if has(day)} for {day | lower}{end} shows]
{if has(sky)}{sky | lower} [skies|conditions]{else}changeable weather{end}{if has(high) and has(low)}, with temperatures [between {low} and {high}|from {low} to {high}]{if has(unit)} {unit}{else} degrees{end}{elif has(high)}, with a high of {high}{if has(unit)} {unit}{else} degrees{end}{elif has(low)}, with a low of {low}{if has(unit)} {unit}{else} degrees{end}{end}.
{if has(rain)}{if rain >= 60}[Take an umbrella|Rain is likely]: the chance of rain is {rain}%.{elif rain > 0}There is a {rain}% chance of rain.{else}No rain is expected: the chance is {rain}%.{end}{end}
{if has(wind)}[The wind is|Winds are|The wind will be] {wind}.{end}
{if has(humidity)}Humidity stands at {humidity}%.{end}
{if has(advice)}{advice}{end}
`,
  match: `---
language: en
about: a match; home, away, homeGoals, awayGoals; or any of date, venue, attendance, scorers (list), competition
---
{set margin = abs(homeGoals - awayGoals)}
{if homeGoals == awayGoals}
[{home | ref:the hosts} and {away | ref:the visitors} [shared the points|drew] {homeGoals}–{awayGoals}|It finished {homeGoals}–{awayGoals} between {home | ref:the hosts} and {away | ref:the visitors}|Neither {home | ref:the hosts} nor {away | ref:the visitors} could find a winner in a {homeGoals}–{awayGoals} draw|{home | ref:the hosts} were held {homeGoals}–{awayGoals} by {away | ref:the visitors}|Honours were even: {home | ref:the hosts} {homeGoals}, {away | ref:the visitors} {awayGoals}]
{elif homeGoals > awayGoals}
[{home | ref:the hosts} {if margin >= 3}thrashed{elif margin == 1}edged past{else}beat{end} {away | ref:the visitors} {homeGoals}–{awayGoals}|A {if margin >= 3}commanding{elif margin == 1}narrow{else}solid{end} home win: {home | ref:the hosts} {homeGoals}, {away | ref:the visitors} {awayGoals}|{away | ref:the visitors} left empty-handed after a {homeGoals}–{awayGoals} defeat at {home | ref:the hosts}|Three points stayed at home as {home | ref:the hosts} won {homeGoals}–{awayGoals} against {away | ref:the visitors}|It was {home | ref:the hosts}'s day: {homeGoals}–{awayGoals} against {away | ref:the visitors}]
{else}
[{away | ref:the visitors} {if margin >= 3}ran riot{elif margin == 1}sneaked{else}earned{end} a {awayGoals}–{homeGoals} [win|victory] at {home | ref:the hosts}|{home | ref:the hosts} went down {homeGoals}–{awayGoals} at home to {away | ref:the visitors}|An away win: {away | ref:the visitors} {awayGoals}, {home | ref:the hosts} {homeGoals}|{away | ref:the visitors} beat {home | ref:the hosts} away from home, winning {awayGoals}–{homeGoals}|The win went to {away | ref:the visitors}, who beat {home | ref:the hosts} {awayGoals}–{homeGoals}]
{end}{if has(date)} on {date | date:day}{end}{if has(competition)} in the {competition}{end}.
{if has(scorers)}[The goals came from|On the scoresheet:|The scorers were] {scorers | list}.{end}
{if has(venue) and has(attendance)}{attendance | integer} [spectators watched|were there to see it] at {venue}.{elif has(venue)}The match was played at {venue}.{elif has(attendance)}{attendance | integer} spectators watched.{end}
`,
  results: `---
language: en
about: quarterly results; company, period, revenue, priorRevenue, currency (USD, EUR, CNY …); or any of profit, priorProfit, margin (per cent, as 9.7), outlook, revenues (list of the last quarters)
---
{set growth = change(revenue, priorRevenue)}
[{company | ref:the company:the group} reported|For {period}, {company | ref:the company:the group} posted|In {period}, {company | ref:the company:the group} recorded|{company | ref:the company:the group} closed {period} with|Revenue at {company | ref:the company:the group} came in for {period}:] revenue of {revenue | compact:2}{if has(currency)} {currency}{end}, {if growth > 0}[up|an increase of] {growth | points}% from{elif growth < 0}[down|a decrease of] {growth | points}% from{else}[unchanged from|the same as]{end} {priorRevenue | compact:2}{if has(currency)} {currency}{end} a year earlier.
{if has(profit)}{if profit < 0}{company | ref:the company:the group} made a loss of {profit | abs | compact:2}{else}[Net profit was|Profit came to|The bottom line showed a profit of] {profit | compact:2}{end}{if has(priorProfit)}, {if profit > priorProfit}compared with{elif profit < priorProfit}after{else}as with{end} {priorProfit | compact:2} a year before{end}.{end}
{if has(margin)}The margin stood at {margin | percent}.{end}
{if has(revenues)}{set t = trend(revenues)}{if t == "up"}Revenue has [risen|grown] in each of the last quarters{elif t == "down"}Revenue has fallen in each of the last quarters{elif t == "flat"}Revenue has been flat over the last quarters{else}Revenue has moved both ways over the last quarters{end}, from {first(revenues) | compact:2} to {last(revenues) | compact:2}.{end}
{if has(outlook)}{outlook}{end}
`,
  product: `---
language: en
about: a product; name, or with type, price, currency and any other columns, which are told as they are
---
[The {name | ref:it} is {an} {if has(type)}{type | lower}{else}product{end}|Meet the {name | ref:it}{if has(type)}, {an} {type | lower}{end}|{if has(type)}Looking for {an} {type | lower}? {end}Consider the {name | ref:it}|{if has(type)}Among {type | lower} choices, the {else}The {end}{name | ref:it} stands out|Introducing the {name | ref:it}{if has(type)}, {an} {type | lower}{end}|Say hello to the {name | ref:it}{if has(type)}, {an} {type | lower}{end}]{if has(price)}, [priced at|for|available at] {price}{if has(currency)} {currency}{end}{end}.
{each x in rest; plain}{if x.yes}[It has|It offers|It comes with] {x.label}. {elif x.no}It has no {x.label}. {else}[Its {x.label} is {x.value}|The {x.label} is {x.value}|{x.label}: {x.value}]. {end}{end}
`,
  news: `---
language: en
about: company news; company, event (launch, hire, deal, award), subject; or any of date, amount, currency, partner, place, person, role, quote
---
[{if has(date)}On {date | date}, {end}{company | ref:the company:the firm}|{company | ref:the company:the firm}{if has(date)}, {date | date}:{end}|{if has(place)}{place}{if has(date)}, {date | date}{end}: {end}{company | ref:the company:the firm}|News from {company | ref:the company:the firm}{if has(date)}, {date | date}{end}: it|As announced{if has(date)} on {date | date}{end}, {company | ref:the company:the firm}]
{if event == "launch"}[has launched|is bringing out|has introduced] {subject}{elif event == "hire"}[has appointed|has named] {if has(person)}{person}{else}{subject}{end}{if has(role)} as {role}{end}{elif event == "deal"}[has signed an agreement|has struck a deal]{if has(partner)} with {partner}{end} on {subject}{elif event == "award"}[has won|has received] {subject}{else}[announces|reports] {subject}{end}.
{if has(amount)}[The value is|It is worth] {amount | compact:2}{if has(currency)} {currency}{end}.{end}
{if has(partner) and event != "deal"}The partner is {partner}.{end}
{if has(quote)}{quote | quoted}{if has(person)}, said {person}{if has(role) and event != "hire"}, {role}{end}{end}.{end}
`,
  restaurant: `---
language: en
about: a place to eat or stay; name, or with eatType, food, priceRange, rating, area, near, familyFriendly and any other columns
---
[{name | ref:it} is {an} {eatType | default:place | lower}|{if has(area)}{set placed = true}In the {area} area there is {name | ref:it}, {an} {eatType | default:place | lower}{else}There is {an} {eatType | default:place | lower} called {name | ref:it}{end}|Try {name | ref:it}, {an} {eatType | default:place | lower}|If you want {an} {eatType | default:place | lower}, there is {name | ref:it}|{name | ref:it}, {an} {eatType | default:place | lower}, is worth a visit|You can go to {name | ref:it}, {an} {eatType | default:place | lower}]{if has(food)}, [serving|with] {food} food{end}{if has(area) and not placed}, in the {area} area{end}{if has(near)}, near {near}{end}.
{if has(priceRange)}[Its price range is {priceRange}|Prices are {priceRange}]{if has(rating)} and its customer rating is {rating}{end}.{elif has(rating)}Its customer rating is {rating}.{end}
{if has(familyFriendly)}{familyFriendly | either:"It is family friendly":"It is not family friendly"}.{end}
{each x in rest; plain}{if x.yes}It has {x.label}. {elif x.no}It has no {x.label}. {else}[Its {x.label} is {x.value}|The {x.label} is {x.value}]. {end}{end}
`,
};
