import { once } from 'node:events'
import { CONNECTION_CHANGED_CHANNEL, disconnectionIdOf } from '@agent-identity/contracts'
import type { Redis } from 'ioredis'
import type { ConnectionRecords } from '../connections/connection-records.ts'
import { UNNAMED } from './disconnecting.ts'

/** A message makes this replica read the connection, which fails: the call is aborted. */
export const unreadableMeanwhile =
  (records: Pick<ConnectionRecords, 'read'>, publisher: Pick<Redis, 'publish'>) => async (signal: AbortSignal) => {
    const { read } = records
    records.read = () => Promise.reject(new Error('Connection is closed.'))
    const aborted = once(signal, 'abort')
    await publisher.publish(CONNECTION_CHANGED_CHANNEL, disconnectionIdOf(UNNAMED))
    await aborted
    records.read = read
    signal.throwIfAborted()
  }
