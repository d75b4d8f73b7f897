/**
 * The ways in which one announcement of a VIP can be put on the wire, whatever its family and
 * whatever this host has installed.
 *
 * The announcer decides when something is said; the voice says it.
 */
import {
  type Utterance,
  announcementForms,
  announcingTool,
  sendAnnouncement,
} from "./announcement.ts";
import type { BoundVip } from "./bind.ts";
import { type Datagram, sendDatagram, warmUpDatagrams } from "./datagram.ts";
import { HelperProgram } from "./helper.ts";
import type { Tools } from "./tools.ts";

export type Form = (utterance: Utterance) => void;

export type Voice = {
  /** The kernel's own ARP request, by a datagram. */
  readonly ask: (datagram: Datagram) => void;
  /**
   * The packets that announce this VIP, in their order. None where the host lacks the program: then
   * the kernel's own request is all that neighbours hear.
   */
  readonly formsOf: (vip: BoundVip) => readonly Form[];
};

/** Two forms of a second each, sent each second, leave four at work; the rest does not end. */
const maxRunning = 8;

export function createVoice(tools: Pick<Tools, "arping" | "ndptool">): Voice {
  warmUpDatagrams();
  const programs = new Map<BoundVip, HelperProgram>();
  const programOf = (vip: BoundVip, path: string): HelperProgram => {
    const known = programs.get(vip);
    if (known !== undefined) return known;
    const program = new HelperProgram({ name: announcingTool(vip), path, maxRunning });
    programs.set(vip, program);
    return program;
  };
  return {
    ask: sendDatagram,
    formsOf: (vip) => {
      const program = tools[announcingTool(vip)];
      if (!program.ok) return [];
      const helper = programOf(vip, program.path);
      return announcementForms(vip).map((args): Form => {
        return (utterance) => sendAnnouncement({ program: helper, args, ...utterance });
      });
    },
  };
}
