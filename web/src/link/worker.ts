// The Worker that owns the socket: a busy page neither delays a pong nor a frame.

import type { FromLink, ToLink } from "./messages";
import { LinkRunner, type Socket, type SocketEvents } from "./runner";

/** The Worker's own scope, typed without the whole `webworker` library. */
interface Scope {
  postMessage(message: FromLink, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToLink>) => void) | null;
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

const runner = new LinkRunner({
  connect,
  post: (message, transfer) => scope.postMessage(message, transfer),
  now: () => performance.now(),
  random: () => Math.random(),
  after(ms, run) {
    const timer = setTimeout(run, Math.max(0, ms));
    return () => clearTimeout(timer);
  },
});

scope.onmessage = (event) => runner.handle(event.data);
