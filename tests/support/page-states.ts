import {
  type AuthorizationId,
  type ConnectionId,
  ConnectionStatus,
  type ListedConnection,
  type TurnEvent,
} from '@agent-identity/contracts'

const at = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString()
const authorizationId = (letter: string) => letter.repeat(22) as AuthorizationId
const client = { clientId: 'https://editor.example/client.json', clientName: 'Editor' }

export const rowsOfEveryState = (): ListedConnection[] =>
  ConnectionStatus.options.map((status, n) => ({
    provider: `service-${n}`,
    displayName: `Service ${n}`,
    status,
    scopes: ['See your things', 'Change your things'],
    canAskForAccount: true,
    askFirst: n % 2 === 0,
    ...(status === 'consent_pending' && { pendingUntil: at(540), authorizationId: authorizationId('p') }),
    ...(status === 'needs_reauthorization' && { isDefault: false }),
    ...(status === 'missing_scopes' && { missing: ['Delete your things'] }),
    ...(status === 'wrong_account' && { askedAccount: 'alice@work.example', generation: 1 }),
    ...(/^disconnect/.test(status) && { disconnectedAt: at(-60) }),
    ...(status === 'disconnected' && { outcome: 'not_confirmed' as const }),
    ...(status !== 'not_connected' && {
      account: `someone-with-a-long-name-${n}@home.example`,
      accountId: `connection${n}` as ConnectionId,
      connectedAt: at(-3_600),
    }),
    ...(status === 'connected' && {
      isDefault: true,
      uses: [
        { does: 'listed events', usedAt: at(-60) },
        { does: 'added an event', usedAt: at(-90_000), client },
      ],
      lastUsedBy: { ...client, usedAt: at(-90_000) },
    }),
  }))

export function eventsOfEveryCard(): TurnEvent[] {
  const asked = (letter: string, displayName: string, missing?: string[]) => ({
    event: 'authorization_required' as const,
    data: {
      authorizationId: authorizationId(letter),
      provider: letter,
      displayName,
      scopes: ['See your things', 'Change your things'],
      ...(missing && { missing }),
      startUrl: `/authorizations/${authorizationId(letter)}/start`,
      expiresAt: at(540),
      disconnectedAt: at(-3_600),
    },
  })
  return [
    { event: 'text', data: { delta: 'I look at three services.' } },
    { event: 'tool', data: { tool: 'list_things', status: 'succeeded' } },
    { event: 'tool', data: { tool: 'list_others', status: 'failed' } },
    asked('a', 'First', ['Change your things']),
    asked('b', 'Second'),
    asked('c', 'Third'),
    { event: 'authorization_completed', data: { authorizationId: authorizationId('b'), account: 'alice' } },
    {
      event: 'authorization_failed',
      data: { authorizationId: authorizationId('c'), code: 'wrong_account', account: 'bob@home' },
    },
    {
      event: 'confirmation_required',
      data: {
        confirmationId: `${'u'.repeat(22)}.${'t'.repeat(11)}.${'c'.repeat(11)}` as never,
        calls: [{ tool: 'open_issue', displayName: 'First', details: [{ name: 'title', value: 'Typo' }] }],
        begun: 1,
        expiresAt: at(540),
      },
    },
  ]
}
