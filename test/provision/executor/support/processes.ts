/** What everybody on the host could see of processes. */
import { readFile, readdir } from "node:fs/promises";

export type SeenProcess = {
  readonly pid: number;
  readonly commandLine: string;
  readonly environment: string;
};

export async function processes(): Promise<readonly SeenProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [commandLine, environment] = await Promise.all(
        ["cmdline", "environ"].map((file) => {
          return readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
        }),
      );
      return { pid, commandLine: commandLine ?? "", environment: environment ?? "" };
    }),
  );
  return found.filter(({ commandLine }) => commandLine !== "");
}

/** The ssh processes that hold connections. */
export async function masters(): Promise<readonly number[]> {
  const all = await processes();
  return all
    .filter(
      ({ commandLine }) =>
        commandLine.startsWith("ssh\0") && commandLine.includes("ControlMaster=yes"),
    )
    .map(({ pid }) => pid);
}
