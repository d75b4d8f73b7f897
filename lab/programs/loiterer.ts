/**
 * A crowd that opens connections and says nothing, or nonsense.
 *
 *     node lab/programs/loiterer.ts HOST PORT COUNT [TEXT]
 *
 * At most a few hundred are open at a time; one that is closed by the other side is replaced until
 * COUNT have been opened. At the end it prints one line: `opened N`.
 */
import { connect } from "node:net";

const [host = "", port = "0", count = "0", text = ""] = process.argv.slice(2);

const openMax = 400;
/** One that nobody closes is given up, or a crowd of the silent would never come to its end. */
const patienceMs = 500;
let opened = 0;
let open = 0;

function fill(): void {
  while (open < openMax && opened < Number(count)) {
    open += 1;
    opened += 1;
    const socket = connect({ host, port: Number(port) });
    socket.setTimeout(patienceMs, () => socket.destroy());
    if (text !== "") socket.write(text);
    socket.on("error", () => undefined);
    socket.resume();
    socket.on("close", () => {
      open -= 1;
      fill();
    });
  }
}

fill();
process.on("beforeExit", () => {
  console.log(`opened ${opened}`);
  process.exit(0);
});
