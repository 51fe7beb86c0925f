import { expect } from '@jest/globals'

/** Like jest's own snapshots: `-u` writes all, a first run writes missing ones, `--ci` writes none. */
export function mayWrite(exists: boolean): boolean {
  const { snapshotState } = expect.getState() as unknown as {
    snapshotState: { _updateSnapshot: 'all' | 'new' | 'none' }
  }
  return snapshotState._updateSnapshot === 'all' || (snapshotState._updateSnapshot === 'new' && !exists)
}
