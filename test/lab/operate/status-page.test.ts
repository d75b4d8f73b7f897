/**
 * The status page in a real browser: what it shows, that it stays live, that it tells of silence,
 * and that nothing in a status is ever markup.
 *
 * The server is the agent's own, its answers are made up; the last test has a real agent. What the
 * page looks like is kept as pictures in artefacts/.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, describe, it, type TestContext } from "node:test";

import { addressOf, VIP } from "../../../lab/network.ts";
import { answerTo, type Answer, type Sources } from "../../../src/agent/reports/http/routes.ts";
import { openServer } from "../../../src/agent/reports/http/server.ts";
import type { Status, VipStatus } from "../../../src/agent/reports/status.ts";
import { aStatus, aVipStatus } from "../../agent/reports/a-status.ts";
import { someSources } from "../../agent/reports/http/support.ts";
import { LAB, skipWithout } from "../support/capabilities.ts";
import { Browser, skipWithoutChromium, type Look, type Page } from "../support/chromium.ts";
import { faintTexts } from "../support/contrast.ts";
import { holding, now, standby, troubled } from "../support/night.ts";
import { Stage, withStage } from "../support/stage.ts";

const skip = (await skipWithout(...LAB)) || (await skipWithoutChromium());

const PHONE: Look = { width: 390, height: 844, scheme: "light" };
const DESK: Look = { width: 1_000, height: 900, scheme: "light" };

const CARD = "#vips article";

function dark(look: Look): Look {
  return { ...look, scheme: "dark" };
}

let browser: Browser;
let server: Server;
// What the agent says, or does instead of answering.
let said: Status | "hang" | "refuse" | "riddle";
let url = "";

async function serve(): Promise<void> {
  const answer = async (method?: string, target?: string): Promise<Answer> => {
    const isStatus = target === "/status";
    if (isStatus && said === "hang") await once(server, "close");
    if (isStatus && said === "refuse") return { code: 503, type: "text/plain", body: "no" };
    const riddle = { ...aStatus(), vips: [{}] } as unknown as Status;
    const status = () => (typeof said === "string" ? riddle : said);
    const sources: Sources = someSources({ status });
    return answerTo(method, target, sources);
  };
  server = await openServer({ answerTo: answer });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function photograph(test: TestContext, page: Page, name: string): Promise<void> {
  test.diagnostic(`picture: ${await page.photograph(name)}`);
}

const beforeState = `getComputedStyle(document.querySelector(".state"), "::before").content`;

// What the agent does, and what the page says of it.
const silences = [
  ["hang", /does not answer since \d\d:\d\d:\d\d: no answer in time\. Below is what it said/u],
  ["refuse", /gives no status since \d\d:\d\d:\d\d: it says HTTP 503\. Below is what it said/u],
  ["riddle", /does not understand\. Below is what it said last\. Silent for [1-9]/u],
] as const;

describe("the status page", { skip }, () => {
  before(async () => {
    browser = await Browser.open();
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });
  after(() => browser.close());

  async function show(status: typeof said, look = PHONE): Promise<Page> {
    said = status;
    await serve();
    return await browser.page(url, look);
  }

  it("shows who holds the VIP, why, since when and what happens next", async (test) => {
    const page = await show(now([holding()]));
    await page.waitFor(CARD, /Held here/u);
    const text = await page.text(CARD);
    for (const words of [
      /192\.168\.1\.140\/32/u,
      /this member leads/u,
      /the key names this member and Consul confirms it \(leader\)/u,
      /Since\s+\d\d:\d\d:\d\d \(10 min ago\)/u,
      /Next\s+stays while Consul confirms the key/u,
      /Key\s+db\/test\/leader = test-db1, session 8f1d0a52/u,
      /Patroni\s+primary, PostgreSQL running, timeline 3, has the lock/u,
      /Cluster\s+ttl 30 s, loop_wait 10 s, retry_timeout 10 s/u,
      /VIP\s+on eth0 \(link up\), reachable since/u,
    ]) {
      assert.match(text, words);
    }
    assert.match(await page.text("footer"), /vip-agent 0\.1\.0 \(Node 24\.0\.0\), process 4242/u);
    assert.equal(await page.evaluate("document.title"), "192.168.1.140/32 holding – db1");
    assert.equal(await page.text("[data-is=contact]"), "live, asked once a second");
    await photograph(test, page, "status-page-phone-light");
    await page.appear(dark(PHONE));
    await photograph(test, page, "status-page-phone-dark");
    await page.appear(DESK);
    await photograph(test, page, "status-page-desk-light");
    assert.deepEqual(page.errors, []);
  });

  it("draws the last changes with their reasons and how long they lasted", async () => {
    const page = await show(now([holding()]));
    await page.waitFor(".timeline", /other-leader/u);
    const verdicts = `[...document.querySelectorAll(".timeline li")].map((one) => one.dataset.verdict)`;
    assert.deepEqual(await page.evaluate(verdicts), ["hold", "yield", "yield", "hold", "hold"]);
    const second = await page.text(".timeline li:nth-child(2)");
    assert.match(second, /^\d\d:\d\d:\d\d yield: no-leader for 12 s\s/u);
    assert.match(second, /there is no key, .*; the key named nobody$/u);
    assert.match(
      await page.text(".timeline li:nth-child(5)"),
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d hold/u,
    );
    const lines = `[...document.querySelectorAll(".timeline li")].map((one) =>
      getComputedStyle(one, "::after").borderLeftStyle)`;
    assert.deepEqual(await page.evaluate(lines), ["solid", "dashed", "dashed", "solid", "solid"]);
  });

  it("changes with the agent, and says what wants attention", async (test) => {
    const page = await show(now([standby()]), dark(PHONE));
    await page.waitFor(CARD, /Not here\s+test-db2 leads/u);
    assert.match(await page.text(CARD), /Lease\s+none: not to be held/u);
    await photograph(test, page, "status-page-standby");
    said = now([troubled()]);
    await page.waitFor(".attention", /Consul gives no answer/u);
    assert.match(await page.text(CARD), /Held here.*timeout since/su);
    assert.equal(await page.evaluate("document.title"), "192.168.1.140/32 holding ! – db1");
    await photograph(test, page, "status-page-attention");
    said = now([aVipStatus({ state: "releasing" }), standby({ vip: "10.0.0.1/32" })]);
    await page.waitFor(`${CARD}:nth-child(2)`, /10\.0\.0\.1\/32/u);
    await page.waitFor(CARD, /On its way out/u);
    said = now([standby({ vip: "10.0.0.1/32" })]);
    await page.waitFor(CARD, /10\.0\.0\.1\/32/u);
    assert.equal(await page.evaluate(`document.querySelectorAll("${CARD}").length`), 1);
    assert.deepEqual(page.errors, []);
  });

  it("says that a reload was refused, until one is taken", async () => {
    const at = new Date().toISOString();
    const page = await show({ ...aStatus([holding()], { reloadRefusedAt: at }), at });
    await page.waitFor(
      "footer",
      /read .* ago\); a reload was refused \d\d:\d\d:\d\d .*, source consul/u,
    );
    said = now([holding()]);
    await page.waitFor("footer", /ago\), source consul/u);
  });

  it("lets the lease run down while no answer comes", async () => {
    const page = await show(now([aVipStatus()]));
    await page.waitFor(CARD, /Held here/u);
    said = "hang";
    const width = `parseFloat(document.querySelector(".fill").style.width)`;
    const isLess = `new Promise((resolve) => {
      const before = ${width};
      setTimeout(() => resolve(before > ${width} && ${width} > 0), 600);
    })`;
    assert.equal(await page.evaluate(isLess), true);
    const value = `document.querySelector(".bar").getAttribute("aria-valuetext")`;
    assert.match(String(await page.evaluate(value)), /^1\d s left$/u);
  });

  it("says since when the agent does not answer, keeps what it said, and comes back", async (test) => {
    const page = await show(now([aVipStatus()]));
    await page.waitFor(CARD, /Held here/u);
    for (const [silence, words] of silences) {
      said = silence;
      await page.waitFor(".contact", words);
      assert.match(await page.text(CARD), /Held here/u);
      assert.match(String(await page.evaluate(beforeState)), /Last heard/u);
      assert.equal(await page.evaluate("document.title"), "no answer – vip-agent");
      if (silence === "refuse") await photograph(test, page, "status-page-silent");
      server.closeAllConnections();
      said = now([aVipStatus()]);
      await page.waitFor(".contact", /^live/u);
      assert.equal(await page.evaluate(beforeState), "none");
    }
  });

  it("that was never answered says so", async () => {
    const page = await show("refuse");
    await page.waitFor(".contact", /gives no status since .*: it says HTTP 503\. Silent for/u);
    assert.equal(await page.text("#vips"), "");
  });

  it("asks for a reload where the agent has become another version", async () => {
    const page = await show({ ...aStatus(), version: 2 } as unknown as Status);
    await page.waitFor(".contact", /it has another version now, reload this page/u);
  });

  it("shows markup as the text that it is", async () => {
    const evil = `<script>document.title = "owned"</script><img src=x onerror="document.title = 'owned'">`;
    const leader = { ...aVipStatus().leader, member: evil, session: evil, isMe: false };
    const at = aStatus().at;
    const page = await show(
      now([
        standby({
          leader,
          member: evil,
          key: evil,
          explanation: evil,
          next: evil,
          attention: [evil],
          interface: evil,
          patroni: { ...aVipStatus().patroni, role: evil } as VipStatus["patroni"],
          transitions: [{ at, verdict: "hold", reason: "leader", leader: evil }],
        }),
      ]),
    );
    await page.waitFor(".attention", /<script>/u);
    for (const part of ["who", "explanation", "next", "key", "patroni", "place", "leader"]) {
      const text = await page.text(`#vips [data-is=${part}]`);
      assert.ok(text.includes(`onerror="document.title = 'owned'"`), `${part}: ${text}`);
    }
    const intruders = `document.querySelectorAll("#vips script, #vips img").length`;
    assert.equal(await page.evaluate(intruders), 0);
    assert.doesNotMatch(String(await page.evaluate("document.title")), /owned/u);
    assert.deepEqual(page.errors, []);
  });

  it("fits a phone, whatever it has to show", async () => {
    const long = "abcdefghij".repeat(20);
    const leader = { ...aVipStatus().leader, member: long };
    const vip = standby({ leader, key: long, attention: [long], interface: long });
    const page = await show(now([vip]));
    await page.waitFor(CARD, /abcdefghij/u);
    const width = await page.evaluate("document.scrollingElement.scrollWidth");
    assert.equal(width, PHONE.width);
  });

  it("has a contrast of 4.5 or more, in the light and in the dark", async () => {
    const vips = (["holding", "acquiring", "releasing", "standby"] as const).map((state, index) =>
      aVipStatus({ ...troubled(), state, vip: `10.0.0.${index}/32` }),
    );
    const page = await show(now(vips));
    await page.waitFor(`${CARD}:nth-child(4)`, /Not here/u);
    for (const look of [PHONE, dark(PHONE)]) {
      await page.appear(look);
      assert.deepEqual(await page.evaluate(faintTexts), [], look.scheme);
    }
    said = "refuse";
    await page.waitFor(".contact", /gives no status/u);
    assert.deepEqual(await page.evaluate(faintTexts), []);
  });

  it("marks what is read aloud, and gives the lease a value", async () => {
    const page = await show(now([aVipStatus()]));
    await page.waitFor(CARD, /Held here/u);
    const roles = `["[role=status]", "[aria-live=polite] .state", "[role=meter][aria-valuemax='16']"]
      .map((selector) => document.querySelectorAll(selector).length)`;
    assert.deepEqual(await page.evaluate(roles), [1, 1, 1]);
  });
});

describe("the status page of a real agent", { skip }, () => {
  let stage: Stage;
  let real: Browser;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });
  before(async () => {
    real = await Browser.open();
  });
  after(() => real.close());

  it("follows a move of the leader", async () => {
    const address = addressOf("db1");
    await stage.holder("db1", { "metrics-address": address, "metrics-port": 9_728 });
    const page = await real.page(`http://${address}:9728/`, PHONE);
    await page.waitFor(CARD, new RegExp(`${VIP}/32\\s+● Held here\\s+this member leads`, "u"));
    await stage.lab.leaderKey.move("test-db2");
    await page.waitFor(CARD, /Not here\s+test-db2 leads/u);
    await page.waitFor(".timeline", /other-leader.*leader/su);
    assert.deepEqual(page.errors, []);
  });
});
