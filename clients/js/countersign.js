// A session with countersign's cookie endpoints, for pages in a browser. No dependency, one file.
//
// The refresh token is in an HttpOnly cookie, which this code never sees. The access token is in the memory of the page,
// and is shared with other tabs by BroadcastChannel alone: nothing that a later visitor of the machine, or a script
// that reads storage, could find. Of all tabs one refreshes at a time; the others take over what it got.

/** An answer that was no success, or none at all. */
export class SessionError extends Error {
  /**
   * @param {string} message
   * @param {{status?: number, body?: unknown, cause?: unknown}} [about]
   */
  constructor(message, { status = 0, body = null, cause } = {}) {
    super(message, { cause });
    this.name = "SessionError";
    this.status = status;
    this.body = body;
  }
}

const PATHS = {
  login: "/accounts/login",
  refresh: "/accounts/refresh_token",
  user: "/accounts/user",
  logout: "/accounts/logout",
};

/** How long a tab that had to queue waits for the token of the tab before it, in milliseconds. */
const HANDOVER = 150;
/** The same for one that found the queue empty: the tab before it may have left this very moment. */
const AFTERMATH = 30;
/** How long the lock of a tab that was closed in the middle may stand, where there are no Web Locks. */
const LOCK_AGE = 10_000;

export class Session {
  #base;
  #paths;
  #csrfCookie;
  #csrfHeader;
  #fetch;
  #surroundings;
  #channel;
  #lockName;
  #listeners = new Set();

  #access = null;
  #user = null;
  #csrf = null;
  /** Grows whenever somebody logs in or out: what was asked for before counts no more. */
  #generation = 0;
  /** The refresh in flight in this tab. */
  #refreshing = null;
  /** Those who wait for another tab's token. */
  #waiting = new Set();

  constructor({
    baseUrl = globalThis.location?.origin,
    paths = {},
    csrfCookie = "csrftoken",
    csrfHeader = "X-CSRFToken",
    fetch = (...all) => globalThis.fetch(...all),
    surroundings = browser(),
  } = {}) {
    this.#base = new URL(baseUrl);
    this.#paths = { ...PATHS, ...paths };
    this.#csrfCookie = csrfCookie;
    this.#csrfHeader = csrfHeader;
    this.#fetch = fetch;
    this.#surroundings = surroundings;
    this.#lockName = `countersign ${this.#base.origin}${this.#paths.refresh}`;
    this.#channel = surroundings.channel(this.#lockName);
    if (this.#channel) this.#channel.onmessage = ({ data }) => this.#heard(data);
  }

  /** Who is signed in, as far as this tab knows. */
  get user() {
    return this.#user;
  }

  /** Whether this tab holds an access token. */
  get signedIn() {
    return this.#access !== null;
  }

  /** Calls back whenever somebody signs in or out, in this tab or another. Gives back what ends that. */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Signs in. Resolves to the user. */
  async login(username, password) {
    const response = await this.#post(this.#paths.login, { username, password });
    const body = await json(response);
    if (!response.ok) throw refusal(response, body);
    this.#generation += 1;
    this.#become(body.access_token, body.user);
    this.#tell({ kind: "login", access: body.access_token, user: body.user });
    return body.user;
  }

  /** Takes the session up again after a reload. Resolves to the user, or to null where nobody is signed in. */
  async resume() {
    if ((await this.refresh()) === null) return null;
    const response = await this.fetch(this.#paths.user);
    if (response.status === 401) return null;
    const body = await json(response);
    if (!response.ok) throw refusal(response, body);
    this.#become(this.#access, body.user);
    return body.user;
  }

  /**
   * `fetch` with the access token. An answer of 401 is tried once more with a fresh one, never twice. The token goes to
   * the API's own origin and nowhere else.
   */
  async fetch(input, init) {
    const request = new Request(input instanceof Request ? input : new URL(input, this.#base), init);
    if (new URL(request.url).origin !== this.#base.origin) return this.#fetch(request);
    const access = this.#access ?? (await this.refresh());
    const response = await this.#fetch(authorized(request, access));
    if (response.status !== 401 || access === null) return response;
    // Another call, or another tab, may have got a fresh one in the meantime.
    const fresh = this.#access !== access ? this.#access : await this.#refresh(access);
    return fresh === null ? response : this.#fetch(authorized(request, fresh));
  }

  /**
   * Gets a fresh access token, once for all who ask at the same time, in all tabs. Resolves to null where nobody is
   * signed in.
   */
  refresh() {
    return this.#refresh(this.#access);
  }

  /** Forgets the access token, as if it had run out. The next call gets a fresh one. */
  expire() {
    this.#access = null;
  }

  /** Signs out, here and in every tab. */
  async logout() {
    this.#generation += 1;
    this.#become(null, null);
    this.#tell({ kind: "logout" });
    const response = await this.#proved(this.#paths.logout);
    this.#csrf = null;
    // 401: the session was over already.
    if (!response.ok && response.status !== 401) throw refusal(response, await json(response));
  }

  /** Ends the connection to other tabs. */
  close() {
    this.#channel?.close();
    this.#listeners.clear();
  }

  #refresh(stale) {
    this.#refreshing ??= this.#refreshAlone(stale).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #refreshAlone(stale) {
    return this.#surroundings.exclusively(this.#lockName, async (hadToWait) => {
      if (hadToWait || stale !== null) await this.#handover(stale, hadToWait ? HANDOVER : AFTERMATH);
      if (this.#access !== null && this.#access !== stale) return this.#access;
      const generation = this.#generation;
      const response = await this.#proved(this.#paths.refresh);
      // Somebody signed in or out while we asked: the answer is about a session that is over.
      if (generation !== this.#generation) return this.#access;
      if (response.status === 401) {
        this.#become(null, null);
        return null;
      }
      const body = await json(response);
      if (!response.ok) throw refusal(response, body);
      this.#become(body.access_token, this.#user);
      this.#tell({ kind: "token", access: body.access_token });
      return body.access_token;
    });
  }

  /** Waits for the token that the tab before us told everybody, which may still be on its way. */
  async #handover(stale, milliseconds) {
    if (this.#access !== null && this.#access !== stale) return;
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#waiting.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#waiting.clear();
  }

  /** Posts with the proof that this page meant it. A token that is out of date is replaced by the answer's, once. */
  async #proved(path) {
    const sent = this.#csrf ?? cookie(this.#surroundings.cookies(), this.#csrfCookie);
    const response = await this.#post(path, null, sent);
    return response.status === 403 && this.#csrf !== null && this.#csrf !== sent
      ? this.#post(path, null, this.#csrf)
      : response;
  }

  async #post(path, body, csrf = null) {
    const headers = new Headers({ Accept: "application/json" });
    if (body !== null) headers.set("Content-Type", "application/json");
    if (csrf !== null) headers.set(this.#csrfHeader, csrf);
    const init = { method: "POST", headers, credentials: "include", body: body && JSON.stringify(body) };
    let response;
    try {
      response = await this.#fetch(new URL(path, this.#base), init);
    } catch (cause) {
      throw new SessionError("the server cannot be reached, or does not let this page call", { cause });
    }
    this.#csrf = response.headers.get(this.#csrfHeader) ?? this.#csrf;
    return response;
  }

  #become(access, user) {
    const changed = user?.id !== this.#user?.id;
    this.#access = access;
    this.#user = user;
    if (changed) for (const listener of this.#listeners) listener(user);
  }

  #tell(message) {
    this.#channel?.postMessage(message);
  }

  #heard(message) {
    if (message.kind === "token") {
      this.#become(message.access, this.#user);
    } else {
      this.#generation += 1;
      this.#become(message.access ?? null, message.user ?? null);
    }
    for (const wake of this.#waiting) wake();
  }
}

/** What a session needs of a browser beside `fetch`. */
export function browser() {
  return {
    cookies: () => globalThis.document?.cookie ?? "",
    channel: (name) => (globalThis.BroadcastChannel ? new BroadcastChannel(name) : null),
    exclusively: globalThis.navigator?.locks ? withWebLocks : withStorage,
  };
}

/** Runs `task` in one tab at a time, and says whether it had to wait for another. */
async function withWebLocks(name, task) {
  const { locks } = globalThis.navigator;
  const free = { answered: false };
  const answer = await locks.request(name, { ifAvailable: true }, async (lock) => {
    if (lock === null) return null;
    free.answered = true;
    return task(false);
  });
  return free.answered ? answer : locks.request(name, () => task(true));
}

/**
 * The same with a mark in the storage, for browsers without Web Locks. It is no true lock: two tabs may pass in the same
 * instant, and then the server gives both the same session. No token is ever written there.
 */
async function withStorage(name, task) {
  const storage = globalThis.localStorage;
  if (!storage) return task(false);
  const me = `${Math.random()}`;
  const holder = () => {
    const [who, until] = (storage.getItem(name) ?? "").split(" ");
    return Number(until) > Date.now() ? who : null;
  };
  let waited = false;
  for (const start = Date.now(); Date.now() - start < LOCK_AGE; waited = true) {
    if (holder() === null) {
      storage.setItem(name, `${me} ${Date.now() + LOCK_AGE}`);
      await pause(20);
      if (holder() === me) break;
    }
    await pause(30 + Math.random() * 40);
  }
  try {
    return await task(waited);
  } finally {
    if (holder() === me) storage.removeItem(name);
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A copy of a request with the token, so that it can be sent again. */
function authorized(request, access) {
  const copy = request.clone();
  if (access !== null) copy.headers.set("Authorization", `Bearer ${access}`);
  return copy;
}

function cookie(cookies, name) {
  const pair = cookies.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return pair ? pair.slice(name.length + 1) : null;
}

async function json(response) {
  return response.json().catch(() => null);
}

function refusal(response, body) {
  return new SessionError(body?.detail ?? `the server answered ${response.status}`, { status: response.status, body });
}
