/** A part has files to change, and the test files that should fail then. It has no others, because each mutant loads whole test files. */
export const MODULES = {
  sealing: partsOf('packages/service-runtime/src', [
    ['sealing', 'sealed-record', 'browser-binding', 'fingerprint'],
    ['start-records'],
  ]),
  'session-binding': [
    ...partsOf('services/session-binding/src/binding', [
      {
        files: ['bind-session', 'binding-checks', 'binding-trail', 'returned-parameters'],
        tests: ['bind-session', 'refused-returns', 'audited-returns'],
      },
      ['starts', 'settled-starts'],
      { files: ['return-route'], tests: ['return-route', 'return-limit'] },
    ]),
    ...partsOf('services/session-binding/src/page', [
      {
        files: ['binding-page', 'binding-words', 'binding-asset-routes'],
        tests: ['binding-page', 'binding-asset-routes'],
      },
    ]),
  ],
  'user-session': partsOf('packages/user-session/src', [
    ['user-session-reader', 'host-cookies'],
    ['user-session-records', 'user-session-endings'],
    { files: ['user-session-index'], tests: ['user-session-index', 'back-channel-logout'] },
    {
      files: ['user-sessions', 'user-session-store', 'trustworthy-origin'],
      tests: ['begun-user-sessions', 'user-session-requests'],
    },
    {
      files: ['user-tokens', 'user-tokens-records', 'refresh-lock'],
      tests: ['user-tokens-lifetime', 'user-tokens-refresh', 'user-tokens-records', 'refresh-lock', 'refused-refresh'],
    },
    {
      files: ['start-sign-in', 'finish-sign-in', 'sign-in-routes'],
      tests: [
        'start-sign-in',
        'finish-sign-in',
        'replaced-user-session',
        'sign-in-not-stored',
        'sign-in-outcomes',
        'sign-in-routes',
      ],
    },
    {
      files: ['sign-out', 'revocations'],
      tests: ['sign-out', 'sign-out-steps', 'end-user-session', 'refused-refresh', 'revocations'],
    },
    ['oidc-claims', 'oidc-failure', 'sign-in-facts'],
    { files: ['logout-token'], tests: ['logout-token', 'logout-token-claims'] },
    ['back-channel-logout'],
    {
      files: ['oidc-client', 'lazy-discovery'],
      tests: [
        'oidc-client',
        'oidc-client-options',
        'oidc-client-grants',
        'user-tokens',
        'refused-refresh',
        'sign-out',
        'back-channel-logout',
      ],
    },
    ['sign-in-transactions', 'sign-in-request', 'return-to'],
  ]),
  authorization: [
    // The stories play whole consents over these files.
    ...partsOf('packages/authorization/src', [
      { files: ['agentcore-vault', 'entry'], tests: ['agentcore-vault', 'stories'] },
      ['ledger'],
      ['due-set'],
      { files: ['expiry-timer'], tests: ['expiry-timer', 'expiry-timer-looks'] },
      {
        files: ['identify/identity-artifact', 'identify/audited-minting'],
        tests: ['identify/identity-artifact', 'identify/audited-minting'],
      },
      {
        files: [
          'need/access',
          'need/access-for-run',
          'need/authorization-required',
          'need/authorizations',
          'need/sign-out',
        ],
        tests: ['need/access-for-run', 'stories'],
      },
      {
        files: ['need/access-without-consent'],
        tests: ['need/access-without-consent', 'need/refused-without-consent'],
      },
      {
        files: ['start/start-authorization', 'start/starts', 'start/authorization-url'],
        tests: ['start/starts', 'start/authorization-url', 'stories'],
      },
      {
        files: [
          'settle/settle-start',
          'settle/settle-authorization',
          'settle/probe-label',
          'ending/settle-left',
          'later',
        ],
        tests: ['stories'],
      },
      {
        files: ['connections/decide', 'connections/connections', 'connections/disconnect'],
        tests: ['connections/decide', 'stories'],
      },
      {
        files: ['connections/list-connections', 'connections/list-without-consent', 'connections/connect-account'],
        tests: ['connections/list-connections', 'connections/list-without-consent'],
      },
      { files: ['connections/calls'], tests: ['need/access-for-run', 'stories'] },
      { files: ['connections/uses', 'ending/left-tokens'], tests: ['ending/left-tokens'] },
      ['connections/ask-first'],
      ['erasures/erasure-records'],
    ]),
    ...partsOf('packages/contracts/src', [['granted-scopes']]),
  ],
  'agentcore-identity': partsOf('packages/agentcore-identity/src', [
    ['circuit', 'jwt-expiry', 'aws-failure'],
    { files: ['workload-access-tokens'], tests: ['workload-access-tokens', 'jwt-expiry'] },
    { files: ['workload-identity'], tests: ['workload-identity', 'minting', 'without-consent'] },
    ['session-binding-identity'],
    // This part is slow: some of its tests wait for a timeout of the client.
    {
      files: ['aws-client'],
      tests: ['aws-client', 'workload-identity', 'minting', 'session-binding-identity', 'without-consent'],
    },
  ]),
}

function partsOf(folder, parts) {
  const paths = (names, ending) => names.map((name) => `${folder}/${name}${ending}`)
  return parts.map((part) => {
    const { files, tests } = Array.isArray(part) ? { files: part, tests: part } : part
    return { mutate: paths(files, '.ts'), tests: paths(tests, '.test.ts') }
  })
}
