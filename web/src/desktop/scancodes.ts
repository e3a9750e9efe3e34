// Places on a keyboard: DOM `code` → PC scancode set 1, with 0xE0 as the high byte of extended keys.
// Source: UI Events KeyboardEvent code Values, and the USB HID to PS/2 translation table.

/** Keys that stand in a row, with one scancode after the other. */
const RUNS: [first: number, codes: string][] = [
  [
    0x01,
    "Escape Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal Backspace",
  ],
  [
    0x0f,
    "Tab KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter ControlLeft",
  ],
  [
    0x1e,
    "KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote ShiftLeft Backslash",
  ],
  [
    0x2c,
    "KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash ShiftRight NumpadMultiply AltLeft Space CapsLock",
  ],
  [0x3b, "F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock"],
  [
    0x47,
    "Numpad7 Numpad8 Numpad9 NumpadSubtract Numpad4 Numpad5 Numpad6 NumpadAdd Numpad1 Numpad2 Numpad3 Numpad0 NumpadDecimal",
  ],
  [0x57, "F11 F12 NumpadEqual"],
  [0x64, "F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23"],
  [0xe047, "Home ArrowUp PageUp"],
  [0xe04f, "End ArrowDown PageDown Insert Delete"],
  [0xe05b, "MetaLeft MetaRight ContextMenu Power Sleep"],
];

/** Keys that stand alone. */
const SINGLES: Record<string, number> = {
  IntlBackslash: 0x56,
  F24: 0x76,
  KanaMode: 0x70,
  Lang2: 0xf1,
  Lang1: 0xf2,
  IntlRo: 0x73,
  Convert: 0x79,
  NonConvert: 0x7b,
  IntlYen: 0x7d,
  NumpadComma: 0x7e,
  MediaTrackPrevious: 0xe010,
  MediaTrackNext: 0xe019,
  NumpadEnter: 0xe01c,
  ControlRight: 0xe01d,
  AudioVolumeMute: 0xe020,
  LaunchApp2: 0xe021,
  MediaPlayPause: 0xe022,
  MediaStop: 0xe024,
  AudioVolumeDown: 0xe02e,
  AudioVolumeUp: 0xe030,
  BrowserHome: 0xe032,
  NumpadDivide: 0xe035,
  PrintScreen: 0xe037,
  AltRight: 0xe038,
  Pause: 0xe046,
  ArrowLeft: 0xe04b,
  ArrowRight: 0xe04d,
  // What some browsers call the logo keys.
  OSLeft: 0xe05b,
  OSRight: 0xe05c,
  WakeUp: 0xe063,
  BrowserSearch: 0xe065,
  BrowserFavorites: 0xe066,
  BrowserRefresh: 0xe067,
  BrowserStop: 0xe068,
  BrowserForward: 0xe069,
  BrowserBack: 0xe06a,
  LaunchApp1: 0xe06b,
  LaunchMail: 0xe06c,
  MediaSelect: 0xe06d,
};

const TABLE = new Map<string, number>(Object.entries(SINGLES));
for (const [first, codes] of RUNS) {
  for (const [index, code] of codes.split(" ").entries()) TABLE.set(code, first + index);
}

/** The scancode of a place; 0 when it has none. */
export function scancodeOf(code: string): number {
  return TABLE.get(code) ?? 0;
}
