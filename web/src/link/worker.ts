// The Worker that owns the socket: a busy page neither delays a pong nor a frame.

import type { ToStage } from "../desktop/messages";
import type { DesktopStage } from "../desktop/stage";
import type { FromLink, ToWorker } from "./messages";
import { type DesktopPort, LinkRunner, type Socket, type SocketEvents } from "./runner";

/** The Worker's own scope, typed without the whole `webworker` library. */
interface Scope {
  postMessage(message: FromLink, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}

const scope = self as unknown as Scope;

function connect(url: string, events: SocketEvents): Socket {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => events.opened();
  socket.onclose = (event) => events.closed(event.code);
  socket.onmessage = (event: MessageEvent<unknown>) => {
    // A text message is not ours; an empty frame is refused by the codec as unknown.
    if (event.data instanceof ArrayBuffer) events.message(new Uint8Array(event.data));
    else socket.close();
  };
  return {
    send(bytes) {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes);
    },
    close() {
      socket.onopen = socket.onclose = socket.onmessage = null;
      socket.close(1000);
    },
  };
}

/** Made with the first desktop; what comes before it is loaded waits in order. */
let stage: Promise<DesktopStage | null> | null = null;

function toStage(run: (stage: DesktopStage) => void): void {
  stage ??= import("../desktop/stage").then(
    ({ DesktopStage }) =>
      new DesktopStage((message) => scope.postMessage({ kind: "stage", message }, [])),
    () => {
      scope.postMessage({ kind: "stage", message: { kind: "desktop_unable" } }, []);
      return null;
    },
  );
  void stage.then((ready) => ready && run(ready));
}

const desktop: DesktopPort = {
  attached: () => toStage((ready) => ready.port.attached()),
  // Few wait here: a node sends no more than it may leave unacknowledged.
  frame: (...frame) => toStage((ready) => ready.port.frame(...frame)),
};

const runner = new LinkRunner({
  connect,
  post: (message, transfer) => scope.postMessage(message, transfer),
  now: () => performance.now(),
  random: () => Math.random(),
  after(ms, run) {
    const timer = setTimeout(run, Math.max(0, ms));
    return () => clearTimeout(timer);
  },
  desktop: () => desktop,
});

scope.onmessage = ({ data }) => {
  if (data.kind !== "stage") runner.handle(data);
  else toStage((ready) => ready.handle(data.message satisfies ToStage));
};
