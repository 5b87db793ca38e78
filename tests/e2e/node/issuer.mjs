// The npm package oidc-provider as an issuer: signs in whoever the login hint names, and puts what AWS reads from a
// token into it. Told `rotate` on its input, it has other keys from then on; told `both`, it publishes old ones as well.
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { createInterface } from "node:readline";

const given = JSON.parse(process.argv[2]);
const { Provider } = await import(`file://${given.modules}/oidc-provider/lib/index.js`);
const TAGS = "https://aws.amazon.com/tags";
const SOURCE = "https://aws.amazon.com/source_identity";

let made = 0;
function newKey() {
  made += 1;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: `key-${made}`, use: "sig", alg: "RS256" };
}

function issuer(keys) {
  const provider = new Provider(given.issuer, {
    clients: [
      {
        client_id: given.client,
        redirect_uris: ["https://app.test/back"],
        response_types: ["id_token"],
        grant_types: ["implicit"],
        token_endpoint_auth_method: "none",
      },
    ],
    jwks: { keys },
    responseTypes: ["id_token"],
    cookies: { keys: ["of the tests"] },
    features: { devInteractions: { enabled: false } },
    claims: { openid: ["sub", "amr", TAGS, SOURCE] },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    async findAccount(_, id) {
      return { accountId: id, claims: async () => ({ sub: id, ...given.claims[id] }) };
    },
    async loadExistingGrant(ctx) {
      const { client, session } = ctx.oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid");
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  return async (request, response) => {
    if (!request.url.startsWith("/interaction/")) return answer(request, response);
    const { params } = await provider.interactionDetails(request, response);
    const login = { accountId: params.login_hint, amr: ["pwd", "mfa"] };
    return provider.interactionFinished(request, response, { login });
  };
}

let keys = [newKey()];
let current = issuer(keys);
const files = { cert: readFileSync(given.cert), key: readFileSync(given.key) };
const server = createServer(files, (request, response) => current(request, response));
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));

const orders = createInterface({ input: process.stdin });
orders.on("line", (order) => {
  keys = order === "both" ? [newKey(), ...keys] : [newKey()];
  current = issuer(keys);
  console.log(JSON.stringify({ kid: keys[0].kid }));
});
// Nobody is there any more.
orders.on("close", () => process.exit(0));
