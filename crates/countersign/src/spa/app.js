import { Session } from "./countersign.js";

// `?api=https://api.example.com` talks to an API of another origin.
const api = new URLSearchParams(location.search).get("api") ?? location.origin;
const element = (id) => document.getElementById(id);

function log(text) {
  const line = document.createElement("li");
  line.textContent = text;
  element("log").append(line);
}

/** `fetch` that shows every request, and no token. */
async function watched(input, init) {
  const request = input instanceof Request ? input : new Request(input, init);
  const response = await fetch(request);
  log(`${request.method} ${new URL(request.url).pathname} → ${response.status}`);
  return response;
}

const session = new Session({ baseUrl: api, fetch: watched });

function show() {
  const who = session.user?.username;
  element("state").textContent = session.signedIn ? `Signed in${who ? ` as ${who}` : ""}` : "Signed out";
  element("login").hidden = session.signedIn;
  element("session").hidden = !session.signedIn;
  const names = document.cookie.split("; ").filter(Boolean).map((pair) => pair.split("=")[0]);
  element("cookies").textContent = names.join(", ") || "none";
}

/** Does something and shows what came of it. */
const act = (deed) => async (event) => {
  event?.preventDefault();
  try {
    await deed(event);
  } catch (error) {
    log(error.message);
  }
  show();
};

element("login").addEventListener("submit", act(async (event) => {
  const fields = new FormData(event.target);
  await session.login(fields.get("username"), fields.get("password"));
  event.target.reset();
}));
element("call").addEventListener("click", act(async () => {
  const response = await session.fetch("/accounts/user");
  const body = await response.json();
  log(response.ok ? `The API says hello to ${body.user.username}` : `The API says ${response.status}`);
}));
element("expire").addEventListener("click", act(async () => {
  session.expire();
  log("The access token is gone. The next call gets a new one.");
  element("state").textContent = "Access token expired";
}));
element("refresh").addEventListener("click", act(() => session.refresh()));
element("logout").addEventListener("click", act(() => session.logout()));
session.onChange((user) => {
  log(user ? `${user.username} signed in` : "Signed out");
  show();
});

await act(() => session.resume())();
