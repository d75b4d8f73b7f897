/**
 * `vip-agent provision init`: a cluster file to start from, on standard output.
 */
import { type InitKind, initText } from "../../provision/cluster/init.ts";
import { provisionExit } from "./exit-codes.ts";

export function init(kind: InitKind): number {
  process.stdout.write(initText(kind));
  return provisionExit.fine;
}
