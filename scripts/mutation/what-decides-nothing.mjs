const LOG_LEVELS = ['debug', 'info', 'warn', 'error']

/** Ignores texts of a log line, and of an error that no user sees. The first argument of `ApiError` is its public code. */
const ignorer = {
  shouldIgnore({ node, parent }) {
    if (!['StringLiteral', 'TemplateLiteral'].includes(node.type)) return undefined
    const words =
      (parent?.type === 'NewExpression' && isOfWords(parent.callee.name) && parent.arguments[0] === node) ||
      (parent?.type === 'CallExpression' &&
        LOG_LEVELS.includes(parent.callee.property?.name) &&
        parent.arguments.at(-1) === node)
    return words ? 'The text of a log line or of an error' : undefined
  },
}

const isOfWords = (name) => name?.endsWith('Error') && name !== 'ApiError'

export const strykerPlugins = [{ kind: 'Ignore', name: 'what-decides-nothing', value: ignorer }]
