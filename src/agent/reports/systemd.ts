/**
 * What systemd is told: that the agent is ready, what it holds, and that its loop lives.
 *
 * Node has no unix datagram sockets, so `systemd-notify` carries the words (the unit needs
 * `NotifyAccess=all`). Without NOTIFY_SOCKET nothing is done. The watchdog is fed only while the
 * loop makes progress, never by a bare timer: a loop that hangs must be restarted, and its VIP
 * meanwhile ends with its lifetime.
 */
import { runCommand } from "../../vip/command.ts";
import type { Clock } from "../../clock.ts";

export type Systemd = {
  readonly ready: () => void;
  /** One VIP's part of the line that `systemctl status` shows. */
  readonly status: (vip: string, text: string) => void;
  /** There is no such VIP any more. */
  readonly forget: (vip: string) => void;
  readonly stopping: () => void;
  /** Feeds the watchdog whenever this says that there is progress. */
  readonly watch: (isProgressing: () => boolean) => void;
  readonly close: () => void;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** Tells systemd something; for tests to listen in. */
export type Notify = (args: readonly string[]) => void;

const deadlineMs = 2_000;

export function createSystemd(
  environment: Environment,
  clock: Clock,
  notify: Notify = notifierOf(environment),
): Systemd {
  const texts = new Map<string, string>();
  const feedEveryMs = watchdogMs(environment) / 2;
  let cancelFeed: () => void = () => undefined;
  return {
    ready: () => notify(["--ready"]),
    status: (vip, text) => {
      texts.set(vip, text);
      const line = [...texts].map((entry) => entry.join(": ")).join("; ");
      notify([`--status=${line}`]);
    },
    forget: (vip) => {
      texts.delete(vip);
    },
    stopping: () => notify(["STOPPING=1"]),
    watch: (isProgressing) => {
      if (!Number.isFinite(feedEveryMs)) return;
      cancelFeed();
      const feed = () => {
        if (isProgressing()) notify(["WATCHDOG=1"]);
        cancelFeed = clock.at(clock.nowMs() + feedEveryMs, feed);
      };
      feed();
    },
    close: () => cancelFeed(),
  };
}

function notifierOf(environment: Environment): Notify {
  const socket = environment["NOTIFY_SOCKET"];
  if (socket === undefined || socket === "") return () => undefined;
  const env = { NOTIFY_SOCKET: socket };
  // One after the other: of two that run at once the older status could come last.
  let last: Promise<unknown> = Promise.resolve();
  return (args) => {
    last = last.then(() => runCommand({ path: "systemd-notify", args, deadlineMs, env }));
  };
}

/** systemd gives the time of its watchdog in microseconds; without one it is endless. */
function watchdogMs(environment: Environment): number {
  const microseconds = Number(environment["WATCHDOG_USEC"]);
  return microseconds > 0 ? microseconds / 1_000 : Number.POSITIVE_INFINITY;
}
