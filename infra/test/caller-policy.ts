import { readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Statement {
  Action: string | string[]
  Resource: string | string[]
  Condition?: object
}

export function callerPolicy(caller: 'deploy' | 'diff'): { actions: string[]; statements: Statement[] } {
  const file = join(import.meta.dirname, `../policies/${caller}-caller.json`)
  const { Statement: statements } = JSON.parse(readFileSync(file, 'utf8')) as { Statement: Statement[] }
  return { actions: [...new Set(statements.flatMap(({ Action }) => Action))], statements }
}
