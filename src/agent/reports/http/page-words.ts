/**
 * The words of the status page: how it says what a status says. Text of a program for the browser,
 * pure functions all of them; page-script.ts puts what they return into the page.
 */
import { holdReasons, yieldReasons } from "../../../policy/reasons.ts";

/** In a script `<` could end it. */
const reasonWords = JSON.stringify({ ...holdReasons, ...yieldReasons }).replaceAll("<", "\\u003c");

const functions = String.raw`
const stateWords = {
  holding: "\u25cf Held here",
  acquiring: "\u25d4 To be held here, not there yet",
  releasing: "\u25d1 On its way out",
  standby: "\u25cb Not here",
};

function duration(ms) {
  const s = Math.max(0, ms) / 1000;
  if (s < 10) return s.toFixed(1) + " s";
  if (s < 120) return Math.floor(s) + " s";
  const min = Math.floor(s / 60);
  if (min < 120) return min + " min";
  const h = Math.floor(min / 60);
  if (h < 48) return h + " h " + (min % 60) + " min";
  return Math.floor(h / 24) + " d " + (h % 24) + " h";
}

function clock(text) {
  const at = new Date(text);
  const pad = (number) => String(number).padStart(2, "0");
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(pad).join(":");
  const isToday = at.toDateString() === new Date().toDateString();
  const day = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map(pad).join("-");
  return isToday ? time : day + " " + time;
}

function ago(text, now) {
  return text === null ? "never" : clock(text) + " (" + duration(now - Date.parse(text)) + " ago)";
}

function whoLeads({ leader }) {
  if (leader.state === "unread") return "who leads is not known yet";
  if (leader.state === "missing") return "nobody leads: the key is gone";
  return leader.isMe ? "this member leads" : leader.member + " leads";
}

function keyText({ key, leader }, sinceAnswer) {
  if (leader.state === "unread") return key + ": not read yet";
  const value = leader.state === "missing" ? key + " is not there" : key + " = " + leader.member;
  const session = leader.session === null ? "no session" : "session " + leader.session;
  const asked = "asked " + duration(leader.ageMs + sinceAnswer) + " ago";
  return [value, ...(leader.state === "named" ? [session] : []), asked].join(", ");
}

function patroniText({ patroni }, sinceAnswer) {
  if (patroni === null) return "not asked, or it has not answered";
  const { role, postgres, timeline, hasLock, isPaused, isFailsafeActive, ageMs } = patroni;
  const words = [role, "PostgreSQL " + postgres];
  if (timeline !== null) words.push("timeline " + timeline);
  words.push(hasLock ? "has the lock" : "without the lock");
  if (isPaused) words.push("paused");
  if (isFailsafeActive) words.push("failsafe mode active");
  return words.join(", ") + " (" + duration(ageMs + sinceAnswer) + " ago)";
}

function clusterText({ cluster }) {
  const { ttlMs, loopWaitMs, retryTimeoutMs, isPaused, hasFailsafe, isStandby } = cluster;
  const words = ["ttl " + ttlMs / 1000 + " s, loop_wait " + loopWaitMs / 1000 + " s, " +
    "retry_timeout " + retryTimeoutMs / 1000 + " s"];
  if (isPaused) words.push("paused");
  if (hasFailsafe) words.push("failsafe mode");
  if (isStandby) words.push("standby cluster");
  return words.join(", ");
}

function placeText(vip, now) {
  const since = vip.reachableSince;
  const place = (vip.isHeld ? "on " : "not on ") + vip.interface + " (link " + vip.link + ")";
  return since === null ? place : place + ", reachable since " + ago(since, now);
}

/** In the title, so that a row of tabs shows where the VIP is. */
function titleOf({ agent, vips }) {
  const words = vips.map((vip) => vip.vip + " " + vip.state + (vip.attention.length ? " !" : ""));
  return words.join(", ") + " \u2013 " + agent.host;
}
`;

export const pageWords = `const reasonWords = ${reasonWords};\n${functions}`;
