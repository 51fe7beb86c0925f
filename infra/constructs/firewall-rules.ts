import { MCP_SERVER_PATHS, ROUTES } from '@agent-identity/contracts'
import type * as wafv2 from 'aws-cdk-lib/aws-wafv2'
import type { FirewallLimits } from './options.ts'

export type ViewerAddress = { from: 'connection' } | { from: 'header'; header: string }

type Rule = wafv2.CfnWebACL.RuleProperty
type Statement = wafv2.CfnWebACL.StatementProperty

/**
 * Rules of AWS's groups that inspect a request's body. A question to an agent may contain a path, HTML, `${jndi`, so these rules only add a label.
 * The rule `bodies` blocks by the label, except a POST to the path for questions or, with an MCP server, to the MCP server's path.
 */
const BODY_RULES: Readonly<Record<string, { group: string; rules: readonly string[] }>> = {
  AWSManagedRulesKnownBadInputsRuleSet: {
    group: 'known-bad-inputs',
    rules: ['Log4JRCE', 'JavaDeserializationRCE', 'ReactJSRCE'],
  },
  AWSManagedRulesCommonRuleSet: {
    group: 'core-rule-set',
    rules: ['SizeRestrictions', 'CrossSiteScripting', 'GenericLFI', 'GenericRFI', 'EC2MetaDataSSRF'],
  },
}

/**
 * MCP clients need not send a User-Agent header. With an MCP server this rule only adds a label, by which `user-agents` blocks on all paths but the
 * MCP server's.
 */
const NO_USER_AGENT = { group: 'AWSManagedRulesCommonRuleSet', rule: 'NoUserAgent_HEADER' }
const NO_USER_AGENT_LABEL = 'awswaf:managed:aws:core-rule-set:NoUserAgent_Header'

export function firewallRules(limits: FirewallLimits, viewerAddress: ViewerAddress, withMcpServer: boolean): Rule[] {
  const rules = [
    // This group checks the connection's address, which may be CloudFront's (WAF developer guide, waf-rule-statement-forwarded-ip-address).
    ...(viewerAddress.from === 'connection' ? [managed('AWSManagedRulesAmazonIpReputationList', withMcpServer)] : []),
    ...Object.keys(BODY_RULES).map((name) => managed(name, withMcpServer)),
    blockedBodies(withMcpServer ? [ROUTES.turns, ROUTES.mcp] : [ROUTES.turns]),
    ...(withMcpServer ? [blockedWithoutUserAgent()] : []),
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

function managed(name: string, withMcpServer: boolean): Unordered {
  const counted = (BODY_RULES[name]?.rules ?? []).map((rule) => `${rule}_BODY`)
  if (withMcpServer && name === NO_USER_AGENT.group) counted.push(NO_USER_AGENT.rule)
  return {
    name,
    overrideAction: { none: {} },
    visibilityConfig: visibility(name),
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name,
        ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
  }
}

/** @param free a POST to these paths may have any body */
function blockedBodies(free: readonly string[]): Unordered {
  const labels = Object.values(BODY_RULES).flatMap(({ group, rules }) =>
    rules.map((rule) => `awswaf:managed:aws:${group}:${rule}_Body`),
  )
  const labelled = labels.map((key): Statement => ({ labelMatchStatement: { scope: 'LABEL', key } }))
  return {
    name: 'bodies',
    action: { block: {} },
    visibilityConfig: visibility('bodies'),
    statement: {
      andStatement: {
        statements: [{ orStatement: { statements: labelled } }, { notStatement: { statement: postTo(free) } }],
      },
    },
  }
}

function blockedWithoutUserAgent(): Unordered {
  return {
    name: 'user-agents',
    action: { block: {} },
    visibilityConfig: visibility('user-agents'),
    statement: {
      andStatement: {
        statements: [
          { labelMatchStatement: { scope: 'LABEL', key: NO_USER_AGENT_LABEL } },
          { notStatement: { statement: anyOf(MCP_SERVER_PATHS) } },
        ],
      },
    },
  }
}

/** Exact: other spellings of a path, which Express routes to the same handler, are not exempted. */
function postTo(paths: readonly string[]): Statement {
  return { andStatement: { statements: [matches({ method: {} }, 'POST', 'EXACTLY', ['NONE']), anyOf(paths)] } }
}

function anyOf(paths: readonly string[]): Statement {
  const [first, ...others] = paths.map((path) => matches({ uriPath: {} }, path, 'EXACTLY', ['NONE']))
  if (!first) throw new Error('No path is given')
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
