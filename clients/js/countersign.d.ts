/** Who is signed in, as the endpoints answer it. */
export interface User {
  id: number | string;
  username: string;
  email: string;
  first_name: string;
  is_active: boolean;
}

/** What a session is told. Everything is optional where page and API share an origin. */
export interface SessionOptions {
  /** The API's origin. The page's own. */
  baseUrl?: string | URL;
  /** Where the endpoints are, if they were renamed. */
  paths?: Partial<Record<"login" | "refresh" | "user" | "logout", string>>;
  /** `CSRF_COOKIE_NAME`: `csrftoken`. */
  csrfCookie?: string;
  /** The header that brings the token: `X-CSRFToken`. */
  csrfHeader?: string;
  /** For tests. */
  fetch?: typeof globalThis.fetch;
  /** For tests. */
  surroundings?: Surroundings;
}

/** What a session needs of a browser beside `fetch`. */
export interface Surroundings {
  /** `document.cookie` */
  cookies(): string;
  /** A channel to other tabs, if there is such a thing. */
  channel(name: string): Pick<BroadcastChannel, "postMessage" | "close" | "onmessage"> | null;
  /** Runs a task in one tab at a time; the task is told whether it had to wait. */
  exclusively<T>(name: string, task: (hadToWait: boolean) => Promise<T>): Promise<T>;
}

/** An answer that was no success, or none at all. */
export class SessionError extends Error {
  /** The status, 0 where no answer came. */
  readonly status: number;
  /** The body, if it was JSON. */
  readonly body: unknown;
}

/** A session with countersign's cookie endpoints. */
export class Session {
  constructor(options?: SessionOptions);
  /** Who is signed in, as far as this tab knows. */
  readonly user: User | null;
  /** Whether this tab holds an access token. */
  readonly signedIn: boolean;
  /** Calls back whenever somebody signs in or out, in this tab or another. Gives back what ends that. */
  onChange(listener: (user: User | null) => void): () => void;
  /** Signs in. Rejects with a {@link SessionError} of status 401 where name or password are wrong. */
  login(username: string, password: string): Promise<User>;
  /** Takes the session up again after a reload; null where nobody is signed in. */
  resume(): Promise<User | null>;
  /** `fetch` with the access token, tried once more with a fresh one after 401. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** Gets a fresh access token, once for all who ask; null where nobody is signed in. */
  refresh(): Promise<string | null>;
  /** Forgets the access token, as if it had run out. */
  expire(): void;
  /** Signs out, here and in every tab. */
  logout(): Promise<void>;
  /** Ends the connection to other tabs. */
  close(): void;
}

/** The real surroundings. */
export function browser(): Surroundings;
