/**
 * Patroni's callbacks as sightings.
 *
 * What a callback says is a hint: those that may end or begin the role of a primary are told to the
 * policy; every one of them makes the agent look, since something has happened. Roles have changed
 * their names before (`master`, `promoted`), so an unknown one takes nothing away: with the next
 * release of Patroni it may be the name of the primary.
 */
import type { CallbackEvent } from "../../callbacks/event.ts";
import type { CallbackAction, CallbackSeen } from "../../policy/sightings.ts";

export type CallbackSourceOptions = {
  readonly onSighting: (sighting: CallbackSeen, scope: string) => void;
  /** Called for every callback, after its sighting; the role is Patroni's present name of it. */
  readonly onHeard: (action: string, role: string) => void;
  readonly onTrouble: (detail: string) => void;
};

const toldActions: readonly CallbackAction[] = ["on_start", "on_stop", "on_role_change"];
/** They leave the role and the running PostgreSQL as they were. */
const untoldActions = ["on_restart", "on_reload"];
const roles = ["primary", "replica", "standby_leader", "demoted", "uninitialized"];

/** `promoted` slipped out of Patroni 3.0.0. */
const formerRoles: ReadonlyMap<string, string> = new Map([
  ["master", "primary"],
  ["promoted", "primary"],
]);

/** Whatever writes unknown words without end does not fill the log. */
const maxUnknownWords = 20;

/** Returns what to call with each event. */
export function callbackSource(
  options: CallbackSourceOptions,
): (event: CallbackEvent, atMs: number) => void {
  const { onSighting, onHeard, onTrouble } = options;
  const unknown = new Set<string>();
  const complain = (what: string, word: string) => {
    if (unknown.has(word) || unknown.size >= maxUnknownWords) return;
    unknown.add(word);
    onTrouble(`a callback came with the unknown ${what} "${word}"; the key and Patroni are asked`);
  };
  return ({ action: said, role: saidRole, scope }, atMs) => {
    const action = toldActions.find((known) => known === said);
    const role = formerRoles.get(saidRole) ?? saidRole;
    if (action === undefined && !untoldActions.includes(said)) complain("action", said);
    if (!roles.includes(role)) complain("role", role);
    if (action === "on_stop" || (action !== undefined && roles.includes(role))) {
      onSighting({ kind: "callback-seen", atMs, action, role }, scope);
    }
    onHeard(said, role);
  };
}

/**
 * The scope of the cluster whose leader key this is; undefined where the key has another form.
 *
 * `<namespace>/<scope>/leader`, and with Citus `<namespace>/<scope>/<group>/leader`, the group being
 * a number. A number right after the namespace is a scope.
 */
export function scopeOfKey(key: string): string | undefined {
  const segments = key.split("/");
  if (segments.pop() !== "leader") return undefined;
  const last = segments.pop();
  const isGroup = /^\d+$/.test(last ?? "") && segments.length >= 2;
  const scope = isGroup ? segments.pop() : last;
  return scope === "" ? undefined : scope;
}
