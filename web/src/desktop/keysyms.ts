// Meanings of keys: DOM `key` → X11 keysym. Source: X11/keysymdef.h and UI Events key Values.

/** One keysym, or one for each `location` of a key: standard, left, right, keypad. */
type Syms = number | [standard: number, left: number, right: number, keypad: number];

/** Named keys. */
const NAMED: Record<string, Syms> = {
  Backspace: 0xff08,
  Tab: [0xff09, 0xff09, 0xff09, 0xff89],
  Clear: [0xff0b, 0xff0b, 0xff0b, 0xff9d], // KP_Begin: the 5 without NumLock.
  Enter: [0xff0d, 0xff0d, 0xff0d, 0xff8d],
  Pause: 0xff13,
  ScrollLock: 0xff14,
  Escape: 0xff1b,
  Home: [0xff50, 0xff50, 0xff50, 0xff95],
  ArrowLeft: [0xff51, 0xff51, 0xff51, 0xff96],
  ArrowUp: [0xff52, 0xff52, 0xff52, 0xff97],
  ArrowRight: [0xff53, 0xff53, 0xff53, 0xff98],
  ArrowDown: [0xff54, 0xff54, 0xff54, 0xff99],
  PageUp: [0xff55, 0xff55, 0xff55, 0xff9a],
  PageDown: [0xff56, 0xff56, 0xff56, 0xff9b],
  End: [0xff57, 0xff57, 0xff57, 0xff9c],
  Select: 0xff60,
  PrintScreen: 0xff61,
  Execute: 0xff62,
  Insert: [0xff63, 0xff63, 0xff63, 0xff9e],
  Undo: 0xff65,
  Redo: 0xff66,
  ContextMenu: 0xff67,
  Find: 0xff68,
  Cancel: 0xff69,
  Help: 0xff6a,
  ModeChange: 0xff7e,
  NumLock: 0xff7f,
  Delete: [0xffff, 0xffff, 0xffff, 0xff9f],
  // Modifiers.
  Shift: [0xffe1, 0xffe1, 0xffe2, 0xffe1],
  Control: [0xffe3, 0xffe3, 0xffe4, 0xffe3],
  CapsLock: 0xffe5,
  Meta: [0xffeb, 0xffeb, 0xffec, 0xffeb], // Super_L, Super_R.
  OS: [0xffeb, 0xffeb, 0xffec, 0xffeb],
  Super: [0xffeb, 0xffeb, 0xffec, 0xffeb],
  Hyper: 0xffed,
  Alt: [0xffe9, 0xffe9, 0xffea, 0xffe9],
  AltGraph: 0xfe03, // ISO_Level3_Shift.
  // Asian input methods.
  Compose: 0xff20,
  KanjiMode: 0xff21,
  NonConvert: 0xff22,
  Convert: 0xff23,
  Romaji: 0xff24,
  Hiragana: 0xff25,
  Katakana: 0xff26,
  HiraganaKatakana: 0xff27,
  Zenkaku: 0xff28,
  Hankaku: 0xff29,
  ZenkakuHankaku: 0xff2a,
  KanaMode: 0xff2d,
  Eisu: 0xff30,
  Alphanumeric: 0xff30,
  HangulMode: 0xff31,
  HanjaMode: 0xff34,
  CodeInput: 0xff37,
  SingleCandidate: 0xff3c,
  AllCandidates: 0xff3d,
  PreviousCandidate: 0xff3e,
  // Multimedia (XF86keysym.h).
  AudioVolumeDown: 0x1008ff11,
  AudioVolumeMute: 0x1008ff12,
  AudioVolumeUp: 0x1008ff13,
  MediaPlay: 0x1008ff14,
  MediaPlayPause: 0x1008ff14,
  MediaStop: 0x1008ff15,
  MediaTrackPrevious: 0x1008ff16,
  MediaTrackNext: 0x1008ff17,
  BrowserHome: 0x1008ff18,
  LaunchMail: 0x1008ff19,
  BrowserSearch: 0x1008ff1b,
  BrowserBack: 0x1008ff26,
  BrowserForward: 0x1008ff27,
  BrowserStop: 0x1008ff28,
  BrowserRefresh: 0x1008ff29,
  BrowserFavorites: 0x1008ff30,
  MediaPause: 0x1008ff31,
  BrightnessUp: 0x1008ff02,
  BrightnessDown: 0x1008ff03,
  Copy: 0x1008ff57,
  Cut: 0x1008ff58,
  Paste: 0x1008ff6d,
};

/** Characters of the keypad, where X11 tells them from the others. */
const KEYPAD: Record<string, number> = {
  " ": 0xff80,
  "=": 0xffbd,
  "*": 0xffaa,
  "+": 0xffab,
  ",": 0xffac,
  "-": 0xffad,
  ".": 0xffae,
  "/": 0xffaf,
};

/** `KeyboardEvent.location` of the keypad. */
const KEYPAD_LOCATION = 3;

/** The keysym of a key at a `location`; 0 when it means nothing by itself ("Dead", "Process"). */
export function keysymOf(key: string, location = 0): number {
  const named = Object.hasOwn(NAMED, key) ? NAMED[key] : undefined;
  if (named !== undefined) return typeof named === "number" ? named : (named[location] ?? named[0]);
  const number = /^F([1-9]|[12]\d|3[0-5])$/.exec(key)?.[1];
  if (number !== undefined) return 0xffbd + Number(number);
  if (location === KEYPAD_LOCATION) {
    if (/^\d$/.test(key)) return 0xffb0 + Number(key);
    const sign = Object.hasOwn(KEYPAD, key) ? KEYPAD[key] : undefined;
    if (sign !== undefined) return sign;
  }
  const [first, second] = key;
  return first !== undefined && second === undefined ? keysymOfText(first) : 0;
}

/** Combining marks that a layout may yield alone, as the dead keys that make them. */
const DEAD: Record<number, number> = {
  768: 0xfe50, // Grave.
  769: 0xfe51, // Acute.
  770: 0xfe52, // Circumflex.
  771: 0xfe53, // Tilde.
  772: 0xfe54, // Macron.
  774: 0xfe55, // Breve.
  775: 0xfe56, // Dot above.
  776: 0xfe57, // Diaeresis.
  778: 0xfe58, // Ring above.
  779: 0xfe59, // Double acute.
  780: 0xfe5a, // Caron.
  807: 0xfe5b, // Cedilla.
  808: 0xfe5c, // Ogonek.
};

/** The keysym of one character: Latin-1 as it is, the rest as Unicode (keysymdef.h). */
export function keysymOfText(character: string): number {
  const point = character.codePointAt(0) ?? 0;
  if (point === 0x0a || point === 0x0d) return 0xff0d;
  if (point === 0x09) return 0xff09;
  if (point === 0x08 || point === 0x7f) return 0xff08;
  if (point === 0x1b) return 0xff1b;
  if (DEAD[point] !== undefined) return DEAD[point];
  const isControl = point < 0x20 || (point > 0x7e && point < 0xa0);
  const isSurrogate = point >= 0xd800 && point <= 0xdfff;
  if (isControl || isSurrogate) return 0;
  if (point === 0x20ac) return 0x20ac; // Old servers know the euro only by its own keysym.
  return point < 0x100 ? point : 0x01000000 + point;
}
