import { expect } from '@jest/globals'

/** As for jest's own snapshots. */
export function mayWrite(exists: boolean): boolean {
  const { snapshotState } = expect.getState() as unknown as {
    snapshotState: { _updateSnapshot: 'all' | 'new' | 'none' }
  }
  return snapshotState._updateSnapshot === 'all' || (snapshotState._updateSnapshot === 'new' && !exists)
}
