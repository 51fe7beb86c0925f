import type { Measured, Row } from './benchmark.ts'
import { median, rounded } from './statistics.ts'

export function rowOf(name: string, measured: Measured): Row {
  const ours = median(measured.ours)
  const against = (other: Measured['peer']) => {
    if (!other) return { value: null, name: null, ratio: null }
    if ('skipped' in other) return { value: null, name: `not measured: ${other.skipped}`, ratio: null }
    const value = median(other.values)
    // A floor may be 0.
    return { value: rounded(value), name: other.name, ratio: value === 0 ? null : rounded(ours / value) }
  }
  const peer = against(measured.peer)
  const floor = against(measured.floor)
  return {
    name,
    unit: measured.unit,
    ours: rounded(ours),
    peer: peer.value,
    peerName: peer.name,
    floor: floor.value,
    floorName: floor.name,
    ratioToPeer: peer.ratio,
    ratioToFloor: floor.ratio,
    runs: measured.ours.length,
    details: (measured.details ?? []).map((detail) => ({ ...detail, value: rounded(detail.value) })),
  }
}
