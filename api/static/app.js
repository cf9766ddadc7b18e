// The list begins as the API has it; from then on the socket says what changed. Newest wins.
const SHOWN = 60;
const BREACHES = 100;
const DRAW_MS = 250;
const RETRY_MS = 2000;
const ENDED = new Set(["breached", "passed", "expired", "closed"]);

const accounts = new Map();
const find = (id) => document.getElementById(id);
let cursor = null;
let dirty = false;

async function ask(path, options = {}) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem("credentials") ?? ""}` };
  const answer = await fetch(path, { ...options, headers });
  const body = await answer.json();
  if (!answer.ok) {
    const error = new Error(body.detail ?? body.title);
    error.final = answer.status === 401 || answer.status === 403;
    throw error;
  }
  return body;
}

function take(account) {
  const known = accounts.get(account.account_id);
  if (!known || account.seq >= known.seq) accounts.set(account.account_id, account);
  dirty = true;
}

function cell(row, text, kind = "") {
  const made = row.insertCell();
  made.textContent = text ?? "–";
  made.className = kind;
}

function percent(share) {
  return share === null ? null : `${(Number(share) * 100).toFixed(1)} %`;
}

// Rounded to be read; the API has every digit.
function money(amount) {
  if (amount === null) return null;
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return Number(amount).toLocaleString("en", digits);
}

const short = (ts) => ts.slice(0, 19).replace("T", " ");

function nearness(account) {
  if (ENDED.has(account.state)) return "lost";
  return account.headroom !== null && Number(account.headroom) < 0.2 ? "near" : "safe";
}

function draw() {
  if (!dirty) return;
  dirty = false;
  const rank = (one) => (one.headroom === null ? Infinity : Number(one.headroom));
  const nearest = [...accounts.values()].sort((a, b) => rank(a) - rank(b)).slice(0, SHOWN);
  const body = document.createElement("tbody");
  for (const account of nearest) {
    const row = body.insertRow();
    cell(row, account.account_id);
    cell(row, account.firm_id);
    cell(row, account.phase);
    cell(row, account.state, nearness(account));
    cell(row, account.rule);
    cell(row, percent(account.headroom), `number ${nearness(account)}`);
    cell(row, money(account.room), "number");
    cell(row, money(account.equity), "number");
    cell(row, short(account.ts));
  }
  body.id = "accounts";
  find("accounts").replaceWith(body);
}

function tell(decision) {
  const item = document.createElement("li");
  const line = document.createElement("span");
  const detail = document.createElement("small");
  if (decision.type === "breach") {
    line.className = decision.breach_kind === "hard" ? "lost" : "near";
    line.textContent = `${decision.account_id} broke ${decision.rule} (${decision.breach_kind})`;
    const floor = `${decision.metric} ${decision.observed}, floor ${decision.floor}`;
    const parts = [short(decision.ts), decision.firm_id];
    if (decision.floor !== null) parts.push(floor);
    detail.textContent = parts.join(" · ");
  } else {
    line.className = "safe";
    line.textContent = `${decision.account_id} passed ${decision.phase}`;
    detail.textContent = `${short(decision.ts)} · ${decision.firm_id}`;
  }
  item.append(line, detail);
  const list = find("breaches");
  list.prepend(item);
  while (list.children.length > BREACHES) list.lastChild.remove();
}

function banner(text) {
  find("banner").hidden = !text;
  find("banner").textContent = text ?? "";
}

function hear(message) {
  if (message.as_of) find("status").textContent = `live, decision ${message.as_of.seq}`;
  if (message.cursor) cursor = message.cursor;
  for (const account of message.items ?? []) take(account);
  if (message.type === "event") tell(message.decision);
}

async function follow() {
  const { ticket } = await ask("/v1/tickets", { method: "POST" });
  const url = new URL("/v1/firms/*/live", location.href);
  const firms = (await ask("/v1/firms")).items;
  if (firms.length === 1) url.pathname = `/v1/firms/${encodeURIComponent(firms[0].firm_id)}/live`;
  url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("ticket", ticket);
  if (cursor) url.searchParams.set("cursor", cursor);
  const socket = new WebSocket(url);
  socket.onmessage = (event) => hear(JSON.parse(event.data));
  socket.onclose = (event) => again(new Error(event.reason || "the connection was lost"));
  socket.onopen = async () => {
    banner(null);
    for (const one of (await ask(`/v1/accounts?limit=500`)).items) take(one);
    if (cursor === null || find("breaches").children.length === 0) {
      const past = (await ask("/v1/breaches?limit=20")).items.reverse();
      past.forEach(tell);
    }
  };
}

// What is shown is old from now on, and says so.
function again(error) {
  find("status").textContent = "not connected";
  banner(`${error.message}: what you see is old`);
  if (!error.final) setTimeout(start, RETRY_MS);
}

function start() {
  if (sessionStorage.getItem("credentials")) follow().catch(again);
}

find("login").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("credentials", find("credentials").value.trim());
  find("credentials").value = "";
  accounts.clear();
  start();
});
setInterval(draw, DRAW_MS);
start();
