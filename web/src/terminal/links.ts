// What a click on a link in the terminal does. The target chose both text and address, so anything
// that could mislead is shown in full before it opens. Pure.

export type LinkVerdict =
  | { kind: "open"; url: string }
  | { kind: "confirm"; url: string; reasons: string[] }
  | { kind: "refuse" };

/** Judges a click: `text` is what the terminal shows, `address` where the link leads. */
export function judgeLink(text: string, address: string): LinkVerdict {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return { kind: "refuse" };
  }
  if (!["http:", "https:", "mailto:"].includes(url.protocol)) return { kind: "refuse" };
  const reasons = suspicions(text.trim(), address, url);
  if (reasons.length === 0) return { kind: "open", url: url.href };
  return { kind: "confirm", url: url.href, reasons };
}

function suspicions(text: string, address: string, url: URL): string[] {
  const reasons: string[] = [];
  if (!isSameAddress(text, address, url)) {
    reasons.push("The text shown in the terminal is not this address.");
  }
  if (url.username !== "" || url.password !== "") {
    reasons.push("The address contains a user name, which can disguise where it leads.");
  }
  if (url.hostname.split(".").some((part) => part.startsWith("xn--"))) {
    reasons.push("The host name uses letters that can look like others.");
  }
  return reasons;
}

function isSameAddress(text: string, address: string, url: URL): boolean {
  if (text === address || text === url.href) return true;
  try {
    return new URL(text).href === url.href;
  } catch {
    return false;
  }
}
