export function publishedManifest({ name, version, description, license }: Record<string, unknown>) {
  return {
    name,
    version,
    description,
    license,
    keywords: ['aws', 'bedrock', 'agentcore', 'identity', 'oauth2', 'emulator', 'testing'],
    type: 'module',
    engines: { node: '^20.12.0 || >=22.0.0' },
    // Without `./`: npm would change the path, with a warning.
    bin: { [String(name)]: 'bin.cjs' },
    main: './index.cjs',
    types: './types/index.d.ts',
    exports: {
      '.': {
        import: { types: './types/index.d.ts', default: './index.js' },
        require: { types: './types-cjs/index.d.ts', default: './index.cjs' },
      },
      './package.json': './package.json',
    },
  }
}
