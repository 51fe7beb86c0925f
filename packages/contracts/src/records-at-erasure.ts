/**
 * What becomes of each kind of record when its user is erased. When a kind is missing here, `tests/docs/redis-schema.test.ts`
 * fails. When one that is said to be erased is not, `tests/security/erased-user.test.ts` fails; for the index of consent
 * requests, `packages/authorization/src/erasures/records-of-user.test.ts`.
 */
export const AT_ERASURE: Readonly<Record<string, 'erased' | { stays: string }>> = {
  'user-session:{user session}': 'erased',
  'user-tokens:{user session}': 'erased',
  'user-tokens:{user session}:refresh-lock': { stays: 'some seconds; it has no content' },
  'sign-in:{hash of state}': { stays: '10 min; it belongs to no user yet' },
  'user-sessions-of-user:{user}': {
    stays: 'refs of ended user sessions, which name no record, until their absolute end',
  },
  'user-sessions-of-issuer-session:{issuer session}': {
    stays: 'refs of ended user sessions, which name no record, until their absolute end',
  },
  'logout-token:{hash of issuer and jti}': { stays: '6 min; it names no user' },
  'pending-authorization:{user session}:<random>': 'erased',
  'pending-authorization-index:{user session}': 'erased',
  'waiting-turns:{user session}:<random>': 'erased',
  'consent-trip:{user session}': 'erased',
  'conversation:{conversation}': 'erased',
  'conversation-turns:{conversation}': 'erased',
  'conversation-snapshot:{conversation}:<path>': 'erased',
  'turn:{conversation}:<random>': 'erased',
  'turn-events:{conversation}:<random>': 'erased',
  'turn-authorizations:{conversation}:<random>': 'erased',
  'turn-effects:{conversation}:<random>': 'erased',
  'turn-confirmations:{conversation}:<random>': 'erased',
  'confirming-turns:{user session}': 'erased',
  'connection:{user}:<provider>': {
    stays:
      'the latch, without an account: nothing is used again without another consent. The account’s name is erased when its revocation is over',
  },
  'revocation:{user}:<provider>': { stays: 'until it has ended; 30 days after its last change at the most' },
  'vendor-calls:{user}:<provider>': { stays: 'a minute; random ids' },
  'authorizations-of-user:{user}': 'erased',
  'erasure:{user}': { stays: '30 days: it is what refuses tokens from before' },
  'conversations-of-user:{user}': {
    stays: 'ids of expired conversations, which name no record, until the last of them expires',
  },
  'ask-first:{user}:<provider>': 'erased',
  'connection-uses:{user}:<provider>:<connection>': 'erased',
  'consent-request:{user}:<random>': { stays: 'erased while it is open; one that is settled stays for at most 20 min' },
  'consent-request-index:{user}': 'erased',
  'mcp-effects:{user}:<call>': { stays: '2 min: a repeated call must not act twice' },
  'turn-work:{agent-workload}': { stays: 'ids that name no record any more' },
  'binding-notifications:{agent-workload}': { stays: 'ids that name no record any more' },
  'authorization-expiries:{agent-workload}': { stays: 'ids that name no record any more, until they are due' },
  'revocations-due:{agent-workload}': { stays: 'until the revocation has ended' },
  'erasures-due:{agent-workload}': { stays: 'until the erasure is over' },
  'confirmation-expiries:{agent-workload}': { stays: 'ids that name no record any more, until they are due' },
  'rate-limit:<what>:{fingerprint}': { stays: 'a minute; keyed fingerprints' },
}
