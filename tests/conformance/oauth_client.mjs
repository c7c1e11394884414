// A client with OAuth on one of the two official SDKs: `node oauth_client.mjs sdk|client URL`.
// It is a person's browser too, by the program in BROWSER.
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { promisify } from "node:util";

const [kind, url] = process.argv.slice(2);
const { auth, Client, StreamableHTTPClientTransport } =
  kind === "client"
    ? await import("@modelcontextprotocol/client")
    : {
        ...(await import("@modelcontextprotocol/sdk/client/auth.js")),
        ...(await import("@modelcontextprotocol/sdk/client/index.js")),
        ...(await import("@modelcontextprotocol/sdk/client/streamableHttp.js")),
      };

let arrived;
const answer = new Promise((resolve) => (arrived = resolve));
const server = createServer((request, reply) => {
  reply.end("ok");
  arrived(new URL(request.url, "http://localhost").searchParams);
}).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const redirectUrl = `http://127.0.0.1:${server.address().port}/callback`;

const kept = {};
const provider = {
  redirectUrl,
  clientMetadata: {
    client_name: `ts ${kind}`,
    redirect_uris: [redirectUrl],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    application_type: "native",
  },
  state: () => "some-state",
  clientInformation: () => kept.client,
  saveClientInformation: (client) => void (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => void (kept.tokens = tokens),
  codeVerifier: () => kept.verifier,
  saveCodeVerifier: (verifier) => void (kept.verifier = verifier),
  redirectToAuthorization: (there) => void (kept.there = String(there)),
  invalidateCredentials: () => {},
};

const connect = async () => {
  const client = new Client({ name: `ts-${kind}`, version: "1" });
  const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: provider });
  await client.connect(transport);
  return client;
};

try {
  await connect();
  throw new Error("let in without a token");
} catch (error) {
  if (kept.there === undefined) throw error;
}
await promisify(execFile)(process.env.BROWSER, [kept.there]);
const params = await answer;
const code = params.get("code");
const iss = params.get("iss");
const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: provider });
await transport.finishAuth(kind === "client" ? params : code);
const client = await connect();
const { tools } = await client.listTools();
const before = kept.tokens.refresh_token;
kept.tokens = { ...kept.tokens, access_token: "mza_000000000000_0" }; // as if it had expired
const again = await connect();
await again.listTools();
console.log(
  JSON.stringify({ tools: tools.map((tool) => tool.name), iss, refreshed: kept.tokens.refresh_token !== before }),
);
process.exit(0);
