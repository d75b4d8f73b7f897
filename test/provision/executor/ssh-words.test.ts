/**
 * What ssh says, as it was recorded from OpenSSH 9.2, and what is made of it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sudoTrouble } from "../../../src/provision/executor/envelope.ts";
import {
  isBusy,
  isForbiddenForward,
  isNeverSent,
  isRefusedSession,
  noConnectionMark,
  unreachable,
} from "../../../src/provision/executor/ssh-words.ts";

const rows: readonly (readonly [string, RegExp])[] = [
  [
    "No ED25519 host key is known for 10.0.0.1 and you have requested strict checking.\n" +
      "Host key verification failed.",
    /No ED25519 host key is known.*connect once by hand \(ssh db1\)/,
  ],
  ["Host key verification failed.", /Host key verification failed.*not known here/],
  [
    "@@@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@@@@@\n" +
      "Offending ED25519 key in /root/.ssh/known_hosts:1\nHost key verification failed.",
    /WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!; .*ssh-keygen -R db1/,
  ],
  ["anna@10.0.0.1: Permission denied (publickey,password).", /Permission denied.*ssh-add/],
  ["Received disconnect: Too many authentication failures", /IdentitiesOnly/],
  ["ssh: connect to host db1 port 22: Connection refused", /refused; see whether sshd runs/],
  ["ssh: connect to host db1 port 22: Connection timed out", /timed out; .*firewall/],
  ["ssh: connect to host db1 port 22: No route to host", /No route to host; .*firewall/],
  ["ssh: Could not resolve hostname db1: Name or service not known", /mend the name/],
  ["kex_exchange_identification: Connection closed by remote host", /MaxStartups/],
  ["/root/.ssh/config: line 3: Bad configuration option: nonsense", /mend ~\/\.ssh\/config/],
  ["sh: 2: ssh: not found", /ssh: not found; install OpenSSH's client on this machine/],
  ["sh: line 2: ssh: command not found", /install OpenSSH's client/],
  ["something never heard of", /something never heard of; see what ssh -v db1 says/],
  ["", /without a word/],
];

for (const [words, expected] of rows) {
  test(`"${words.split("\n")[0]}" comes with a remedy`, () => {
    const { code, detail } = unreachable("db1", words);
    assert.equal(code, "unreachable");
    assert.match(detail, expected);
    assert.match(detail, /^no connection to db1: [^\n]+$/);
  });
}

test("another try is worth it only where the server was busy", () => {
  assert(isBusy("kex_exchange_identification: read: Connection reset by peer"));
  assert(!isBusy("ssh: connect to host db1 port 22: Connection refused"));
  assert(!isBusy("anna@10.0.0.1: Permission denied (publickey)."));
});

test("only what was never sent may be sent again", () => {
  const failed = "kex_exchange_identification: Connection closed by remote host";
  assert(isNeverSent(`Control socket connect(/run/x/c1): Connection refused\r\n${failed}`));
  assert(isNeverSent(`muxclient: master hello exchange failed\r\n${failed}`));
  assert(isNeverSent(failed));
  assert(
    isNeverSent(`Control socket connect(/run/x/c1): Connection refused\r\n${noConnectionMark}`),
  );
  const asked = "mux_client_request_session: read from master failed: Broken pipe";
  assert(!isNeverSent(`${asked}\r\n${failed}`));
  assert(!isNeverSent(`${asked}\r\n${noConnectionMark}`));
  assert(!isNeverSent(""));
});

test("a refused session and a refused forwarding are known", () => {
  const session =
    "mux_client_request_session: session request failed: Session open refused by peer";
  assert(isRefusedSession(session));
  assert(!isRefusedSession("Permission denied (publickey)."));
  assert(isForbiddenForward("channel 2: open failed: administratively prohibited: open failed"));
  assert(!isForbiddenForward("channel 2: open failed: connect failed: Connection refused"));
});

test("sudo's trouble is told apart from ssh's", () => {
  assert.match(sudoTrouble("sudo: a password is required") ?? "", /required; .*NOPASSWD/);
  assert.match(sudoTrouble("sh: 1: exec: sudo: not found") ?? "", /install sudo/);
  assert.match(sudoTrouble("sudo: not to be used, and the login is not root") ?? "", /as root/);
  assert.equal(sudoTrouble("anna@db1: Permission denied (publickey)."), undefined);
});
