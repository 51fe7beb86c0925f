/** A part has files to change, and the test files that should fail then. It has no others, because each mutant loads whole test files. */
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
    ...partsOf('packages/authorization/src', [
      {
        files: ['request-authorization', 'authorization-url', 'identity-artifact', 'audited-minting'],
        tests: [
          'request-authorization',
          'audited-requests',
          'authorization-url',
          'identity-artifact',
          'audited-minting',
        ],
      },
      { files: ['settle-authorization'], tests: ['settle-authorization', 'settled-outcomes'] },
      {
        files: ['access-for-turn', 'account-of-turn', 'asking-of-turn', 'disconnected-while-asked', 'request-name'],
        tests: [
          'access-for-turn',
          'account-of-turn',
          'calls-of-turn',
          'access-after-disconnecting',
          'rejected-token-of-turn',
          'scopes-left-out',
          'request-name',
        ],
      },
      {
        files: ['access-without-consent'],
        tests: ['access-without-consent', 'refused-without-consent'],
      },
      {
        files: [
          'pending-authorizations',
          'new-authorization',
          'pending-authorization-scripts',
          'unchecked-authorizations',
          'authorizations-of-session',
          'authorizations-of-user',
        ],
        tests: [
          'pending-authorizations',
          'pending-authorization-records',
          'pending-authorization-steps',
          'unchecked-authorizations',
          'authorizations-of-session',
          'authorizations-of-user',
        ],
      },
      { files: ['authorization-starts'], tests: ['authorization-starts', 'consent-trip'] },
      { files: ['expiry-timer'], tests: ['expiry-timer', 'expiry-timer-looks'] },
      { files: ['authorization-routes'], tests: ['authorization-routes', 'refused-starts'] },
      { files: ['authorization'], tests: ['authorization', 'authorization-of-service'] },
    ]),
    ...partsOf('packages/authorization/src/connections', [
      {
        files: ['connections'],
        tests: [
          'connections',
          'bound-connections',
          'one-account-once',
          'right-account',
          'decide-account',
          'consent-after-disconnecting',
          'consent-without-comparison',
        ],
      },
      {
        files: ['connection-routes', 'list-connections'],
        tests: ['connection-routes', 'account-routes', 'list-connections', 'listed-accounts'],
      },
      { files: ['account-by-hint'], tests: ['account-by-hint', 'right-account', 'shared-account'] },
      {
        files: ['accounts', 'account-routes', 'decide-account'],
        tests: [
          'accounts',
          'account-routes',
          'connection-routes',
          'decide-account',
          'decided-accounts',
          'one-account-once',
        ],
      },
      {
        files: ['disconnections', 'connect'],
        tests: ['connect', 'disconnections', 'ended-connections', 'cancelled-consents', 'consent-after-disconnecting'],
      },
      {
        files: ['settle-revocation'],
        tests: ['settle-revocation', 'settled-revocations', 'consent-after-disconnecting'],
      },
      {
        files: ['connection-calls', 'connection-uses'],
        tests: ['begun-calls', 'calls-under-way', 'connection-calls', 'connection-uses', 'disconnections'],
      },
      {
        files: ['connection-records', 'connection-vault'],
        tests: ['connections', 'connection-records', 'connection-vault', 'disconnections', 'revocation-of-before'],
      },
      ['ask-first'],
      {
        files: [
          'latched-connection',
          'connection-state',
          'connect-account',
          'asking',
          'right-account',
          'revocation-steps',
        ],
        tests: [
          'latched-connection',
          'connection-state',
          'connect-account',
          'asking',
          'revocation-steps',
          'revoked-tokens',
        ],
      },
    ]),
    ...partsOf('packages/authorization/src/consent-requests', [
      {
        files: [
          'start-consent-request',
          'account-of-request',
          'waiting-consent-requests',
          'consent-request-records',
          'ask-for-consent',
        ],
        tests: [
          'account-of-request',
          'start-consent-request',
          'start-outcomes',
          'waiting-consent-requests',
          'consent-request-records',
          'ask-for-consent',
        ],
      },
      {
        files: ['consent-request-routes'],
        tests: ['consent-request-routes', 'started-consent-requests'],
      },
    ]),
    ...partsOf('packages/authorization/src/erasures', [
      ['erasure-records', 'latch-absent'],
      ['forget-details', 'records-of-user'],
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
