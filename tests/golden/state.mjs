// The state of a headless xterm.js as plain data, as far as anyone can see it or a program can
// depend on it. Reads internals: the public API does not tell modes, tab stops or the pen.

import headless from "@xterm/headless";
import unicode from "@xterm/addon-unicode11";

const COLOR = 0x03ffffff;
const UNDERLINE = 0x10000000;
const EXTENDED = 0x10000000;
/** Inverse, strike and underline, overline: what shows on a cell without text. */
const SHOWS_FG = 0x04000000 | 0x80000000 | UNDERLINE;
const SHOWS_BG = 0x40000000;

/** A terminal as the page has it: same character widths, answers muted. */
export class Screen {
  constructor(cols, rows, scrollback) {
    this.term = new headless.Terminal({ cols, rows, scrollback, allowProposedApi: true, logLevel: "off",
      windowOptions: { pushTitle: true, popTitle: true } });
    this.term.loadAddon(new unicode.Unicode11Addon());
    this.term.unicode.activeVersion = "11";
    this.title = "";
    this.term.onTitleChange((title) => { this.title = title; });
    this.held = Buffer.alloc(0);
  }

  /**
   * Writes bytes. xterm.js 6 loses characters such as "–" (E2 80 93) that are cut after their second
   * byte, so an unfinished character waits for the next write; the page does the same.
   */
  async write(bytes) {
    const all = Buffer.concat([this.held, bytes]);
    const end = all.length - unfinished(all);
    this.held = all.subarray(end);
    if (end > 0) await new Promise((done) => this.term.write(new Uint8Array(all.subarray(0, end)), done));
  }

  resize(cols, rows) {
    this.term.resize(cols, rows);
  }

  state() {
    return stateOf(this);
  }

  dispose() {
    this.term.dispose();
  }
}

/** How many bytes at the end begin a UTF-8 character that is not complete. */
export function unfinished(bytes) {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back];
    if ((byte & 0xc0) === 0x80) continue;
    const size = (byte & 0xe0) === 0xc0 ? 2 : (byte & 0xf0) === 0xe0 ? 3 : (byte & 0xf8) === 0xf0 ? 4 : 1;
    return size > back ? back : 0;
  }
  return 0;
}

function stateOf(screen) {
  const core = screen.term._core;
  const buffers = core._bufferService.buffers;
  const isAlternate = buffers.active === buffers.alt;
  const { modes, decPrivateModes, isCursorHidden } = core.coreService;
  const charsets = core._charsetService;
  const options = core.optionsService.rawOptions;
  return {
    isAlternate,
    title: screen.title.replace(/[\u0000-\u001f\u007f-\u009f]/g, ""),
    modes: { ...modes, ...decPrivateModes, isCursorHidden, convertEol: options.convertEol,
      cursorBlinkOption: options.cursorBlink },
    mouse: [core.coreMouseService.activeProtocol, core.coreMouseService.activeEncoding],
    charsets: { active: charsets.charset, level: charsets.glevel,
      sets: [0, 1, 2, 3].map((set) => charsets._charsets[set]) },
    pen: attribute(core._inputHandler._curAttrData),
    cursor: [buffers.active.x, buffers.active.y],
    // What a combining character or REP would do next.
    join: core._inputHandler._parser.precedingJoinState,
    parser: parserOf(core._inputHandler._parser),
    primary: buffer(core, buffers.normal, isAlternate),
    alternate: isAlternate ? buffer(core, buffers.alt, false) : null,
  };
}

function parserOf(parser) {
  const params = parser._params.toArray();
  const { currentState, _collect } = parser;
  // Parameters and intermediates mean something only within a sequence.
  return [currentState, currentState >= 3 && currentState <= 5 ? [params, _collect] : null];
}

function buffer(core, from, isHidden) {
  const lines = [];
  for (let y = 0; y < from.lines.length; y++) lines.push(line(core, from.lines.get(y), from._cols));
  const { rows } = core._bufferService;
  const savedY = Math.min(Math.max(from.savedY - from.ybase, 0), rows - 1);
  const saved = [Math.min(from.savedX, from._cols - 1), savedY, colors(from.savedCurAttrData)];
  const tabs = Object.keys(from.tabs).filter((col) => from.tabs[col] && Number(col) < from._cols);
  return { lines, base: from.ybase, margins: [from.scrollTop, from.scrollBottom], tabs, saved,
    savedCharset: from.savedCharset, isHidden };
}

function line(core, from, cols) {
  const cells = [];
  const data = from.loadCell ? from : null;
  for (let x = 0; x < cols; x++) {
    const text = data.getString(x);
    const width = data.getWidth(x);
    const fg = data._data[x * 3 + 1] >>> 0;
    const bg = data._data[x * 3 + 2] >>> 0;
    const ext = bg & EXTENDED ? data._extendedAttrs[x] : undefined;
    cells.push(cell(core, text, width, fg, bg, ext));
  }
  return { isWrapped: from.isWrapped, cells };
}

function cell(core, text, width, fg, bg, ext) {
  const shows = (fg & SHOWS_FG) !== 0 || (bg & SHOWS_BG) !== 0;
  if (text === "" && width === 1 && !shows) {
    // Only its background can be seen.
    return `blank ${(packedColor(bg) & COLOR).toString(16)}`;
  }
  if (text === "" && width === 0) return "spacer";
  const underline = fg & UNDERLINE ? (ext && ext._ext >> 26 & 7) || 1 : 0;
  const color = underline && ext ? ext.underlineColor : 0;
  // xterm.js forgets a link when the rows it was first written on are gone, though cells have it.
  const link = ext && ext.urlId ? core._oscLinkService.getLinkData(ext.urlId) ?? { uri: "forgotten" } : undefined;
  const shown = text === "" ? " " : text;
  return [JSON.stringify(shown), width, packedColor(fg & ~UNDERLINE), packedColor(bg & ~EXTENDED), underline, color,
    link ? link.uri : ""].join(" ");
}

/** A palette colour keeps bits of a true colour that was set before; they mean nothing. */
function packedColor(packed) {
  const mode = packed & 0x03000000;
  return (mode === 0x01000000 || mode === 0x02000000 ? packed & ~0x00ffff00 : packed) >>> 0;
}

function colors(attr) {
  return [packedColor(attr.fg & ~UNDERLINE), packedColor(attr.bg & ~EXTENDED), attr.fg & UNDERLINE ? 1 : 0];
}

function attribute(attr) {
  const { ext } = { ext: attr.extended };
  const underline = attr.fg & UNDERLINE ? (attr.bg & EXTENDED && ext._ext >> 26 & 7) || 1 : 0;
  return [...colors(attr), underline, ext.underlineColor, ext.urlId !== 0];
}
