/**
 * What the status page looks like: one narrow column that a phone shows whole, light or dark as the
 * reader's system is.
 *
 * No state is told by colour alone: each has its word and its sign, holding is a filled mark and a
 * solid line, yielding a hollow one and a dashed line. Every pair of colours has a contrast of 4.5
 * or more; a test measures it.
 */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --ink: #1b1f24; --quiet: #57606a; --ground: #f3f5f7; --card: #ffffff; --line: #c3cad2;
  --good: #0f5c27; --good-ground: #dff6e4; --warn: #6b4300; --warn-ground: #fff3cf;
  --bad: #98091f; --bad-ground: #ffe9e9; --idle: #3d4752; --idle-ground: #e8ecf0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6edf3; --quiet: #a3adb8; --ground: #0d1117; --card: #161b22; --line: #3d444d;
    --good: #6fdd8b; --good-ground: #12301c; --warn: #efc04a; --warn-ground: #352a0c;
    --bad: #ff9c95; --bad-ground: #3c1518; --idle: #c3ccd6; --idle-ground: #262d36;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 44rem; padding: 0.75rem;
  background: var(--ground); color: var(--ink);
  font: 1rem/1.45 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1, h2, h3, p, ul, ol, dl, dd { margin: 0; padding: 0; }
h1 { font-size: 1.05rem; }
h2 { font-size: 1.05rem; font-weight: 600; }
h3 { font-size: 0.95rem; margin-top: 1rem; }
ul, ol { list-style: none; }
[data-is] { unicode-bidi: isolate; }
[hidden] { display: none !important; }
.contact { padding: 0.5rem 0.75rem; margin: 0.5rem 0; border-radius: 0.4rem; color: var(--idle);
  background: var(--idle-ground); }
body[data-contact="silent"] .contact { color: var(--bad); background: var(--bad-ground);
  border: 2px solid currentcolor; font-weight: 600; }
body[data-contact="silent"] .state::before { content: "Last heard: "; font-size: 1rem; }
body[data-contact="silent"] .vip { border-style: dashed; filter: grayscale(1); }
.vip { background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem;
  padding: 0.9rem; margin: 0.75rem 0; }
.state { display: block; font-size: 1.7rem; line-height: 1.2; font-weight: 700;
  padding: 0.5rem 0.75rem; margin: 0.5rem 0; border-radius: 0.4rem; border-left: 0.4rem solid; }
.vip[data-state="holding"] .state { color: var(--good); background: var(--good-ground); }
.vip[data-state="acquiring"] .state, .vip[data-state="releasing"] .state {
  color: var(--warn); background: var(--warn-ground); }
.vip[data-state="standby"] .state { color: var(--idle); background: var(--idle-ground); }
.attention li { color: var(--bad); background: var(--bad-ground); font-weight: 600;
  padding: 0.35rem 0.75rem; margin: 0.35rem 0; border-radius: 0.4rem; }
.attention li::before { content: "! "; }
dl { display: grid; grid-template-columns: minmax(5.5rem, max-content) 1fr; gap: 0.3rem 0.75rem;
  margin-top: 0.75rem; }
dt, .quiet { color: var(--quiet); }
.bar { height: 0.7rem; margin: 0.3rem 0; border: 1px solid var(--quiet); border-radius: 0.35rem;
  overflow: hidden; }
.fill { height: 100%; width: 0; background: var(--good); }
.fill[data-low="true"] { background: repeating-linear-gradient(45deg, var(--bad) 0 6px,
  var(--warn) 6px 12px); }
.timeline li { position: relative; padding: 0 0 0.8rem 1.6rem; }
.timeline li::before { content: ""; position: absolute; left: 0.2rem; top: 0.35rem; width: 0.75rem;
  height: 0.75rem; border: 2px solid var(--idle); border-radius: 50%; background: var(--card);
  z-index: 1; }
.timeline li::after { content: ""; position: absolute; left: 0.5rem; top: 0.7rem; bottom: -0.4rem;
  border-left: 2px dashed var(--quiet); }
.timeline li:last-child::after { display: none; }
.timeline li[data-verdict="hold"]::before { background: var(--good); border-color: var(--good); }
.timeline li[data-verdict="hold"]::after { border-left: 4px solid var(--good); left: 0.45rem; }
footer { color: var(--quiet); font-size: 0.875rem; margin: 1rem 0; }
@media (max-width: 26rem) {
  dl { grid-template-columns: 1fr; gap: 0; }
  dt { margin-top: 0.4rem; font-size: 0.875rem; }
}
`;
