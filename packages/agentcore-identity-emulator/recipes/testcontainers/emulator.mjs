// This repository’s tests do not run this: it needs a Docker engine. npm install --save-dev testcontainers
import { GenericContainer, Wait } from 'testcontainers'

const PORT = 8082

/** The image is built with the Dockerfile; or name one in your registry. */
export async function startEmulator(image = 'localhost/agentcore-identity-emulator') {
  const container = await new GenericContainer(image)
    // For `/_emulator`: this machine's requests do not come from the container's loopback, so their host name has to be allowed.
    .withCommand(['--control-host=localhost', '--credential=LOCALAGENT:local-secret', '--with-vendor'])
    .withExposedPorts(PORT)
    // The image has no shell, which Wait.forListeningPorts() needs in the container.
    .withWaitStrategy(Wait.forLogMessage('AgentCore Identity is on'))
    .start()
  return {
    url: `http://localhost:${container.getMappedPort(PORT)}`,
    // The emulator does not know the port that Docker chose, so the built-in identity has this return URL.
    returnUrl: `http://127.0.0.1:${PORT}/vendor/return`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'LOCALAGENT', secretAccessKey: 'local-secret' },
    stop: () => container.stop(),
  }
}
