// A server that keeps countersign's rules, behind a fake `fetch`: one session, cookies in a jar, a token that can run out.

export const BASE = "https://api.example.com";

export class Server {
  session = null;
  serial = 0;
  rotations = 0;
  requests = [];
  csrf = "c".repeat(32);
  /** Answers instead of the next request. */
  next = [];
  /** Whether pages can read the CSRF cookie. */
  sameSite = true;
  delay = 0;

  fetch = async (input, init) => {
    const request = input instanceof Request ? input : new Request(input, init);
    const path = new URL(request.url).pathname;
    this.requests.push(`${request.method} ${path}`);
    await new Promise((resolve) => setTimeout(resolve, this.delay));
    const scripted = this.next.shift();
    if (scripted) return scripted();
    if (path === "/accounts/login") return this.#login(await request.json());
    if (path === "/accounts/user" || path === "/hello/") return this.#protected(request);
    if (this.session === null) return this.#answer(401, { detail: "Authentication credentials were not provided." });
    if (request.headers.get("X-CSRFToken") !== this.csrf) return this.#answer(403, { detail: "CSRF Failed" });
    if (path === "/accounts/logout") {
      this.session = null;
      return this.#answer(200, {});
    }
    this.rotations += 1;
    return this.#answer(200, { access_token: this.#mint() });
  };

  get cookies() {
    return this.sameSite && this.session ? `a=b; csrftoken=${this.csrf}` : "a=b";
  }

  expire() {
    this.session.access = null;
  }

  #login({ username, password }) {
    if (password !== "right") return this.#answer(401, { detail: "No active account found with the given credentials" });
    this.session = { username };
    return this.#answer(200, { access_token: this.#mint(), user: { id: 1, username } });
  }

  #protected(request) {
    const given = request.headers.get("Authorization");
    if (!this.session?.access || given !== `Bearer ${this.session.access}`) return this.#answer(401, {});
    return this.#answer(200, { user: { id: 1, username: this.session.username } });
  }

  #mint() {
    this.serial += 1;
    this.session.access = `access-${this.serial}`;
    return this.session.access;
  }

  #answer(status, body) {
    const headers = { "Content-Type": "application/json" };
    if (this.session) headers["X-CSRFToken"] = this.csrf;
    return new Response(JSON.stringify(body), { status, headers });
  }
}

/** The tabs of one browser: one lock, one channel. */
export class Tabs {
  #queue = Promise.resolve();
  #held = 0;
  #ears = new Set();

  constructor(server) {
    this.server = server;
  }

  surroundings() {
    return {
      cookies: () => this.server.cookies,
      channel: () => {
        const ear = {
          onmessage: null,
          close: () => this.#ears.delete(ear),
          postMessage: (data) => {
            // As in a browser, a message arrives later, and not with the one who sent it.
            for (const other of this.#ears) if (other !== ear) setTimeout(() => other.onmessage?.({ data }), 5);
          },
        };
        this.#ears.add(ear);
        return ear;
      },
      exclusively: (name, task) => {
        const hadToWait = this.#held > 0;
        this.#held += 1;
        const turn = this.#queue.then(() => task(hadToWait)).finally(() => (this.#held -= 1));
        this.#queue = turn.catch(() => {});
        return turn;
      },
    };
  }
}
