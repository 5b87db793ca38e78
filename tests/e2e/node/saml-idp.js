// A SAML identity provider: samlp behind a server of its own. It is started with the files of its key and certificate, and
// prints its address. GET /metadata is its metadata; GET /sso?… signs in whoever the query says and answers the page with
// the form that a browser would post.
const http = require('http');
const fs = require('fs');
const samlp = require('samlp');

const [keyFile, certFile, sealKeyFile, sealCertFile] = process.argv.slice(2);
const key = fs.readFileSync(keyFile);
const cert = fs.readFileSync(certFile);
const PREFIX = 'https://aws.amazon.com/SAML/Attributes/';

const mapper = (user) => ({
  getClaims: () => user.claims,
  getNameIdentifier: () => ({
    nameIdentifier: user.name,
    nameIdentifierFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  }),
});
mapper.prototype = { metadata: [] };
mapper.metadata = [];

function userOf(query) {
  const claims = {};
  for (const [name, value] of query) {
    if (name.startsWith('claim:')) (claims[PREFIX + name.slice(6)] ||= []).push(value);
  }
  return { name: query.get('user'), claims };
}

function dressed(res) {
  res.set = (name, value) => res.setHeader(name, value);
  res.send = (status, body) => {
    if (typeof status === 'number') res.statusCode = status;
    else body = status;
    res.end(String(body ?? ''));
  };
  return res;
}

const server = http.createServer((req, res) => {
  const url = new URL(req.url, 'http://localhost');
  const query = url.searchParams;
  req.query = {};
  dressed(res);
  const failed = (error) => res.send(500, error ? error.stack : 'nothing here');
  if (url.pathname === '/metadata') {
    const issuer = `http://127.0.0.1:${server.address().port}/metadata`;
    return samlp.metadata({ issuer, cert, redirectEndpointPath: '/sso', postEndpointPath: '/sso', profileMapper: mapper })(req, res, failed);
  }
  if (url.pathname !== '/sso') return failed();
  const where = query.get('recipient') || 'https://signin.aws.amazon.com/saml';
  samlp.auth({
    issuer: `http://127.0.0.1:${server.address().port}/metadata`,
    key, cert,
    audience: 'urn:amazon:webservices',
    recipient: where,
    destination: where,
    lifetimeInSeconds: 240,
    signAssertion: query.get('signs') !== 'response',
    signResponse: query.get('signs') !== null && query.get('signs') !== 'assertion',
    ...(query.get('encrypts') && {
      encryptionPublicKey: fs.readFileSync(sealKeyFile),
      encryptionCert: fs.readFileSync(sealCertFile),
      encryptionAlgorithm: query.get('encrypts'),
      disallowEncryptionWithInsecureAlgorithm: false,
      warnOnInsecureEncryptionAlgorithm: false,
    }),
    signatureAlgorithm: query.get('algorithm') || 'rsa-sha256',
    profileMapper: mapper,
    getUserFromRequest: () => userOf(query),
    getPostURL: (audience, dom, request, done) => done(null, where),
  })(req, res, failed);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
