import { parseStatement, type Statement } from './parse-statement.ts'
import { PolicyError } from './policy-error.ts'

export type Policy = { name: string; statements: readonly Statement[] }

const ELEMENTS = ['Version', 'Id', 'Statement']
const VERSIONS: readonly unknown[] = ['2008-10-17', '2012-10-17', undefined]

export type ParsedPolicy =
  | { policy: Policy; problems: readonly [] }
  | { policy: undefined; problems: readonly string[] }

/** Refuses unknown elements: if they were ignored, a policy could allow more than its author wanted. */
export function parsePolicy(document: unknown, name: string): ParsedPolicy {
  const problems: string[] = []
  const attempt = <T>(where: string, parse: () => T): T[] => {
    try {
      return [parse()]
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error
      problems.push(`${where}: ${error.message}`)
      return []
    }
  }

  const [elements] = attempt('document', () => requireElements(document))
  if (elements === undefined) return { policy: undefined, problems }
  const hasVariables = elements.Version === '2012-10-17'
  const statements = [elements.Statement]
    .flat()
    .flatMap((statement, index) => attempt(`Statement.${index}`, () => parseStatement(statement, { hasVariables })))
  if (problems.length === 0) attempt('Statement', () => requireUniqueSids(statements))
  return problems.length > 0 ? { policy: undefined, problems } : { policy: { name, statements }, problems: [] }
}

/** @throws PolicyError */
export function requirePolicies(documents: readonly unknown[]): Policy[] {
  return documents.map((document, index) => {
    const { policy, problems } = parsePolicy(document, `policies.${index}`)
    if (policy === undefined) throw new PolicyError(`policies.${index}: ${problems.join('; ')}`)
    return policy
  })
}

function requireElements(document: unknown): Record<string, unknown> {
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new PolicyError('must be a JSON object')
  const { Version, Id, Statement, ...unknown } = document as Record<string, unknown>
  const [first] = Object.keys(unknown)
  if (first !== undefined) throw new PolicyError(`has an element that is not one of ${ELEMENTS.join(', ')}: ${first}`)
  if (!VERSIONS.includes(Version)) throw new PolicyError('Version must be 2012-10-17 or 2008-10-17')
  if (Id !== undefined && typeof Id !== 'string') throw new PolicyError('Id must be a text')
  if (Statement === undefined || [Statement].flat().length === 0) throw new PolicyError('has no Statement')
  return { Version, Statement }
}

function requireUniqueSids(statements: readonly Statement[]) {
  const sids = statements.map(({ sid }) => sid).filter((sid) => sid !== undefined && sid !== '')
  const repeated = sids.find((sid, index) => sids.indexOf(sid) !== index)
  if (repeated !== undefined) throw new PolicyError(`Sid is there twice: ${repeated}`)
}
