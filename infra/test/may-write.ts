import { expect } from '@jest/globals'

/** The rule of Jest's own snapshots: a file is written with `-u`, or when it is missing and Jest does not run in CI. */
export function mayWrite(exists: boolean): boolean {
  const { snapshotState } = expect.getState() as unknown as {
    snapshotState: { _updateSnapshot: 'all' | 'new' | 'none' }
  }
  return snapshotState._updateSnapshot === 'all' || (snapshotState._updateSnapshot === 'new' && !exists)
}
