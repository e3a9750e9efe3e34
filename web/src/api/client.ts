// Every call of the page, by resource. Thin: names, paths, types.

import { request } from "./request";
import type {
  AuditItem,
  Grant,
  Group,
  HistoryItem,
  Login,
  MadeUser,
  Me,
  OpenedSession,
  Paged,
  Session,
  Target,
  TargetBody,
  User,
} from "./types";

type Signal = AbortSignal | undefined;
const id = encodeURIComponent;

export interface PageQuery {
  limit?: number;
  cursor?: string | null;
  search?: string;
}

const query = (page: PageQuery): Record<string, string | number | null | undefined> => ({
  limit: page.limit,
  cursor: page.cursor,
  search: page.search,
});

export const account = {
  me: (isBackground = false) => request<Me>("me", { isBackground }),
  signIn: (name: string, password: string) =>
    request<Me>("sign-in", { method: "POST", body: { name, password }, isSignIn: true }),
  signOut: () => request<void>("sign-out", { method: "POST" }),
  signOutEverywhere: () => request<void>("sign-out-everywhere", { method: "POST" }),
  changePassword: (current: string, next: string) =>
    request<void>("me/password", {
      method: "POST",
      body: { current, new: next },
      isSignIn: true,
    }),
  logins: () => request<Paged<Login>>("me/logins"),
  endLogin: (login: string) => request<void>(`me/logins/${id(login)}`, { method: "DELETE" }),
};

export const setup = {
  state: () => request<{ needed: boolean }>("setup"),
  create: (token: string, name: string, password: string) =>
    request<Me>("setup", { method: "POST", body: { token, name, password }, isSignIn: true }),
};

export const users = {
  list: (page: PageQuery, signal?: Signal) =>
    request<Paged<User>>("users", { query: query(page), signal }),
  create: (body: { name: string; display_name: string; is_admin: boolean }) =>
    request<MadeUser>("users", { method: "POST", body }),
  update: (user: string, body: Partial<Pick<User, "display_name" | "is_admin" | "is_disabled">>) =>
    request<User>(`users/${id(user)}`, { method: "PATCH", body }),
  resetPassword: (user: string) =>
    request<{ password: string }>(`users/${id(user)}/reset-password`, { method: "POST" }),
  remove: (user: string) => request<void>(`users/${id(user)}`, { method: "DELETE" }),
};

export const groups = {
  list: (page: PageQuery, signal?: Signal) =>
    request<Paged<Group>>("groups", { query: query(page), signal }),
  create: (name: string) => request<Group>("groups", { method: "POST", body: { name } }),
  rename: (group: string, name: string) =>
    request<Group>(`groups/${id(group)}`, { method: "PATCH", body: { name } }),
  remove: (group: string) => request<void>(`groups/${id(group)}`, { method: "DELETE" }),
  members: (group: string, page: PageQuery, signal?: Signal) =>
    request<Paged<User>>(`groups/${id(group)}/members`, { query: query(page), signal }),
  addMember: (group: string, user: string) =>
    request<void>(`groups/${id(group)}/members/${id(user)}`, { method: "PUT" }),
  removeMember: (group: string, user: string) =>
    request<void>(`groups/${id(group)}/members/${id(user)}`, { method: "DELETE" }),
};

export const targets = {
  list: (page: PageQuery & { folder?: string | null }, signal?: Signal) =>
    request<Paged<Target>>("targets", { query: { ...query(page), folder: page.folder }, signal }),
  folders: (signal?: Signal) => request<{ items: string[] }>("targets/folders", { signal }),
  recent: (signal?: Signal) => request<{ items: Target[] }>("targets/recent", { signal }),
  read: (target: string) => request<Target>(`targets/${id(target)}`),
  create: (body: TargetBody) => request<Target>("targets", { method: "POST", body }),
  update: (target: string, body: TargetBody) =>
    request<Target>(`targets/${id(target)}`, { method: "PATCH", body }),
  remove: (target: string) => request<void>(`targets/${id(target)}`, { method: "DELETE" }),
  forgetHostKeys: (target: string) =>
    request<void>(`targets/${id(target)}/host-keys`, { method: "DELETE" }),
  grants: (target: string, page: PageQuery, signal?: Signal) =>
    request<Paged<Grant>>(`targets/${id(target)}/grants`, { query: query(page), signal }),
  grant: (target: string, subject: { user: string } | { group: string }) =>
    request<Grant>(`targets/${id(target)}/grants`, { method: "POST", body: subject }),
  revoke: (grant: string) => request<void>(`grants/${id(grant)}`, { method: "DELETE" }),
};

export const sessions = {
  own: (isBackground: boolean) =>
    request<Paged<Session>>("sessions", { query: { limit: 200 }, isBackground }),
  everyones: (page: PageQuery, isBackground: boolean, signal?: Signal) =>
    request<Paged<Session>>("sessions", {
      query: { ...query(page), all: true },
      isBackground,
      signal,
    }),
  open: (what: { target: string } | { quick: string }, size: { cols: number; rows: number }) =>
    request<OpenedSession>("sessions", { method: "POST", body: { ...what, ...size } }),
  end: (session: string) => request<void>(`sessions/${id(session)}`, { method: "DELETE" }),
};

export const records = {
  history: (page: PageQuery & { all?: boolean }, signal?: Signal) =>
    request<Paged<HistoryItem>>("history", {
      query: { ...query(page), all: page.all || null },
      signal,
    }),
  audit: (page: PageQuery & { code?: string }, signal?: Signal) =>
    request<Paged<AuditItem>>("audit", { query: { ...query(page), code: page.code }, signal }),
};
