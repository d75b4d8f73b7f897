/**
 * All rules across keys, in the order in which a person would look at a cluster.
 */
import type { Complaint } from "../../complaints.ts";
import {
  addressesAreDistinct,
  databaseHostsHaveAnInterface,
  vipFitsItsSubnet,
  vipHasNameOfItsOwn,
  vipIsNoHostsAddress,
} from "./address-rules.ts";
import { disksAreTwo, disksHaveLastingNames, rootsAreApart } from "./disk-rules.ts";
import type { Draft } from "./draft.ts";
import { consulHttpIsLocal, hostKeysAreChecked, sshOptionsAreOptions } from "./exposure-rules.ts";
import {
  consulServersCanVote,
  databaseHostsAreThere,
  databaseKeysAreOnDatabaseHosts,
  serversShareNoHost,
} from "./host-rules.ts";
import {
  cascadesFollowMembers,
  confirmingReplicasAreThere,
  leaseIsLongEnough,
  patroniIsNewEnough,
  somebodyMayLead,
  strictHasReplicasToSpare,
  ttlOutlastsRetries,
} from "./patroni-rules.ts";
import { portsAreApart } from "./port-rules.ts";
import {
  databaseNamesAreFree,
  ownersAreRoles,
  roleNamesAreFree,
  rolesCanComeIn,
} from "./postgresql-rules.ts";
import type { Rule } from "./rule.ts";
import { consulIsNewEnough, fetchedFilesHaveDigests, packageIsAPackage } from "./source-rules.ts";

const rules: readonly Rule[] = [
  consulServersCanVote,
  databaseHostsAreThere,
  serversShareNoHost,
  databaseKeysAreOnDatabaseHosts,
  vipHasNameOfItsOwn,
  addressesAreDistinct,
  vipIsNoHostsAddress,
  vipFitsItsSubnet,
  databaseHostsHaveAnInterface,
  disksAreTwo,
  disksHaveLastingNames,
  rootsAreApart,
  sshOptionsAreOptions,
  hostKeysAreChecked,
  consulHttpIsLocal,
  consulIsNewEnough,
  fetchedFilesHaveDigests,
  packageIsAPackage,
  roleNamesAreFree,
  databaseNamesAreFree,
  ownersAreRoles,
  rolesCanComeIn,
  patroniIsNewEnough,
  ttlOutlastsRetries,
  leaseIsLongEnough,
  strictHasReplicasToSpare,
  confirmingReplicasAreThere,
  somebodyMayLead,
  cascadesFollowMembers,
  portsAreApart,
];

export function judge(draft: Draft): readonly Complaint[] {
  return rules.flatMap((rule) => rule(draft));
}
