/**
 * The keys of the one Patroni cluster that is simulated: namespace `/db/`, scope `test`.
 */
export const leaderKey = "db/test/leader";
export const configKey = "db/test/config";
