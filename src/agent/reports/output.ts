/**
 * Where the lines of the log go: to whoever reads them, and never at the cost of the loop.
 *
 * A pipe or a socket that nobody reads fills up, and a write that waits for room would stop the
 * whole agent: the VIP would leave because journald hangs. So such a one is written without
 * waiting; what cannot go at once is kept up to a bound, and beyond it lines are dropped and
 * counted. A full disk loses lines too, and a closed stdout all of them.
 */
import { fstatSync, writeSync } from "node:fs";

export type Output = { readonly write: (line: string) => void };

/** Some hundred lines, a pipe's worth: enough for a reader that is merely slow. */
const maxWaitingBytes = 65_536;

export function openOutput(descriptor: 1 | 2): Output {
  return isAwaited(descriptor)
    ? openStream(descriptor)
    : { write: (line) => put(descriptor, line) };
}

function isAwaited(descriptor: number): boolean {
  try {
    const kind = fstatSync(descriptor);
    return kind.isFIFO() || kind.isSocket();
  } catch {
    return false;
  }
}

/** Touched only here: the stream of Node makes its descriptor one that does not wait. */
function openStream(descriptor: 1 | 2): Output {
  const stream = descriptor === 1 ? process.stdout : process.stderr;
  // A reader that went away (journald restarts) must not cost the VIP; without a listener the error
  // would be thrown.
  stream.on("error", () => undefined);
  let dropped = 0;
  return {
    write: (line) => {
      if (stream.writableLength > maxWaitingBytes) {
        dropped += 1;
        return;
      }
      if (dropped > 0) stream.write(lossLine(dropped));
      dropped = 0;
      stream.write(line);
    },
  };
}

function lossLine(dropped: number): string {
  const time = new Date().toISOString();
  const msg = `${dropped} lines were dropped: nobody read them`;
  return `${JSON.stringify({ level: "warn", time, event: "lines-dropped", dropped, msg })}\n`;
}

function put(descriptor: number, line: string): void {
  try {
    writeSync(descriptor, line);
  } catch {
    // There is nowhere to say it.
  }
}
