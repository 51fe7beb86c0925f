const LOG_LEVELS = ['debug', 'info', 'warn', 'error']

/** The words of a log line, and of an error that no user is shown: no test should be red when they are put better. */
const ignorer = {
  shouldIgnore({ node, parent }) {
    if (!['StringLiteral', 'TemplateLiteral'].includes(node.type)) return undefined
    const words =
      (parent?.type === 'NewExpression' && parent.callee.name?.endsWith('Error') && parent.arguments[0] === node) ||
      (parent?.type === 'CallExpression' &&
        LOG_LEVELS.includes(parent.callee.property?.name) &&
        parent.arguments.at(-1) === node)
    return words ? 'The words of a log line or of an error' : undefined
  },
}

/** What Stryker looks for in a file of plugins. */
export const strykerPlugins = [{ kind: 'Ignore', name: 'what-decides-nothing', value: ignorer }]
