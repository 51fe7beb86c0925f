import { MCP_SERVER_PATHS, ROUTES } from '@agent-identity/contracts'
import type * as wafv2 from 'aws-cdk-lib/aws-wafv2'
import type { FirewallLimits } from './options.ts'

export type ViewerAddress = { from: 'connection' } | { from: 'header'; header: string }

type Rule = wafv2.CfnWebACL.RuleProperty
type Statement = wafv2.CfnWebACL.StatementProperty

/** A rule of one of AWS's groups that only adds its label here. A rule of ours then blocks by the label, except where a request may be like this. */
interface LabellingRule {
  group: string
  name: string
  label: string
}

const KNOWN_BAD_INPUTS = 'AWSManagedRulesKnownBadInputsRuleSet'
const CORE = 'AWSManagedRulesCommonRuleSet'

/** They inspect the body. A question to an agent, or an argument of an MCP tool, may contain a path, HTML, `${jndi`. */
const BODIES: readonly LabellingRule[] = [
  ...['Log4JRCE', 'JavaDeserializationRCE', 'ReactJSRCE'].map((rule) => ofBody(KNOWN_BAD_INPUTS, rule)),
  ...['SizeRestrictions', 'CrossSiteScripting', 'GenericLFI', 'GenericRFI', 'EC2MetaDataSSRF'].map((rule) =>
    ofBody(CORE, rule),
  ),
]

/** They inspect the query. Issuers return codes of more than 2,048 bytes, as Entra ID does for some users, and may return their own address. */
const QUERIES: readonly LabellingRule[] = [
  { group: CORE, name: 'SizeRestrictions_QUERYSTRING', label: labelOf(CORE, 'SizeRestrictions_QueryString') },
  { group: CORE, name: 'GenericRFI_QUERYARGUMENTS', label: labelOf(CORE, 'GenericRFI_QueryArguments') },
]

/** Node's limit for all headers, with the address, is twice this. */
const SIGN_IN_RETURN_BYTES = 8_192

/** MCP clients need not send a User-Agent header. */
const NO_USER_AGENT: LabellingRule = {
  group: CORE,
  name: 'NoUserAgent_HEADER',
  label: labelOf(CORE, 'NoUserAgent_Header'),
}

export function firewallRules(limits: FirewallLimits, viewerAddress: ViewerAddress, withMcpServer: boolean): Rule[] {
  const counted = [...BODIES, ...QUERIES, ...(withMcpServer ? [NO_USER_AGENT] : [])]
  const rules = [
    // This group checks the connection's address, which may be CloudFront's (WAF developer guide, waf-rule-statement-forwarded-ip-address).
    ...(viewerAddress.from === 'connection' ? [managed('AWSManagedRulesAmazonIpReputationList', [])] : []),
    managed(KNOWN_BAD_INPUTS, counted),
    managed(CORE, counted),
    blocked('bodies', BODIES, requestTo('POST', withMcpServer ? [ROUTES.turns, ROUTES.mcp] : [ROUTES.turns])),
    blocked('queries', QUERIES, requestTo('GET', [ROUTES.signInRedirect], queryOfAtMost(SIGN_IN_RETURN_BYTES))),
    ...(withMcpServer ? [blocked('user-agents', [NO_USER_AGENT], anyOf(MCP_SERVER_PATHS))] : []),
    limited('authorizations', limits.authorizationRequests, viewerAddress, authorizationRoutes),
    limited('requests', limits.requests, viewerAddress),
  ]
  return rules.map((rule, priority) => ({ ...rule, priority }))
}

export const visibility = (metricName: string) => ({
  metricName,
  cloudWatchMetricsEnabled: true,
  // Samples show headers and query strings in the console.
  sampledRequestsEnabled: false,
})

type Unordered = Omit<Rule, 'priority'>

function managed(name: string, counted: readonly LabellingRule[]): Unordered {
  return {
    name,
    overrideAction: { none: {} },
    visibilityConfig: visibility(name),
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name,
        ruleActionOverrides: counted
          .filter(({ group }) => group === name)
          .map((rule) => ({ name: rule.name, actionToUse: { count: {} } })),
      },
    },
  }
}

function blocked(name: string, labelling: readonly LabellingRule[], unless: Statement): Unordered {
  const labelled = oneOf(
    labelling.map(({ label }): Statement => ({ labelMatchStatement: { scope: 'LABEL', key: label } })),
  )
  return {
    name,
    action: { block: {} },
    visibilityConfig: visibility(name),
    statement: { andStatement: { statements: [labelled, { notStatement: { statement: unless } }] } },
  }
}

function labelOf(group: string, label: string): string {
  const namespace = group === CORE ? 'core-rule-set' : 'known-bad-inputs'
  return `awswaf:managed:aws:${namespace}:${label}`
}

function ofBody(group: string, rule: string): LabellingRule {
  return { group, name: `${rule}_BODY`, label: labelOf(group, `${rule}_Body`) }
}

/** Exact: other spellings of a path, which Express routes to the same handler, are not exempted. */
function requestTo(method: string, paths: readonly string[], ...more: readonly Statement[]): Statement {
  return { andStatement: { statements: [matches({ method: {} }, method, 'EXACTLY', ['NONE']), anyOf(paths), ...more] } }
}

function queryOfAtMost(size: number): Statement {
  const textTransformations = [{ priority: 0, type: 'NONE' }]
  return {
    sizeConstraintStatement: { fieldToMatch: { queryString: {} }, comparisonOperator: 'LE', size, textTransformations },
  }
}

function anyOf(paths: readonly string[]): Statement {
  return oneOf(paths.map((path) => matches({ uriPath: {} }, path, 'EXACTLY', ['NONE'])))
}

/** AWS WAF refuses an "or" of one statement. */
function oneOf(statements: readonly Statement[]): Statement {
  const [first, ...others] = statements
  if (!first) throw new Error('No statement is given')
  return others.length === 0 ? first : { orStatement: { statements: [first, ...others] } }
}

function limited(name: string, limit: number, viewerAddress: ViewerAddress, scopeDownStatement?: Statement): Unordered {
  const aggregate =
    viewerAddress.from === 'connection'
      ? { aggregateKeyType: 'IP' }
      : {
          aggregateKeyType: 'FORWARDED_IP',
          forwardedIpConfig: { headerName: viewerAddress.header, fallbackBehavior: 'MATCH' },
        }
  return {
    name,
    action: { block: { customResponse: { responseCode: 429 } } },
    visibilityConfig: visibility(name),
    statement: {
      rateBasedStatement: { limit, ...aggregate, ...(scopeDownStatement ? { scopeDownStatement } : {}) },
    },
  }
}

const authorizationRoutes: Statement = {
  orStatement: {
    statements: [
      pathBeginsWith(ROUTES.startAuthorization.slice(0, ROUTES.startAuthorization.indexOf(':'))),
      pathBeginsWith(ROUTES.sessionBinding),
      pathBeginsWith(ROUTES.signIn),
      pathBeginsWith(ROUTES.signInRedirect),
    ],
  },
}

function pathBeginsWith(searchString: string): Statement {
  // Express routes ignore case, so the rule that counts their requests must, too.
  return matches({ uriPath: {} }, searchString, 'STARTS_WITH', ['URL_DECODE', 'LOWERCASE'])
}

function matches(
  fieldToMatch: wafv2.CfnWebACL.FieldToMatchProperty,
  searchString: string,
  positionalConstraint: 'EXACTLY' | 'STARTS_WITH',
  transformations: readonly string[],
): Statement {
  const textTransformations = transformations.map((type, priority) => ({ priority, type }))
  return { byteMatchStatement: { searchString, positionalConstraint, fieldToMatch, textTransformations } }
}
