import type { ConnectionId, ConnectionRecord } from '@agent-identity/contracts'

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
