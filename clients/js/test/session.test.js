import assert from "node:assert/strict";
import { test } from "node:test";
import { Session, SessionError, browser } from "../countersign.js";
import { BASE, Server, Tabs } from "./server.js";

function scene() {
  const server = new Server();
  const tabs = new Tabs(server);
  const tab = () => new Session({ baseUrl: BASE, fetch: server.fetch, surroundings: tabs.surroundings() });
  return { server, tab };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

test("a login gives the user, and calls carry the token", async () => {
  const { server, tab } = scene();
  const session = tab();
  assert.equal((await session.login("ann", "right")).username, "ann");
  assert.equal(session.signedIn, true);
  assert.equal((await session.fetch("/hello/")).status, 200);
  assert.deepEqual(server.requests, ["POST /accounts/login", "GET /hello/"]);
});

test("a wrong password is an error that says so, and nobody is signed in", async () => {
  const { tab } = scene();
  const session = tab();
  await assert.rejects(session.login("ann", "wrong"), (error) => {
    assert.ok(error instanceof SessionError);
    assert.equal(error.status, 401);
    assert.equal(error.message, "No active account found with the given credentials");
    return true;
  });
  assert.equal(session.signedIn, false);
});

test("a token that ran out is replaced once, and the call repeated with its body", async () => {
  const { server, tab } = scene();
  const session = tab();
  await session.login("ann", "right");
  server.expire();
  const response = await session.fetch("/hello/", { method: "POST", body: "text" });
  assert.equal(response.status, 200);
  assert.deepEqual(server.requests.slice(1), ["POST /hello/", "POST /accounts/refresh_token", "POST /hello/"]);
});

test("an answer of 401 is tried once more and never twice", async () => {
  const { server, tab } = scene();
  const session = tab();
  await session.login("ann", "right");
  const refused = () => new Response("{}", { status: 401 });
  server.next = [refused, null, refused];
  assert.equal((await session.fetch("/hello/")).status, 401);
  assert.equal(server.requests.length, 4);
});

test("many calls at once refresh once", async () => {
  const { server, tab } = scene();
  const session = tab();
  await session.login("ann", "right");
  server.expire();
  server.delay = 5;
  const responses = await Promise.all(Array.from({ length: 10 }, () => session.fetch("/hello/")));
  assert.ok(responses.every(({ status }) => status === 200));
  assert.equal(server.rotations, 1);
});

test("two tabs at once refresh once, and both go on", async () => {
  const { server, tab } = scene();
  const [one, other] = [tab(), tab()];
  await one.login("ann", "right");
  await settle();
  assert.equal(other.signedIn, true, "a login is heard in the other tab");
  server.expire();
  server.delay = 10;
  const responses = await Promise.all([one.fetch("/hello/"), other.fetch("/hello/")]);
  assert.deepEqual(responses.map(({ status }) => status), [200, 200]);
  assert.equal(server.rotations, 1);
});

test("a tab that comes a moment late takes over what the one before it got", async () => {
  const { server, tab } = scene();
  const [one, other] = [tab(), tab()];
  await one.login("ann", "right");
  await settle();
  server.expire();
  await one.refresh();
  // The queue is empty by now, and the message still on its way.
  assert.equal(await other.refresh(), "access-2");
  assert.equal(server.rotations, 1);
});

test("a tab that hears nothing from the one before it asks for itself", async () => {
  const { server, tab } = scene();
  const [one, other] = [tab(), tab()];
  await one.login("ann", "right");
  await settle();
  server.expire();
  const lost = () => new Response("{}", { status: 503 });
  server.next = [lost];
  const [first, second] = await Promise.allSettled([one.refresh(), other.refresh()]);
  assert.equal(first.reason.status, 503);
  assert.equal(second.value, "access-2");
  assert.equal(one.signedIn, true, "trouble on the way signs nobody out");
});

test("a reload takes the session up again", async () => {
  const { tab } = scene();
  await tab().login("ann", "right");
  const reloaded = tab();
  const heard = [];
  reloaded.onChange((user) => heard.push(user?.username ?? null));
  assert.equal((await reloaded.resume()).username, "ann");
  assert.equal(reloaded.user.username, "ann");
  assert.deepEqual(heard, ["ann"], "nobody is told of a sign-in before it is known whose");
});

test("where nobody is signed in there is nothing to take up", async () => {
  const { server, tab } = scene();
  assert.equal(await tab().resume(), null);
  assert.deepEqual(server.requests, ["POST /accounts/refresh_token"]);
});

test("a page on another site learns the token from the refusal", async () => {
  const { server, tab } = scene();
  server.sameSite = false;
  await tab().login("ann", "right");
  const reloaded = tab();
  assert.equal((await reloaded.resume()).username, "ann");
  assert.equal(server.requests.filter((line) => line === "POST /accounts/refresh_token").length, 2);
});

test("a refusal that brings nothing new is not repeated", async () => {
  const { server, tab } = scene();
  const session = tab();
  await session.login("ann", "right");
  const refused = () => new Response('{"detail":"CSRF Failed: Origin checking failed"}', { status: 403 });
  server.next = [refused, refused];
  await assert.rejects(session.refresh(), { status: 403, message: "CSRF Failed: Origin checking failed" });
  assert.equal(server.requests.length, 2);
});

test("a logout is heard in every tab", async () => {
  const { server, tab } = scene();
  const [one, other] = [tab(), tab()];
  const heard = [];
  other.onChange((user) => heard.push(user?.username ?? null));
  await one.login("ann", "right");
  await settle();
  await one.logout();
  await settle();
  assert.deepEqual(heard, ["ann", null]);
  assert.equal(other.signedIn, false);
  assert.equal(server.session, null);
});

test("a refresh that was on its way does not bring a session back", async () => {
  const { server, tab } = scene();
  const session = tab();
  await session.login("ann", "right");
  server.delay = 10;
  const refreshed = session.refresh();
  await session.logout();
  assert.equal(await refreshed, null);
  assert.equal(session.signedIn, false);
});

test("a logout that fails says so, and this page has forgotten the session all the same", async () => {
  const { server, tab } = scene();
  const session = tab();
  await session.login("ann", "right");
  server.next = [() => Promise.reject(new TypeError("network"))];
  await assert.rejects(session.logout(), SessionError);
  assert.equal(session.signedIn, false);
});

test("the token is sent to no other origin", async () => {
  const { server, tab } = scene();
  const seen = [];
  const watching = (input, init) => {
    if (input instanceof Request) seen.push([new URL(input.url).host, input.headers.get("Authorization")]);
    return server.fetch(input, init);
  };
  const surroundings = new Tabs(server).surroundings();
  const session = new Session({ baseUrl: BASE, fetch: watching, surroundings });
  await session.login("ann", "right");
  await session.fetch("/hello/");
  await session.fetch("https://api.example.com.evil/hello/");
  assert.deepEqual(seen, [["api.example.com", "Bearer access-1"], ["api.example.com.evil", null]]);
});

test("an expired token is replaced before the call", async () => {
  const { server, tab } = scene();
  const session = tab();
  await session.login("ann", "right");
  session.expire();
  assert.equal((await session.fetch("/hello/")).status, 200);
  assert.deepEqual(server.requests.slice(1), ["POST /accounts/refresh_token", "GET /hello/"]);
});

test("without web locks a mark in the storage keeps tabs apart", async () => {
  const store = new Map();
  // Newer versions of Node have locks of their own.
  const navigator = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: undefined, configurable: true });
  globalThis.localStorage = {
    getItem: (name) => store.get(name) ?? null,
    setItem: (name, value) => store.set(name, value),
    removeItem: (name) => store.delete(name),
  };
  const { exclusively } = browser();
  const log = [];
  const task = (name) => async (hadToWait) => {
    log.push(`${name} in ${hadToWait}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
    log.push(`${name} out`);
  };
  const first = exclusively("lock", task("one"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  await Promise.all([first, exclusively("lock", task("two"))]);
  assert.deepEqual(log, ["one in false", "one out", "two in true", "two out"]);
  assert.equal(store.size, 0);
  delete globalThis.localStorage;
  delete globalThis.navigator;
  if (navigator) Object.defineProperty(globalThis, "navigator", navigator);
});
