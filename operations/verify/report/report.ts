import { mkdir, mkdtemp, open, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OperationError } from '../../operation-error.ts'
import type { Mask } from './mask.ts'
import type { Row } from './row.ts'

export interface Report {
  /** Must not identify an account. */
  what: string
  region: string
  startedAt: string
  seconds: number
  rows: readonly Row[]
  recommendations: readonly string[]
  leftBehind: number
}

export const failuresOf = ({ rows }: Pick<Report, 'rows'>) =>
  rows.filter(({ kind, verdict }) => kind === 'flow' && verdict === 'contradicted')

/** Rows of the flow only: assumptions about AWS may stay open. */
export const notTriedOf = ({ rows }: Pick<Report, 'rows'>) =>
  rows.filter(({ kind, verdict }) => kind === 'flow' && verdict === 'not tried')

const isFlowGood = (report: Report): boolean => failuresOf(report).length + notTriedOf(report).length === 0

export const isPassed = (report: Report): boolean => isFlowGood(report) && report.leftBehind === 0

export function resultOf(report: Report): string {
  if (isFlowGood(report)) return 'The flow works, and every attack was refused.'
  const [failures, open] = [failuresOf(report), notTriedOf(report)]
  const parts = [
    ...(failures.length > 0 ? [`do not hold: ${idsOf(failures)}`] : []),
    ...(open.length > 0 ? [`were not tried: ${idsOf(open)}`] : []),
  ]
  return `Rows of the flow that ${parts.join('; that ')}.`
}

const idsOf = (rows: readonly Row[]) => rows.map(({ id }) => id).join(', ')

export const contradictedOptions = ({ rows }: Pick<Report, 'rows'>) =>
  rows.flatMap(({ id, option }) => (option ? [{ ...option, id }] : []))

const MARKDOWN = 'verify-report.md'
const JSON_FILE = 'verify-report.json'

/**
 * Creates the directory. An earlier report stays as it is.
 *
 * @throws OperationError when a report cannot be written there
 */
export async function requireWritable(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true })
    await rmdir(await mkdtemp(join(directory, '.verify-')))
    for (const name of [MARKDOWN, JSON_FILE]) await openEarlier(join(directory, name))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new OperationError(`The report cannot be written to ${directory} (${code}): give another --report.`)
  }
}

async function openEarlier(path: string): Promise<void> {
  try {
    await (await open(path, 'r+')).close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** @throws if a file would contain a registered value, before any is written */
export async function writeReport(directory: string, report: Report, mask: Mask): Promise<string[]> {
  const texts = {
    [MARKDOWN]: markdownOf(report),
    [JSON_FILE]: `${JSON.stringify(jsonOf(report), null, 2)}\n`,
  }
  for (const text of Object.values(texts)) mask.requireClean(text)
  await mkdir(directory, { recursive: true })
  const files: string[] = []
  for (const [name, text] of Object.entries(texts)) {
    await writeFile(join(directory, name), text)
    files.push(join(directory, name))
  }
  return files
}

export const jsonOf = (report: Report) => ({
  ...report,
  failed: failuresOf(report).map(({ id }) => id),
  notTried: notTriedOf(report).map(({ id }) => id),
  contradicted: report.rows
    .filter(({ kind, verdict }) => kind === 'assumption' && verdict === 'contradicted')
    .map(({ id }) => id),
  emulatorOptions: contradictedOptions(report),
})

export function markdownOf(report: Report): string {
  const { rows, what, region, startedAt, seconds, leftBehind } = report
  const result = resultOf(report)
  const count = (verdict: Row['verdict']) => rows.filter((row) => row.verdict === verdict).length
  return `# verify: what was seen

${what}, ${region}, ${startedAt}, ${Math.round(seconds)} s.
${count('holds')} rows hold, ${count('contradicted')} are contradicted, ${count('not tried')} were not tried.
${isFlowGood(report) ? result : `**${result}**`}
${leftBehind === 0 ? 'All temporary resources were removed.' : `**${leftSentence(leftBehind)}**`}
What the flow stored for its two users stays: records in the session store, entries of the token vault.

| assumption | expected | seen | verdict |
|---|---|---|---|
${rows.map((row) => `| ${[row.assumption, row.expected, row.seen, row.verdict].map(cell).join(' | ')} |`).join('\n')}

${optionsText(report)}
${report.recommendations.length === 0 ? '' : `\nRecommended:\n\n${report.recommendations.map((one) => `- ${one}`).join('\n')}\n`}`
}

function optionsText(report: Report): string {
  const options = contradictedOptions(report)
  if (options.length === 0) return 'No option of the emulator is contradicted.'
  const lines = options.map(({ name, value, id }) =>
    value === undefined
      ? `- \`${name}\`: none of its values is what was seen (${id}).`
      : `- \`${name}\`: set \`assumptions.${name}\` to \`${JSON.stringify(value)}\` (${id}).`,
  )
  return `Options of the emulator that are contradicted:\n\n${lines.join('\n')}`
}

/** In a stage, a run leaves things that are not three hours old: another run may be using them. */
export const leftSentence = (leftBehind: number) =>
  `${leftBehind} things could not be removed; a run that begins three hours later tries again.`

/** A placeholder in angle brackets would be parsed as HTML. */
const cell = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('|', '\\|')
    .replaceAll(/\s+/g, ' ')
