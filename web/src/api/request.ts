// The one place that talks HTTP. Every answer is JSON or an `ApiError`; who cares about outages
// and lost logins subscribes here instead of looking at each call.

import { ApiError, errorFrom, unreachable } from "./error";

const BASE = "api/v1/";
/** Longest wait for an ordinary answer; the node's own limits are far below. */
const TIMEOUT_MS = 20_000;

export interface RequestOptions {
  method?: "GET" | "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE";
  query?: Record<string, string | number | boolean | null | undefined>;
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** A 401 means «wrong password» here, not «signed out». */
  isSignIn?: boolean;
  /** The page asks by itself: this must not keep an idle login alive. */
  isBackground?: boolean;
}

type Listener = (event: "ok" | "outage" | "signed-out", error?: ApiError) => void;
const listeners = new Set<Listener>();

/** Reports outages, recoveries and lost logins of every request. Returns how to stop. */
export function watchRequests(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The address of an API path, for links and streams. */
export function apiUrl(path: string, query: RequestOptions["query"] = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") search.set(key, String(value));
  }
  const text = search.toString();
  return `${BASE}${path}${text ? `?${text}` : ""}`;
}

/** Sends a request and reads its JSON answer; `undefined` when the answer has no body. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const response = await send(path, options, signal);
  const text = await readText(response, options.signal);
  if (text === "") return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ApiError("bad_answer", "The server's answer could not be read.", response.status);
  }
}

/** Sends a request whose answer is read by the caller, without a time limit of ours. */
export async function send(
  path: string,
  options: RequestOptions,
  signal?: AbortSignal | undefined,
): Promise<Response> {
  const init: RequestInit = {
    method: options.method ?? "GET",
    credentials: "same-origin",
    cache: "no-store",
    headers: headersOf(options),
  };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  if (signal) init.signal = signal;
  let response: Response;
  try {
    response = await fetch(apiUrl(path, options.query), init);
  } catch (cause) {
    throw noticed(failure(cause, options.signal), options);
  }
  if (response.ok) {
    tell("ok");
    return response;
  }
  const body = await readText(response, options.signal);
  throw noticed(errorFrom(response.status, body, response.headers.get("retry-after")), options);
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (options.body !== undefined) headers["content-type"] = "application/json";
  if (options.isBackground) headers["x-baton-background"] = "1";
  return headers;
}

async function readText(response: Response, outer: AbortSignal | undefined): Promise<string> {
  try {
    return await response.text();
  } catch (cause) {
    throw failure(cause, outer);
  }
}

function failure(cause: unknown, outer: AbortSignal | undefined): ApiError {
  if (outer?.aborted) return new ApiError("aborted", "Cancelled.");
  if (cause instanceof DOMException && cause.name === "TimeoutError") {
    return new ApiError("timeout", "Baton took too long to answer.");
  }
  return unreachable();
}

function noticed(error: ApiError, options: RequestOptions): ApiError {
  if (error.status === 401 && !options.isSignIn) tell("signed-out", error);
  else if (isOutageOf(error, options)) tell("outage", error);
  else if (error.status > 0) tell("ok");
  return error;
}

/** A reading that fails is an outage; a wish the node cannot grant just now is its own answer. */
function isOutageOf(error: ApiError, options: RequestOptions): boolean {
  const isReading = (options.method ?? "GET") === "GET";
  return error.isOutage && (isReading || error.status === 0 || error.code === "bad_answer");
}

function tell(event: "ok" | "outage" | "signed-out", error?: ApiError): void {
  for (const listener of listeners) listener(event, error);
}
