// Three small tables to try the Classify view with: reviews in English and in Chinese, and spam. Written for this page; too small to be more than a first look.

export interface ExampleTable {
  name: string;
  csv: string;
}

function table(name: string, groups: Record<string, string>): ExampleTable {
  const rows = Object.entries(groups).map(([label, texts]) =>
    texts
      .trim()
      .split("\n")
      .map((text) => `"${text.trim().replaceAll('"', '""')}",${label}`),
  );
  // One row of each label in turn, as tables that are found in the world have them mixed.
  const mixed = rows[0].flatMap((_, i) => rows.map((group) => group[i]));
  return { name, csv: `text,label\n${mixed.join("\n")}\n` };
}

export const reviewsEnglish = (): ExampleTable =>
  table("reviews-en.csv", {
    good: `
      A wonderful film, warm and very funny, I love it.
      Great phone: the battery is excellent and the screen is great.
      The soup was delicious and the staff were very friendly.
      I love this kettle, it is quick and easy to use, excellent.
      A great book, beautifully written, I love every page.
      Our room was clean, and the breakfast was wonderful.
      Great shoes, very comfortable, and excellent value.
      Excellent service, very friendly and very helpful.
      A wonderful play with great actors, I love it.
      This lamp is beautiful and easy to use, great value.
      The bread is fresh and delicious, an excellent bakery.
      Great value, a strong bag, I recommend it.
      My daughter loves the puzzle, it is beautiful and well made.
      A beautiful garden and a friendly guide, a wonderful day.
      The headphones sound great and are very comfortable.
      Fast delivery, and the vase is beautiful, I recommend it.
      The teacher was friendly and helpful, an excellent class.
      Delicious noodles, great value, and friendly staff.
      The new version is easy to use and very quick, great work.
      We had a wonderful trip, everything was excellent.
      A great story and beautiful pictures, I recommend it.
      The chair is very comfortable and beautiful, excellent.
      A friendly doctor, very helpful, I recommend her.
      This tea is fresh and delicious, I love it.`,
    bad: `
      A terrible film, boring and far too long, a waste of time.
      Awful phone: the battery is terrible and the screen broke.
      The soup was cold and awful, and the staff were rude.
      I hate this kettle, it is slow and broke after a week.
      A boring book, badly written, a waste of time.
      Our room was dirty, and the breakfast was awful.
      Terrible shoes, they hurt my feet, and poor quality.
      Poor service, rude and slow, nobody could help.
      A boring play with poor actors, a waste of money.
      This lamp broke on the first day, poor quality.
      The bread is stale and awful, a terrible bakery.
      A waste of money, the bag broke, very disappointed.
      The puzzle was damaged and pieces were missing, poor quality.
      A dirty garden and a rude guide, a terrible day.
      The headphones sound terrible and broke after a week.
      Slow delivery, and the vase was damaged, very disappointed.
      The teacher was rude and boring, a waste of time.
      Cold noodles, poor value, and rude staff.
      The new version is slow and terrible, a waste of money.
      We had a terrible trip, everything was late and dirty.
      A boring story and awful pictures, very disappointed.
      The chair is terrible and broke after a day, poor quality.
      A rude doctor, slow and no help, very disappointed.
      This tea is stale and awful, I hate it.`,
  });

export const reviewsChinese = (): ExampleTable =>
  table("reviews-zh.csv", {
    好评: `
      房间很干净，服务员非常热情，下次还会再来。
      手机很好用，电池耐用，屏幕也很清晰。
      味道很好，分量足，价格实惠，非常满意。
      物流很快，包装很好，质量也不错，推荐购买。
      这本书写得很好，内容充实，值得一读。
      位置很好，离地铁站很近，早餐也很丰富。
      鞋子很舒服，做工精细，穿了很久也没有坏。
      客服态度很好，问题很快就解决了，非常满意。
      电影很精彩，演员演得很好，看得很感动。
      台灯光线柔和，安装方便，孩子很喜欢。
      面包很新鲜，口味很好，老板也很热情。
      背包质量很好，又轻又结实，很喜欢。
      拼图做工精细，颜色漂亮，女儿非常喜欢。
      风景很美，导游很热情，玩得非常开心。
      耳机音质很好，戴着很舒服，推荐购买。
      花瓶很漂亮，包装很仔细，比图片还好看。
      老师讲得很清楚，很有耐心，学到了很多。
      面条好吃，价格实惠，环境也很干净。
      新版本速度很快，使用方便，非常满意。
      行程安排很好，一切顺利，值得推荐。
      故事很精彩，画面漂亮，看得很开心。
      椅子坐着很舒服，样子也好看，很喜欢。
      医生很有耐心，讲得很清楚，不用等很久。
      茶叶很香，口味清爽，值得推荐。`,
    差评: `
      房间很脏，服务员态度很差，再也不会来了。
      手机很难用，电池一会儿就没电，屏幕还坏了。
      味道很差，分量又少，价格太贵，非常失望。
      物流太慢，包装破了，质量很差，不推荐。
      这本书写得很乱，内容空洞，浪费时间。
      位置很偏，晚上太吵，早餐也很难吃。
      鞋子磨脚，做工粗糙，穿了几天就坏了。
      客服态度很差，问题一直没有解决，非常失望。
      电影很无聊，演员演得很差，看到一半就走了。
      台灯一闪一闪，安装麻烦，用了两天就坏了。
      面包不新鲜，又干又硬，价格太贵。
      背包质量很差，拉链第一天就坏了，浪费钱。
      拼图少了几块，盒子也破了，非常失望。
      景区关门，导游态度很差，浪费了一天。
      耳机音质很差，戴着很疼，不推荐。
      花瓶收到时就破了，包装很差，要求退货。
      老师讲得很乱，没有耐心，什么也没学到。
      面条难吃，价格太贵，环境也很脏。
      新版本速度太慢，总是出错，非常失望。
      行程安排很乱，一直等车，不值得去。
      故事很无聊，画面粗糙，看得想睡。
      椅子坐着不舒服，一条腿还断了，要求退货。
      医生没有耐心，等了很久，什么也没说清楚。
      茶叶又苦又涩，不新鲜，不值得买。`,
  });

export const spam = (): ExampleTable =>
  table("spam.csv", {
    ham: `
      Are you coming to dinner tonight? Mum is making soup.
      I will be ten minutes late, please start without me.
      Can you send me the notes from the class this morning?
      Happy birthday! See you at the party on Saturday.
      The meeting moved to three o'clock, same room.
      Did you feed the cat before you left?
      Thanks for your help yesterday, it meant a lot.
      I am at the station now, where are you?
      Let me know when you get home safe.
      We are out of milk, can you buy some on the way?
      Good luck with your exam tomorrow!
      Sorry I missed you, I was driving. What's up?
      The train is late again, do not wait for me.
      Shall we walk by the river on Sunday?
      I left my keys at your place, can I come by later?
      Dad says the car is ready, you can pick it up after work.
      Which page is the homework on?
      I found your blue scarf under the sofa.
      Lunch at one? The usual place.
      She is feeling better and comes home from hospital today.
      Do you still have the ladder? I need it this weekend.
      The film starts at eight, I have the tickets.
      Please tell your brother to answer his phone.
      It is raining here, take an umbrella with you.`,
    spam: `
      WINNER! You have won a free prize of 1,000, call now to claim.
      Free entry in our weekly draw, text WIN to 80000 now.
      URGENT! Your account is locked, click this link to verify now.
      Congratulations, you were chosen for a free holiday, call today.
      Cheap loans approved at once, no checks, reply YES to claim.
      Get a free phone with every new plan, offer ends today, call now.
      You have won a cash prize! Send your bank details to claim it.
      Meet new people near you tonight, text CHAT to 69000 now.
      FINAL NOTICE: claim your free voucher worth 500 before midnight.
      Earn 5,000 a week from home, no skills needed, click now.
      Your parcel is held, pay a small fee at this link to release it.
      Exclusive offer: 90% off all watches, limited time, order now.
      Claim your free ringtone now, text TONE to 82228.
      You are the lucky winner of our draw, call 0900 123 to claim your prize.
      Double your money in a week, risk free, reply now.
      Free trial! Lose ten kilos in ten days, order today.
      Last chance: your prize expires tonight, call now and claim 2,000 cash.
      Urgent: your card is blocked, call this number to unlock it now.
      Win a new car! Text CAR to 81000, costs 1.50 a message.
      Approved! Collect your cash loan today, click the link.
      Limited offer, free gift with every order, click now.
      You have a secret admirer, text LOVE to 83000 to find out who.
      Claim your tax refund of 430 now at this link.
      Vote now and win free tickets, text VOTE to 84000.`,
  });
