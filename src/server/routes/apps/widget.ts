// The widget of customer service: one script, no other request than its questions, texts only as texts. Knows its address from its own tag.

/** The script: `<script src="http://HOST/v1/apps/support/PROJECT/widget.js" defer></script>`. A key, where one is asked for, in `data-key`: one that opens `/v1/apps/support/PROJECT/talk` only. */
export const widgetScript = `(() => {
  const tag = document.currentScript;
  const ask = tag.src.replace(/widget\\.js.*$/, "talk");
  const zh = (document.documentElement.lang || navigator.language || "").startsWith("zh");
  const session = "w-" + crypto.getRandomValues(new Uint32Array(4)).join("-");
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "closed" });
  root.innerHTML = '<style>:host{position:fixed;right:1rem;bottom:1rem;z-index:2147483647;font:15px/1.45 system-ui,sans-serif}section{width:min(22rem,90vw);background:#fff;color:#111;border:1px solid #999;border-radius:.6rem;padding:.6rem;margin-bottom:.5rem}[role=log]{height:16rem;overflow:auto}p{margin:.3rem 0;white-space:pre-wrap;overflow-wrap:anywhere}p.me{text-align:right;color:#245}form{display:flex;gap:.4rem}input{flex:1;min-width:0;font:inherit;padding:.3rem}button{font:inherit;padding:.3rem .7rem}</style><section hidden><div role="log" aria-live="polite"></div><form><input maxlength="4000" required><button></button></form></section><button type="button" aria-expanded="false"></button>';
  const panel = root.querySelector("section");
  const log = root.querySelector("[role=log]");
  const form = root.querySelector("form");
  const input = root.querySelector("input");
  const toggle = root.querySelector(":scope > button");
  toggle.textContent = zh ? "咨询" : "Help";
  form.querySelector("button").textContent = zh ? "发送" : "Send";
  input.setAttribute("aria-label", zh ? "您的问题" : "Your question");
  toggle.onclick = () => { panel.hidden = !panel.hidden; toggle.setAttribute("aria-expanded", String(!panel.hidden)); if (!panel.hidden) input.focus(); };
  const say = (text, mine) => { const line = document.createElement("p"); line.textContent = text; if (mine) line.className = "me"; log.append(line); log.scrollTop = log.scrollHeight; };
  form.onsubmit = async (event) => {
    event.preventDefault();
    const text = input.value;
    input.value = "";
    say(text, true);
    const headers = { "content-type": "application/json", ...(tag.dataset.key ? { authorization: "Bearer " + tag.dataset.key } : {}) };
    try {
      const answer = await fetch(ask, { method: "POST", headers, body: JSON.stringify({ text, session }) });
      const body = await answer.json();
      say(answer.ok ? body.reply : body.error.message, false);
    } catch { say(zh ? "暂时无法连接，请稍后再试。" : "No connection; please try again.", false); }
  };
  document.body.append(host);
})();
`;
