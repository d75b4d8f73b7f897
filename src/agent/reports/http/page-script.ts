/**
 * What the status page does: it asks for the status once a second and writes it into the page.
 *
 * The text of a program for the browser, as plain as one that nothing checks should be. Everything
 * that comes from the status is put there as text (textContent, setAttribute), never as markup. Ages
 * are reckoned by the agent's own clock, so that a reader's wrong clock shows nothing wrong. Only
 * what stays the same for a while stands in a region that is read aloud. A page that nobody looks at
 * asks nothing.
 */
import { pageWords } from "./page-words.ts";

const program = String.raw`
const knownVersion = 1, everyMs = 1000, deadlineMs = 2000, lowLeaseMs = 5000;
const address = new URL("status", location.href);
// A page that was opened with a name and a password in its address could not ask otherwise.
address.username = address.password = "";

const openedAt = Date.now();
const cards = new Map();
/** The newest answer, when it came by the page's own clock, and when by the reader's. */
let last = null;

function part(root, name) {
  return root.querySelector('[data-is="' + name + '"]');
}

/** Leaves alone what says it already: a screen reader would read it again. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function fill(root, texts) {
  for (const [name, text] of Object.entries(texts)) say(part(root, name), text);
}

function showLease(root, { lease }, sinceAnswer) {
  const bar = part(root, "bar");
  const leftMs = lease.remainingMs === null ? 0 : Math.max(0, lease.remainingMs - sinceAnswer);
  const wholeMs = Math.max(lease.lengthMs, leftMs);
  const text = lease.remainingMs === null ? "none: not to be held" : duration(leftMs) + " left" +
    (lease.isOpenEnded ? ", kept beyond it by pause or failsafe mode" : "");
  bar.setAttribute("aria-valuenow", String(Math.round(leftMs / 1000)));
  bar.setAttribute("aria-valuemax", String(Math.round(wholeMs / 1000)));
  bar.setAttribute("aria-valuetext", text);
  bar.firstElementChild.style.width = (wholeMs > 0 ? (100 * leftMs) / wholeMs : 0) + "%";
  bar.firstElementChild.dataset.low = String(leftMs < lowLeaseMs);
  say(part(root, "lease"), text);
}

function listItem(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}

function showList(list, drawn, make) {
  const key = JSON.stringify(drawn);
  if (list.dataset.drawn === key) return;
  list.dataset.drawn = key;
  list.replaceChildren(...drawn.map(make));
}

function showTimeline(root, { transitions }, now) {
  const list = part(root, "transitions");
  showList(list, transitions, (change) => {
    const item = document.getElementById("change").content.firstElementChild.cloneNode(true);
    item.dataset.verdict = change.verdict;
    const key = change.leader === null ? "the key named nobody" : "the key named " + change.leader;
    const words = Object.hasOwn(reasonWords, change.reason) ? reasonWords[change.reason] : "";
    const at = clock(change.at);
    fill(item, { at, verdict: change.verdict, reason: change.reason, words, leader: key });
    part(item, "at").dateTime = change.at;
    return item;
  });
  transitions.forEach((change, index) => {
    const end = index === 0 ? now : Date.parse(transitions[index - 1].at);
    say(part(list.children[index], "for"), "for " + duration(end - Date.parse(change.at)));
  });
}

function cardOf(vip) {
  const present = cards.get(vip.vip);
  if (present !== undefined) return present;
  const root = document.getElementById("vip").content.firstElementChild.cloneNode(true);
  cards.set(vip.vip, root);
  return root;
}

function showVip(vip, now, sinceAnswer) {
  const root = cardOf(vip);
  root.dataset.state = vip.state;
  showList(part(root, "attention"), vip.attention, listItem);
  fill(root, {
    vip: vip.vip,
    state: stateWords[vip.state] ?? vip.state,
    who: whoLeads(vip),
    explanation: vip.explanation + " (" + vip.reason + ")",
    since: ago(vip.since, now),
    next: vip.next,
    key: keyText(vip, sinceAnswer),
    patroni: patroniText(vip, sinceAnswer),
    cluster: clusterText(vip),
    place: placeText(vip, now),
    announced: ago(vip.announcedAt, now),
    postmaster: "PostgreSQL's main process: " + vip.postmaster,
  });
  const trouble = vip.trouble;
  part(root, "trouble").hidden = trouble === null;
  if (trouble) say(part(root, "trouble"), trouble.cause + " since " + ago(trouble.since, now));
  showLease(root, vip, sinceAnswer);
  showTimeline(root, vip, now);
  return root;
}

function showAgent({ agent }, now) {
  const { host, version, node, pid, startedAt, configFile, configHash, configReadAt } = agent;
  const file = configFile ?? "no file";
  const refused = agent.reloadRefusedAt
    ? "; a reload was refused " + ago(agent.reloadRefusedAt, now) : "";
  fill(document, {
    host: "on " + host,
    process: "vip-agent " + version + " (Node " + node + "), process " + pid + ", started " +
      ago(startedAt, now),
    configuration: "Configuration: " + file + ", " + configHash + ", read " +
      ago(configReadAt, now) + refused + ", source " + agent.source,
  });
}

function show() {
  const { status, atMs } = last;
  const sinceAnswer = performance.now() - atMs;
  const now = Date.parse(status.at) + sinceAnswer;
  const list = document.getElementById("vips");
  const roots = status.vips.map((vip) => showVip(vip, now, sinceAnswer));
  const isSame = roots.length === list.children.length &&
    roots.every((root, index) => list.children[index] === root);
  if (!isSame) list.replaceChildren(...roots);
  for (const [name, root] of cards) if (!roots.includes(root)) cards.delete(name);
  showAgent(status, now);
}

function tellContact(error) {
  document.body.dataset.contact = error === null ? "live" : "silent";
  if (error === null) return fill(document, { contact: "live, asked once a second", silence: "" });
  const since = last === null ? openedAt : last.wallMs;
  const what = error instanceof NoStatus ? "gives no status" : "does not answer";
  const why = error.name === "TimeoutError" ? "no answer in time" : error.message;
  const below = last === null ? "" : " Below is what it said last.";
  fill(document, {
    contact: "The agent " + what + " since " + clock(since) + ": " + why + "." + below,
    silence: "Silent for " + duration(Date.now() - since) + ".",
  });
  document.title = "no answer \u2013 vip-agent";
}

/** There is an answer, and it is none that can be shown. */
class NoStatus extends Error {}

async function ask() {
  const answer = await fetch(address, {
    cache: "no-store",
    signal: AbortSignal.timeout(deadlineMs),
  });
  if (!answer.ok) throw new NoStatus("it says HTTP " + answer.status);
  const status = await answer.json().catch((error) => {
    throw error.name === "SyntaxError" ? new NoStatus("it says no JSON") : error;
  });
  if (status.version !== knownVersion) {
    throw new NoStatus("it has another version now, reload this page");
  }
  return status;
}

/** Whatever the answer is, the page goes on asking. */
async function turn() {
  try {
    const status = await ask();
    const before = last;
    last = { status, atMs: performance.now(), wallMs: Date.now() };
    try {
      show();
    } catch {
      last = before;
      throw new NoStatus("it says what this page does not understand");
    }
    document.title = titleOf(status);
    tellContact(null);
  } catch (error) {
    tellContact(error);
  }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function seen() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) =>
    document.addEventListener("visibilitychange", resolve, { once: true }),
  );
}

setInterval(() => {
  if (document.body.dataset.contact === "live") show();
}, 250);

(async () => {
  for (;;) {
    await turn();
    await pause(everyMs);
    await seen();
  }
})();
`;

export const pageScript = `"use strict";\n${pageWords}${program}`;
