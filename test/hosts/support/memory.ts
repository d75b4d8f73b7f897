/**
 * Makes the kernel kill a process of a machine for want of memory.
 *
 * The process is given a control group that may use hardly any, and what it asks for next is
 * refused: in the unit's own group where the machine has the controller of memory, else in one that
 * is made for it in the older tree, where that controller is on hosts with both.
 */
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";

import { waitUntil } from "../../../lab/clock.ts";
import type { Machine } from "../../../lab/machines/machine.ts";

const LIMIT = "1M";
// An idle process asks for memory now and then only.
const KILLED_WITHIN_MS = 30_000;

/** Answers with the number of processes that the kernel has killed. */
export async function exhaustMemory(machine: Machine, unit: string, pid: number): Promise<number> {
  const own = await machine.controlGroup(unit);
  if (await hasFile(`${own}/memory.max`)) {
    await writeFile(`${own}/memory.max`, LIMIT);
    await untilEnded(pid);
    return 1;
  }
  const group = process.env["LAB_MEMORY_CGROUP"] ?? "";
  await mkdir(group);
  try {
    await writeFile(`${group}/cgroup.procs`, String(pid));
    await writeFile(`${group}/memory.limit_in_bytes`, LIMIT);
    await untilEnded(pid);
    const control = await readFile(`${group}/memory.oom_control`, "utf8");
    return Number(/^oom_kill (\d+)$/mu.exec(control)?.[1]);
  } finally {
    await waitUntil("the group is empty", () => isRemoved(group));
  }
}

async function untilEnded(pid: number): Promise<void> {
  const isEnded = async () => !(await hasFile(`/proc/${pid}/status`));
  await waitUntil("the process is killed", isEnded, { timeoutMs: KILLED_WITHIN_MS });
}

async function hasFile(file: string): Promise<boolean> {
  return (await readFile(file, "utf8").catch(() => undefined)) !== undefined;
}

async function isRemoved(folder: string): Promise<boolean> {
  return await rmdir(folder).then(
    () => true,
    () => false,
  );
}
