/**
 * The mutated files, by module, in parts: some files, and the tests that have to fail. These are beside the files and take seconds; each mutant loads all
 * tests of its part, so a part has only the tests that it needs. Code that only composes (`main`, `config`, `index`) would have to be tested by
 * starting it, which is too slow for a mutation run.
 */
export const MODULES = {
  sealing: partsOf('packages/service-runtime/src', [
    ['sealing', 'sealed-record', 'browser-binding', 'fingerprint'],
    ['pending-authorization-records'],
  ]),
  'session-binding': [
    ...partsOf('services/session-binding/src/binding', [
      {
        files: ['bind-session', 'binding-checks', 'binding-trail', 'returned-parameters'],
        tests: ['bind-session', 'refused-returns', 'audited-returns'],
      },
      ['pending-authorizations', 'settled-authorizations'],
      { files: ['return-route'], tests: ['return-route', 'return-limit'] },
    ]),
    ...partsOf('services/session-binding/src/page', [['binding-page', 'binding-words', 'binding-asset-routes']]),
  ],
  'user-session': partsOf('packages/user-session/src', [
    ['user-session-reader', 'host-cookies'],
    ['user-session-records', 'user-session-endings'],
    {
      files: ['user-sessions', 'user-session-store', 'trustworthy-origin'],
      tests: ['user-sessions', 'user-session-cookie'],
    },
    {
      files: ['user-tokens', 'user-tokens-records', 'refresh-lock'],
      tests: ['user-tokens', 'refused-refresh', 'user-tokens-records'],
    },
    ['sign-in-transactions', 'start-sign-in', 'finish-sign-in', 'sign-in-routes', 'sign-in-request', 'return-to'],
    ['sign-out', 'revocations'],
    ['oidc-client', 'oidc-claims', 'oidc-failure'],
  ]),
  authorization: partsOf('packages/authorization/src', [
    {
      files: ['request-authorization', 'authorization-url', 'identity-artifact', 'audited-minting'],
      tests: ['request-authorization', 'audited-requests', 'authorization-url', 'identity-artifact', 'audited-minting'],
    },
    ['settle-authorization'],
    {
      files: ['access-for-turn'],
      tests: [
        'access-for-turn',
        'account-of-turn',
        'access-after-disconnecting',
        'rejected-token-of-turn',
        'scopes-left-out',
      ],
    },
    {
      files: ['pending-authorizations', 'pending-authorization-scripts'],
      tests: ['pending-authorizations', 'authorizations-of-session', 'unchecked-authorizations'],
    },
    { files: ['authorization-starts'], tests: ['authorization-starts', 'consent-trip'] },
    ['expiry-timer'],
    ['authorization-routes', 'authorization'],
    ['connections/connections', 'connections/connection-routes', 'connections/list-connections'],
  ]),
  'agentcore-identity': partsOf('packages/agentcore-identity/src', [
    ['circuit', 'jwt-expiry', 'aws-failure'],
    { files: ['workload-access-tokens'], tests: ['workload-access-tokens', 'jwt-expiry'] },
    {
      files: ['aws-client', 'workload-identity', 'session-binding-identity'],
      tests: ['workload-identity', 'session-binding-identity', 'without-consent'],
    },
  ]),
}

/** A test has the name of its file; exceptions are listed in the part. */
function partsOf(folder, parts) {
  const paths = (names, ending) => names.map((name) => `${folder}/${name}${ending}`)
  return parts.map((part) => {
    const { files, tests } = Array.isArray(part) ? { files: part, tests: part } : part
    return { mutate: paths(files, '.ts'), tests: paths(tests, '.test.ts') }
  })
}
