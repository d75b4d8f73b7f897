/**
 * The fake host's package manager: files first, then users, then the services that the package's
 * scripts start, and the entry in its list last.
 */
import { type HostModel, type PackageModel, directory, file } from "./model.ts";
import { Refusal } from "./refusal.ts";
import { daemonReload, enable, isMasked, isRunning, start } from "./systemd.ts";

export function installPackage(
  model: HostModel,
  name: string,
  wanted: PackageModel | undefined,
): readonly (() => void)[] {
  const found = () => {
    if (wanted === undefined) throw new Refusal(`unable to locate package ${name}`);
    return wanted;
  };
  return [
    () => {
      for (const user of found().users ?? []) {
        model.groups.add(user);
        if (!model.users.has(user)) model.users.set(user, { home: "/", groups: [user] });
      }
      for (const [path, text] of Object.entries(found().files ?? {})) putFile(model, path, text);
    },
    () => startService(model, found()),
    () => model.packages.set(name, found().version),
  ];
}

/** As dpkg does with a configuration file: one that is there already stays. */
function putFile(model: HostModel, path: string, text: string): void {
  const parts = path.split("/").slice(1, -1);
  for (const [index] of parts.entries()) {
    const parent = `/${parts.slice(0, index + 1).join("/")}`;
    if (!model.entries.has(parent)) model.entries.set(parent, directory());
  }
  if (path.startsWith("/etc/") && model.entries.has(path)) return;
  model.entries.set(path, file(text));
}

function startService(model: HostModel, { starts }: PackageModel): void {
  if (starts === undefined || isMasked(model, starts.unit)) return;
  if (starts.unlessPath !== undefined && model.entries.has(starts.unlessPath)) return;
  daemonReload(model, starts.unit);
  enable(model, starts.unit);
  if (isRunning(model, starts.unit)) return;
  try {
    start(model, starts.unit);
  } catch (error) {
    // A service that does not come up is no failure of the installation.
    if (!(error instanceof Refusal)) throw error;
  }
}
