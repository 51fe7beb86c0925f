import type { ConnectionId, ConnectionRecord } from '@agent-identity/contracts'

/** A connection as it is remembered, with what a test wants of it. */
export const connectionRecord = (wanted: Partial<ConnectionRecord>): ConnectionRecord => ({
  id: 'connection1' as ConnectionId,
  status: 'connected',
  scopes: '',
  connectedAt: 1,
  generation: 0,
  entries: [],
  ended: [],
  ...wanted,
})
