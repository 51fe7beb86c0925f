import { inspect } from 'node:util'
import type { Logger } from '@agent-identity/service-runtime'

/** Records lines before any redaction. */
export function createRecordedLog() {
  const lines: { level: string; text: string }[] = []
  const at =
    (level: string) =>
    (...line: unknown[]) =>
      void lines.push({ level, text: inspect(line, { depth: 10, maxStringLength: null }) })
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } as unknown as Logger
  return {
    log,
    lines,
    matching: (words: string) => lines.filter(({ text }) => text.includes(words)),
    everything: () => lines.map(({ text }) => text).join('\n'),
  }
}
