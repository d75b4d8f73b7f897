/**
 * What a query asks for: its metrics, with the labels by which it selects and groups.
 *
 * No parser (promtool says whether a query is one): the names of metrics, and the words in braces
 * and behind `by`, `on` and `group_left`, are all that can be misspelled without anybody noticing.
 */
export type Matcher = {
  readonly label: string;
  /** What it may be equal to; empty where the value is a variable or a pattern. */
  readonly values: readonly string[];
};

export type Selector = { readonly metric: string; readonly matchers: readonly Matcher[] };

const selector = /\b(vipagent_\w+|process_\w+|up|ALERTS)\b(?:\{([^}]*)\})?/gu;
const matcher = /(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/gu;
const grouping = /\b(?:by|on|without|ignoring|group_left|group_right) ?\(([^)]*)\)/gu;

export function selectorsOf(query: string): readonly Selector[] {
  return [...query.matchAll(selector)].map(([, metric = "", inBraces = ""]) => {
    const matchers = [...inBraces.matchAll(matcher)].map(([, label = "", value = ""]) => {
      return { label, values: /[$*+.]/u.test(value) ? [] : value.split("|") };
    });
    return { metric, matchers };
  });
}

/** The labels by which it groups and joins. */
export function groupedBy(query: string): readonly string[] {
  const lists = [...query.matchAll(grouping)].map(([, list = ""]) => list);
  return lists.flatMap((list) => list.split(",").map((label) => label.trim())).filter(Boolean);
}
