/**
 * Values as they were written, before anybody has judged them, each with the place it was read
 * from.
 *
 * Flags and variables are text by nature. Scalars of a file are kept as their source text too, so
 * that `24`, `"24"` and --netmask=24 are one and the same, and so that no YAML release decides what
 * `0012` or `no` means.
 */
import type { Where } from "../../complaints.ts";
import type { SettingKey } from "./table.ts";

export type Raw = { readonly where: Where } & RawContent;

export type RawContent =
  /** `why` is given where a value was looked for, as a phrase that follows "is missing: ". */
  | { readonly kind: "empty"; readonly why?: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly Raw[] }
  | { readonly kind: "mapping"; readonly entries: readonly RawEntry[] };

export type RawEntry = { readonly name: string; readonly where: Where; readonly raw: Raw };

/** One source's word on one setting. */
export type Given = {
  readonly key: SettingKey;
  /** As it was spelled there: "--iface", "VIP_IFACE", "iface". */
  readonly name: string;
  /** How the setting is spelled there today, if that differs. */
  readonly newName?: string;
  readonly raw: Raw;
};

/** Text as a raw value; blank text is none, as it is for an unset variable. */
export function rawText(text: string, where: Where): Raw {
  return text.trim() === "" ? { kind: "empty", where } : { kind: "text", text: text.trim(), where };
}

/**
 * The texts of a value that may be one text with commas or a list; undefined where it is neither.
 */
export function rawTexts(
  raw: Raw,
): readonly { readonly text: string; readonly where: Where }[] | undefined {
  if (raw.kind === "empty") return [];
  if (raw.kind === "text") {
    const parts = raw.text.split(",").map((part) => part.trim());
    return parts.filter((part) => part !== "").map((text) => ({ text, where: raw.where }));
  }
  if (raw.kind === "mapping") return undefined;
  const texts = raw.items.map(rawTexts);
  return texts.some((part) => part === undefined) ? undefined : texts.flatMap((part) => part ?? []);
}

/** Whether two sources said the same. */
export function isSameRaw(a: Raw, b: Raw): boolean {
  const [left, right] = [rawTexts(a), rawTexts(b)];
  if (left === undefined || right === undefined) return false;
  return (
    left.length === right.length && left.every(({ text }, index) => text === right[index]?.text)
  );
}
