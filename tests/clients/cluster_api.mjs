// One whole process through Camunda's typed client for the Orchestration Cluster API: it checks
// every request and answer against Camunda's own schema, as CAMUNDA_SDK_VALIDATION says.
import { createCamundaClient } from '@camunda8/orchestration-cluster-api';

const client = createCamundaClient();
const once = { consistency: { waitUpToMs: 0 } };
const told = { newer: [] };

// Fanatical validation also refuses members that are younger than this client; they are told of.
async function newer(call) {
  try {
    return await call;
  } catch (error) {
    if (!error.message.startsWith('Unknown properties in response')) throw error;
    told.newer.push(...error.issues);
    return undefined;
  }
}

told.topology = (await client.getTopology()).gatewayVersion;
await client.getLicense();
told.me = (await client.getAuthentication()).username;

const file = new File([process.env.MODEL], 'p.bpmn', { type: 'text/xml' });
const deployed = await client.createDeployment({ resources: [file] });
const processDefinitionKey = deployed.processes[0].processDefinitionKey;

const started = await client.createProcessInstance({
  processDefinitionKey,
  variables: { amount: 120.5 },
});
const { processInstanceKey } = started;

await new Promise((done, fail) => {
  const worker = client.createJobWorker({
    jobType: 'work',
    workerName: 'cluster-api',
    maxParallelJobs: 2,
    jobTimeoutMs: 60_000,
    jobHandler: async (job) => {
      try {
        told.job = job.variables;
        return await job.complete({ paid: true });
      } catch (error) {
        fail(error);
      } finally {
        worker.stop();
        done();
      }
    },
  });
});

const { items: tasks } = await client.searchUserTasks({ filter: { processInstanceKey } }, once);
const { userTaskKey } = tasks[0];
await newer(client.getUserTask({ userTaskKey }, once));
await client.assignUserTask({ userTaskKey, assignee: 'ada' });
const variables = await client.searchVariables({ filter: { processInstanceKey } }, once);
told.variables = Object.fromEntries(variables.items.map((one) => [one.name, one.value]));
await newer(client.getVariable({ variableKey: variables.items[0].variableKey }, once));
const elements = await client.searchElementInstances({ filter: { processInstanceKey } }, once);
told.elements = elements.items.map((one) => one.elementId);
const { elementInstanceKey } = elements.items.at(-1);
await newer(client.getElementInstance({ elementInstanceKey }, once));
await client.searchProcessDefinitions({ filter: { isLatestVersion: true } }, once);
await newer(client.getProcessDefinition({ processDefinitionKey }, once));
told.xml = (await client.getProcessDefinitionXml({ processDefinitionKey }, once)).length > 100;
await client.getProcessDefinitionStatistics({ processDefinitionKey }, once);
await client.searchJobs({ filter: { processInstanceKey } }, once);
await client.searchIncidents({ filter: { processInstanceKey } }, once);
await client.completeUserTask({ userTaskKey, variables: { approved: true } });
await client.publishMessage({ name: 'Paid', correlationKey: 'A-1', timeToLive: 60_000 });
await client.broadcastSignal({ signalName: 'Closed' });
const subscriptions = await client.searchMessageSubscriptions({}, once);
told.subscriptions = subscriptions.items.length;
await client.searchProcessInstances({ filter: { state: 'COMPLETED' } }, once);
const { items } = await client.searchProcessInstances({ filter: { processInstanceKey } }, once);
await newer(client.getProcessInstance({ processInstanceKey }, once));
told.state = items[0].state;

const awaited = await client.createProcessInstance({
  processDefinitionId: 'short',
  awaitCompletion: true,
  variables: { a: 1 },
});
told.awaited = awaited.variables;
console.log(JSON.stringify(told));
process.exit(0);
