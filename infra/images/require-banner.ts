/** Some libraries load Node's modules with `require`, which an ES module does not have. */
export const REQUIRE = `import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);`
