// Shown, not run in this repository's tests: it needs a Docker engine. npm install --save-dev testcontainers
import { GenericContainer, Wait } from 'testcontainers'

const PORT = 8082

/** The emulator in a container, built with the Dockerfile, or pulled from where your fork publishes it. */
export async function startEmulator(image = 'agentcore-identity-emulator') {
  const container = await new GenericContainer(image)
    // From outside of the container even this machine is another one: the name that it calls by has to be allowed.
    .withCommand(['--control-host=localhost', '--credential=LOCALAGENT:local-secret', '--with-vendor'])
    .withExposedPorts(PORT)
    .withWaitStrategy(Wait.forListeningPorts())
    .start()
  return {
    url: `http://localhost:${container.getMappedPort(PORT)}`,
    // Inside, it does not know the port that Docker has chosen: its built-in identity has this return URL.
    returnUrl: `http://127.0.0.1:${PORT}/vendor/return`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'LOCALAGENT', secretAccessKey: 'local-secret' },
    stop: () => container.stop(),
  }
}
