import { MCP_SERVER_PATHS, ROUTES } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { firewallRules } from '../constructs/firewall-rules.ts'

interface Statement {
  andStatement?: { statements: Statement[] }
  orStatement?: { statements: Statement[] }
  notStatement?: { statement: Statement }
  labelMatchStatement?: { key: string }
  byteMatchStatement?: { fieldToMatch: object; searchString: string; positionalConstraint: string }
  sizeConstraintStatement?: { fieldToMatch: object; comparisonOperator: string; size: number }
  managedRuleGroupStatement?: { name: string; ruleActionOverrides: { name: string; actionToUse: object }[] }
  rateBasedStatement?: object
}

interface Request {
  method: string
  path: string
  query?: string
  /** The labels of AWS's groups, without their namespace. */
  labels: readonly string[]
}

const rulesOf = (withMcpServer: boolean) =>
  firewallRules({ requests: 1_000, authorizationRequests: 100 }, { from: 'connection' }, withMcpServer).map(
    ({ name, action, statement }) => ({ name, action, statement: statement as Statement }),
  )

/** The names of the rules that block this request. */
function blocking(request: Request, withMcpServer: boolean): string[] {
  return rulesOf(withMcpServer).flatMap(({ name, action, statement }) => {
    if (statement.rateBasedStatement || statement.managedRuleGroupStatement) return []
    expect(action).toEqual({ block: {} })
    return isTrue(statement, request) ? [name] : []
  })
}

function isTrue(statement: Statement, request: Request): boolean {
  const { andStatement, orStatement, notStatement, labelMatchStatement, byteMatchStatement, sizeConstraintStatement } =
    statement
  if (andStatement) return andStatement.statements.every((one) => isTrue(one, request))
  if (orStatement) return orStatement.statements.some((one) => isTrue(one, request))
  if (notStatement) return !isTrue(notStatement.statement, request)
  if (labelMatchStatement) return request.labels.some((label) => labelMatchStatement.key.endsWith(`:${label}`))
  if (byteMatchStatement) {
    expect(byteMatchStatement.positionalConstraint).toBe('EXACTLY')
    return partOf(request, byteMatchStatement.fieldToMatch) === byteMatchStatement.searchString
  }
  if (!sizeConstraintStatement) throw new Error('A statement that this test does not know')
  expect(sizeConstraintStatement.comparisonOperator).toBe('LE')
  return Buffer.byteLength(partOf(request, sizeConstraintStatement.fieldToMatch)) <= sizeConstraintStatement.size
}

function partOf({ method, path, query = '' }: Request, field: object): string {
  if ('method' in field) return method
  if ('uriPath' in field) return path
  if ('queryString' in field) return query
  throw new Error('A field that this test does not know')
}

describe.each([
  ['without an MCP server', false],
  ['with an MCP server', true],
])('the firewall %s', (_what, withMcpServer) => {
  const by = (request: Request) => blocking(request, withMcpServer)

  test.each(['Log4JRCE', 'ReactJSRCE', 'SizeRestrictions', 'CrossSiteScripting', 'GenericRFI'])(
    'lets a question through whose body AWS labels %s, and no other body',
    (rule) => {
      const labels = [`${rule}_Body`]
      expect(by({ method: 'POST', path: ROUTES.turns, labels })).toEqual([])
      expect(by({ method: 'POST', path: ROUTES.mcp, labels })).toEqual(withMcpServer ? [] : ['bodies'])
      for (const path of [`${ROUTES.turns}/`, ROUTES.turns.toUpperCase(), ROUTES.connections, ROUTES.signInRedirect])
        expect(by({ method: 'POST', path, labels })).toEqual(['bodies'])
      for (const method of ['PUT', 'GET']) expect(by({ method, path: ROUTES.turns, labels })).toEqual(['bodies'])
    },
  )

  test.each([
    ['SizeRestrictions_QueryString', 2_049],
    ['SizeRestrictions_QueryString', 8_192],
    ['GenericRFI_QueryArguments', 40],
  ])('lets a return from the sign-in through whose query AWS labels %s, of %d bytes', (label, size) => {
    const query = 'x'.repeat(size)
    expect(by({ method: 'GET', path: ROUTES.signInRedirect, query, labels: [label] })).toEqual([])
    for (const path of [ROUTES.signIn, ROUTES.sessionBinding, `${ROUTES.signInRedirect}/`, ROUTES.turns])
      expect(by({ method: 'GET', path, query, labels: [label] })).toEqual(['queries'])
    expect(by({ method: 'POST', path: ROUTES.signInRedirect, query, labels: [label] })).toEqual(['queries'])
  })

  test('blocks a return from the sign-in of more than 8 KiB', () => {
    const request = { method: 'GET', path: ROUTES.signInRedirect, query: 'x'.repeat(8_193) }
    expect(by({ ...request, labels: ['SizeRestrictions_QueryString'] })).toEqual(['queries'])
  })

  test('lets a program without a User-Agent reach the MCP server, and nothing else', () => {
    // Without an MCP server, AWS's own rule blocks.
    const at = (path: string) => by({ method: 'POST', path, labels: ['NoUserAgent_Header'] })
    expect(MCP_SERVER_PATHS.flatMap(at)).toEqual([])
    expect(at(ROUTES.turns)).toEqual(withMcpServer ? ['user-agents'] : [])
  })

  test('blocks by every label that AWS’s rules only count, in a later rule', () => {
    const rules = rulesOf(withMcpServer)
    const counted = rules.flatMap(({ statement: { managedRuleGroupStatement: group } }, place) =>
      (group?.ruleActionOverrides ?? []).map(({ name, actionToUse }) => {
        expect(actionToUse).toEqual({ count: {} })
        return { name, place }
      }),
    )
    expect(counted.map(({ name }) => name).sort()).toEqual([
      'CrossSiteScripting_BODY',
      'EC2MetaDataSSRF_BODY',
      'GenericLFI_BODY',
      'GenericRFI_BODY',
      'GenericRFI_QUERYARGUMENTS',
      'JavaDeserializationRCE_BODY',
      'Log4JRCE_BODY',
      ...(withMcpServer ? ['NoUserAgent_HEADER'] : []),
      'ReactJSRCE_BODY',
      'SizeRestrictions_BODY',
      'SizeRestrictions_QUERYSTRING',
    ])
    for (const { name, place } of counted) {
      const later = JSON.stringify(rules.slice(place + 1))
      expect(later).toMatch(new RegExp(`"awswaf:managed:aws:[a-z-]+:${name}"`, 'i'))
    }
  })
})
