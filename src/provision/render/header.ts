/**
 * The first line of a file that is written whole, for whoever opens it on a host.
 */
export const fileHeader =
  "# Written by vip-agent provision, which shows in its plan what is changed here, and replaces it.\n";
