/**
 * Faults of the leader key: moved, missing, missing in an outage, without a session.
 */
import { memberOf } from "../../lab/agent.ts";
import { goneWithin, noTransition, nothingLost, overlapWithin, type Fault } from "./fault.ts";

const gapMs = 8_000;

const move: Fault = {
  id: "move",
  title: "no fault: the key moves, 15 ms without one",
  goals: [overlapWithin(100)],
  act: async (scene) => {
    scene.strike();
    await scene.lead("db2");
  },
};

/** The leader's session is lost, and its Patroni takes the key again in its next loop. */
const gap: Fault = {
  id: "gap",
  title: "key missing for 8 s, then back with the same member (lost session)",
  goals: [nothingLost, noTransition],
  act: async (scene) => {
    const { leaderKey } = scene.lab;
    scene.strike();
    await leaderKey.destroySession(memberOf("db1"));
    await scene.after(gapMs);
    await leaderKey.acquire(memberOf("db1"));
  },
};

const gapOutage: Fault = {
  id: "gap-outage",
  isToLeave: true,
  title: "key missing, and a second later Consul is silent",
  goals: [goneWithin(6_000)],
  act: async (scene) => {
    scene.strike();
    await scene.lab.leaderKey.remove();
    await scene.after(1_000);
    await scene.lab.consul.freeze();
  },
};

const noSession: Fault = {
  id: "no-session",
  isToLeave: true,
  title: "key written by hand: it names the holder, but no session locks it",
  goals: [goneWithin(1_000)],
  act: async (scene) => {
    const { leaderKey } = scene.lab;
    scene.strike();
    await leaderKey.remove();
    await leaderKey.writePlain(memberOf("db1"));
  },
};

export const keyFaults: readonly Fault[] = [move, gap, gapOutage, noSession];
