// One shape for everything that can go wrong between the page and the node.

/** `code` is stable: the node's own, or `offline`, `timeout`, `bad_answer` from this side. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly retryAfterS: number | null;
  readonly requestId: string | null;

  constructor(
    code: string,
    message: string,
    status = 0,
    retryAfterS: number | null = null,
    requestId: string | null = null,
  ) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.retryAfterS = retryAfterS;
    this.requestId = requestId;
  }

  /** The node is unreachable or asks for patience; trying again may help. */
  get isOutage(): boolean {
    return (
      this.code === "offline" || this.code === "timeout" || [502, 503, 504].includes(this.status)
    );
  }
}

/** Reads the node's error document; tolerates a proxy that answers with something else. */
export function errorFrom(status: number, body: string, retryAfter: string | null): ApiError {
  const seconds = retrySeconds(retryAfter);
  try {
    const error: unknown = (JSON.parse(body) as { error?: unknown } | null)?.error;
    if (isErrorBody(error)) {
      const id = typeof error.request_id === "string" ? error.request_id : null;
      return new ApiError(error.code, error.message, status, seconds, id);
    }
  } catch {
    // Not JSON: a proxy's page, or nothing at all.
  }
  return new ApiError("bad_answer", sentenceFor(status), status, seconds);
}

/** No answer at all: tells a computer without a network from a server that is away. */
export function unreachable(): ApiError {
  const isOffline = globalThis.navigator?.onLine === false;
  const message = isOffline
    ? "Your browser is offline. Check this computer's network."
    : "Baton cannot be reached.";
  return new ApiError("offline", message);
}

/** What to show for anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof ApiError ? error.message : "Something went wrong on this page.";
}

export function codeOf(error: unknown): string {
  return error instanceof ApiError ? error.code : "internal";
}

function retrySeconds(header: string | null): number | null {
  if (header === null || !/^\d{1,6}$/.test(header.trim())) return null;
  return Number(header);
}

function isErrorBody(
  value: unknown,
): value is { code: string; message: string; request_id?: unknown } {
  if (typeof value !== "object" || value === null) return false;
  const body = value as Record<string, unknown>;
  return typeof body.code === "string" && typeof body.message === "string";
}

function sentenceFor(status: number): string {
  if (status === 413) return "That is more than the server accepts.";
  if (status === 502 || status === 503 || status === 504) {
    return "The server is not available right now.";
  }
  if (status >= 500) return "The server had a problem with that.";
  return `The server answered with status ${status}.`;
}
