/**
 * A scraper that asks far too often.
 *
 *     node lab/programs/scraper.ts URL PER_SECOND SECONDS
 *
 * Each question has a connection of its own, the dearest way to ask, and at most a dozen are under
 * way at a time. At the end it prints one line of JSON with what became of them:
 *
 *     {"asked":10000,"answered":10000,"bytes":412000000}
 */
import { request } from "node:http";

const [url = "", perSecond = "0", seconds = "0"] = process.argv.slice(2);

const everyMs = 10;
const underWayMax = 12;
const tally = { asked: 0, answered: 0, bytes: 0 };
let underWay = 0;

function ask(): void {
  underWay += 1;
  tally.asked += 1;
  const question = request(url, { agent: false }, (answer) => {
    answer.on("data", (chunk: Buffer) => {
      tally.bytes += chunk.length;
    });
    answer.on("end", () => {
      tally.answered += answer.statusCode === 200 ? 1 : 0;
    });
  });
  question.on("error", () => undefined);
  question.on("close", () => {
    underWay -= 1;
  });
  question.setTimeout(2_000, () => question.destroy());
  question.end();
}

const beganAtMs = performance.now();
const turn = setInterval(() => {
  const sinceS = (performance.now() - beganAtMs) / 1_000;
  if (sinceS >= Number(seconds)) {
    clearInterval(turn);
    return;
  }
  const due = Math.floor(sinceS * Number(perSecond));
  while (tally.asked < due && underWay < underWayMax) ask();
}, everyMs);

process.on("beforeExit", () => {
  console.log(JSON.stringify(tally));
  process.exit(0);
});
