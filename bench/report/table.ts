import type { Row } from './benchmark.ts'

const COLUMNS = ['benchmark', 'unit', 'ours', 'peer', 'ours / peer', 'floor', 'ours / floor', 'runs'] as const

export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ name, unit, ours, peer, ratioToPeer, floor, ratioToFloor, runs }) =>
    [name, unit, ours, peer, ratioToPeer, floor, ratioToFloor, runs].map((cell) => String(cell ?? '–')),
  )
  const widths = COLUMNS.map((title, at) => Math.max(title.length, ...cells.map((row) => row[at]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ')
  const ruler = widths.map((width) => '─'.repeat(width)).join('  ')
  const blocks = rows.map((row, at) => [line(cells[at] ?? []), ...below(row)].join('\n'))
  return [line(COLUMNS), ruler, blocks.join('\n\n')].join('\n')
}

function below({ peerName, floorName, details }: Row): string[] {
  return [
    ...(peerName ? [`    peer: ${peerName}`] : []),
    ...(floorName ? [`    floor: ${floorName}`] : []),
    ...details.map(({ what, value, unit }) => `    ${what}: ${value} ${unit}`),
  ]
}
