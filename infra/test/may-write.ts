import { expect } from '@jest/globals'

/** As jest's own snapshots: `-u` writes all, a first run writes what is missing, `--ci` writes nothing. */
export function mayWrite(exists: boolean): boolean {
  const { snapshotState } = expect.getState() as unknown as {
    snapshotState: { _updateSnapshot: 'all' | 'new' | 'none' }
  }
  return snapshotState._updateSnapshot === 'all' || (snapshotState._updateSnapshot === 'new' && !exists)
}
