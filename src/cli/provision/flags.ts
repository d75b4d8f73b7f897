/**
 * What every verb but `init` is told on its command line. Only a type.
 */
export type ProvisionFlags = {
  /** The cluster file. */
  readonly file: string;
  /** One of the hosts is this machine. */
  readonly isLocal: boolean;
  readonly isJson: boolean;
  /** Every command that goes to a host, on standard error. */
  readonly isVerbose: boolean;
};
