/**
 * Passes TCP connections on, byte by byte.
 *
 *     node test/lab/support/relay-program.ts PORT TO_HOST TO_PORT
 */
import { connect, createServer } from "node:net";

const [port = "0", toHost = "", toPort = "0"] = process.argv.slice(2);

const server = createServer((inside) => {
  const outside = connect(Number(toPort), toHost);
  // When one side ends, however, so does the other.
  inside.on("error", () => outside.destroy());
  outside.on("error", () => inside.destroy());
  inside.pipe(outside).pipe(inside);
});

server.listen(Number(port), "0.0.0.0", () => console.log("listening"));
