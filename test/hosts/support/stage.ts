/**
 * The stage of the tests on a real systemd: a Consul, a client, and the machine db1 with the agent
 * installed as its packages would.
 *
 * PostgreSQL's stand-in runs beside the machine on the same wire, not inside of it: when the machine
 * shuts down, whatever a client hears comes from the agent. After each test the service is stopped
 * and all that a test has written is removed; of a test that failed, the journal is printed.
 */
import type { SuiteContext, TestContext } from "node:test";

import { Client, type ClientOptions } from "../../../lab/client.ts";
import { waitUntil } from "../../../lab/clock.ts";
import { run } from "../../../lab/command.ts";
import type { ConsulOptions } from "../../../lab/consul.ts";
import type { Happening, Journal } from "../../../lab/journal.ts";
import { createLab, type Lab } from "../../../lab/lab.ts";
import { LEADER_KEY, LeaderKey } from "../../../lab/leader-key.ts";
import { Machine, type MachineOptions } from "../../../lab/machines/machine.ts";
import { inHost, INTERFACE, VIP } from "../../../lab/network.ts";
import type { AddressEvent, Watch } from "../../../lab/watch.ts";
import { PingProbe } from "../../lab/support/ping-probe.ts";
import { isAdded, WIDE_MS } from "../../lab/support/stage.ts";

export const HOST = "db1";
export const MEMBER = "test-db1";
export const UNIT = "vip-agent.service";
export const CONFIGURATION = "/etc/vip-agent/vip-agent.yml";
export const PROMOTE_SECONDARIES = `/proc/sys/net/ipv4/conf/${INTERFACE}/promote_secondaries`;
const DROP_INS = "/etc/systemd/system";

export type Settings = Readonly<Record<string, unknown>>;

export type StageOptions = {
  readonly consul?: ConsulOptions;
  readonly machine?: Omit<MachineOptions, "host">;
};

export class HostStage {
  readonly lab: Lab;
  readonly machine: Machine;
  readonly #closers: (() => Promise<unknown>)[] = [];
  readonly #written = new Set<string>();
  #journalSinceMs = 0;

  private constructor(lab: Lab, machine: Machine) {
    this.lab = lab;
    this.machine = machine;
  }

  static async open({ consul = {}, machine = {} }: StageOptions = {}): Promise<HostStage> {
    const lab = await createLab({ hosts: ["dcs", HOST, "client"], consul });
    try {
      await lab.startServer(HOST);
      return new HostStage(lab, await Machine.boot({ host: HOST, ...machine }));
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** Writes a configuration: a VIP on the interface, the key in the lab's Consul, and these. */
  async configure(settings: Settings = {}, file = CONFIGURATION): Promise<void> {
    const all = {
      ip: VIP,
      interface: INTERFACE,
      "trigger-key": LEADER_KEY,
      "trigger-value": MEMBER,
      "dcs-endpoints": this.lab.consul.endpoint,
      ...settings,
    };
    // JSON values are YAML values too.
    const lines = Object.entries(all).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
    await this.write(file, lines.join(""));
  }

  async write(path: string, content: string): Promise<void> {
    this.#written.add(path);
    await this.machine.write(path, content);
  }

  /** Lines of the section [Service] in a drop-in of the unit. */
  async dropIn(lines: string, unit = UNIT): Promise<void> {
    await this.write(`${DROP_INS}/${unit}.d/test.conf`, `[Service]\n${lines}\n`);
    await this.systemctl("daemon-reload");
  }

  async systemctl(...words: readonly string[]): Promise<string> {
    return await this.machine.run(["systemctl", ...words]);
  }

  /** The service runs and holds the VIP, because the key names its member. */
  async hold(settings: Settings = {}): Promise<Journal<AddressEvent>> {
    await this.configure(settings);
    const addresses = await this.addresses();
    await this.lab.leaderKey.move(MEMBER);
    await this.systemctl("start", UNIT);
    await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
    return addresses;
  }

  async addresses(vips?: readonly string[]): Promise<Journal<AddressEvent>> {
    return this.#own(await this.lab.watchAddresses(HOST, vips));
  }

  async announcements() {
    return this.#own(await this.lab.watchAnnouncements("client"));
  }

  /** The leader key of another cluster. */
  otherKey(path: string): LeaderKey {
    const key = new LeaderKey(this.lab.consul, path);
    this.#closers.push(async () => key.close());
    return key;
  }

  caller(options: ClientOptions = {}): Client {
    const client = this.lab.startClient({ pauseMs: 8, timeoutMs: 2_000, ...options });
    this.#closers.push(() => client.close());
    return client;
  }

  ping(): PingProbe {
    const probe = new PingProbe(VIP);
    this.#closers.push(() => probe.close());
    return probe;
  }

  /** Whether the service is up, by its own word and systemd's. */
  async status(unit = UNIT): Promise<{ readonly state: string; readonly text: string }> {
    const [state, text] = await Promise.all([
      this.machine.property(unit, "ActiveState"),
      this.machine.property(unit, "StatusText"),
    ]);
    return { state, text };
  }

  async untilStatus(text: RegExp, unit = UNIT): Promise<void> {
    const isSaid = async () => text.test((await this.status(unit)).text);
    await waitUntil(`${unit} says ${text}`, isSaid, { timeoutMs: WIDE_MS, everyMs: 20 });
  }

  async untilActive(unit = UNIT): Promise<void> {
    const isActive = async () => (await this.status(unit)).state === "active";
    await waitUntil(`${unit} is active`, isActive, { timeoutMs: 40_000, everyMs: 50 });
  }

  /** What the agent and systemd have said about it since the test began. */
  async journal(unit = "vip-agent*"): Promise<readonly string[]> {
    return await this.machine.journal(unit, this.#journalSinceMs);
  }

  /** To be called after each test. */
  async strike(test: TestContext | SuiteContext): Promise<void> {
    for (const close of this.#closers.splice(0)) await close();
    if (!this.machine.isOn) return;
    const hasFailed = "passed" in test && !test.passed;
    if (hasFailed) for (const line of await this.journal()) test.diagnostic(line);
    await this.machine.attempt(["systemctl", "stop", "vip-agent*"]);
    for (const path of this.#written) await this.machine.remove(path);
    this.#written.clear();
    await this.systemctl("daemon-reload");
    await this.systemctl("reset-failed");
    await this.machine.run(["sh", "-c", `echo 0 >${PROMOTE_SECONDARIES}`]);
    this.#journalSinceMs = Date.now();
    await run([...inHost("client"), "ip", "neighbour", "flush", "all"]);
    await this.lab.consul.call("kv/db/?recurse", { method: "DELETE" });
  }

  async close(): Promise<void> {
    await this.machine.close();
    await this.lab.close();
  }

  #own<E extends Happening>({ events, close }: Watch<E>): Journal<E> {
    this.#closers.push(close);
    return events;
  }
}
