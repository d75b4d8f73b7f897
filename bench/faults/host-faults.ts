/**
 * Faults of the host and of its neighbours: whoever else touches the VIP, and the interface.
 */
import {
  addHost,
  addressOf,
  type HostName,
  INTERFACE,
  inHost,
  linkDown,
  linkUp,
  macOf,
  portOf,
  VIP,
} from "../../lab/network.ts";
import { attempt, run } from "../../lab/command.ts";
import { absenceWithin, nothingLost, type Fault } from "./fault.ts";

const stranger: HostName = "stranger";

const removal: Fault = {
  id: "removal",
  title: "VIP removed by hand",
  isRepeated: true,
  goals: [absenceWithin(200)],
  act: async (scene) => {
    scene.strike();
    await scene.removeVip("db1");
  },
};

const secondPrefix: Fault = {
  id: "second-prefix",
  title: "VIP added by hand a second time, as a /24",
  goals: [nothingLost],
  act: async (scene) => {
    scene.strike();
    await scene.ip("db1", `address add ${VIP}/24 dev ${INTERFACE}`);
  },
};

/** With one announcement, as whoever adds it by hand would send it. */
const stray: Fault = {
  id: "stray",
  title: "VIP added by hand on the other database host, and announced there",
  act: async (scene) => {
    scene.strike();
    await intrude("db2");
  },
};

const conflict: Fault = {
  id: "conflict",
  title: "VIP added by hand on a host without an agent, and announced there",
  act: async (scene) => {
    await addHost(stranger);
    await scene.lab.startServer(stranger);
    scene.strike();
    await intrude(stranger);
  },
};

async function intrude(host: HostName): Promise<void> {
  await run([...inHost(host), "ip", "address", "add", `${VIP}/32`, "dev", INTERFACE]);
  await attempt([...inHost(host), "arping", "-q", "-U", "-c", "1", "-I", INTERFACE, VIP]);
}

const link: Fault = {
  id: "link",
  title: "interface down for 2 s",
  act: async (scene) => {
    scene.strike();
    await linkDown("db1");
    await scene.after(2_000);
    await linkUp("db1");
  },
};

/** Its host's network set-up gives it the same addresses again. */
const anew: Fault = {
  id: "interface",
  title: "interface deleted and, 2 s later, made anew",
  act: async (scene) => {
    const own = addressOf("db1");
    scene.strike();
    await run(["ip", "link", "delete", portOf("db1")]);
    await scene.after(2_000);
    const peer = `type veth peer name ${INTERFACE} address ${macOf("db1")} netns db1`;
    await run(["ip", "-batch", "-"], {
      input: `link add ${portOf("db1")} ${peer}\nlink set ${portOf("db1")} master br0 up`,
    });
    await run([...inHost("db1"), "ip", "-batch", "-"], {
      input: `link set ${INTERFACE} up\naddress add ${own}/24 dev ${INTERFACE}`,
    });
  },
};

export const hostFaults: readonly Fault[] = [removal, secondPrefix, stray, conflict, link, anew];
