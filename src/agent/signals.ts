/**
 * What the process is asked to do by signal, as one promise of the first wish.
 *
 * Signals are caught from the very start, so that one that comes while the agent is still starting
 * is not lost. After the first wish, another signal ends the process at once: whoever insists is
 * obeyed, and the kernel's lifetime on the VIP makes even that safe.
 */
export type StopWish = { readonly kind: "release" | "hand-over"; readonly signal: string };

const wishes = {
  SIGTERM: "release",
  SIGINT: "release",
  SIGHUP: "release",
  SIGUSR2: "hand-over",
} as const satisfies Record<string, StopWish["kind"]>;

export function firstStopWish(): Promise<StopWish> {
  const { promise, resolve } = Promise.withResolvers<StopWish>();
  let isAsked = false;
  const onSignal = (signal: keyof typeof wishes) => {
    if (isAsked) process.exit(1);
    isAsked = true;
    resolve({ kind: wishes[signal], signal });
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  process.on("SIGHUP", onSignal);
  process.on("SIGUSR2", onSignal);
  return promise;
}
