// Answers requests on standard input, one JSON document a line in the simulator's own form, with one line each:
// its verdict, or what it would not take. Everything that Portcullis means is translated before it comes here.
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

// The package lies wherever the task that runs this has put it.
const { runSimulation, anonymousPrincipal } = await import(pathToFileURL(resolve(process.argv[2])))

async function answer(line) {
  const simulation = JSON.parse(line)
  if (simulation.request.principal === null) {
    simulation.request.principal = anonymousPrincipal
  }
  const response = await runSimulation(simulation, { simulationMode: 'Strict' })
  if (response.resultType !== 'single') {
    return { refused: JSON.stringify(response.errors ?? response.resultType) }
  }
  const ignored = response.result.ignoredContextKeys
  if (ignored.length > 0) {
    return { refused: `context keys that the action does not know: ${ignored.join(', ')}` }
  }
  return { verdict: response.overallResult }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let reply
  try {
    reply = await answer(line)
  } catch (error) {
    reply = { refused: String(error) }
  }
  process.stdout.write(JSON.stringify(reply) + '\n')
}
