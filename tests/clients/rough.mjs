// What goes other than planned, through Camunda's typed client: failure, incident, business error,
// message, signal, cancellation; every request and answer is checked against Camunda's schema.
import { createCamundaClient } from '@camunda8/orchestration-cluster-api';

const client = createCamundaClient();
const once = { consistency: { waitUpToMs: 0 } };
const told = {};

async function start(id) {
  const started = await client.createProcessInstance({
    processDefinitionId: 'rough',
    variables: { id },
  });
  return started.processInstanceKey;
}

async function job() {
  const { jobs } = await client.activateJobs({
    type: 'rough',
    worker: 'rough',
    timeout: 60_000,
    maxJobsToActivate: 1,
    requestTimeout: 10_000,
  });
  return jobs[0];
}

async function state(processInstanceKey) {
  const found = await client.searchProcessInstances({ filter: { processInstanceKey } }, once);
  return found.items[0].state;
}

const first = await start('A-1');
const failed = await job();
await client.failJob({ jobKey: failed.jobKey, retries: 0, errorMessage: 'the bank is away' });
const incidents = await client.searchIncidents({ filter: { processInstanceKey: first } }, once);
told.incident = incidents.items[0].errorMessage;
await client.getProcessInstanceStatisticsByError({}, once);
await client.updateJob({ jobKey: failed.jobKey, changeset: { retries: 2 } });
told.left = (await client.searchIncidents({ filter: { processInstanceKey: first } }, once)).items.length;
const again = await job();
told.same = again.jobKey === failed.jobKey;
await client.completeJob({ jobKey: again.jobKey, variables: { paid: true } });
const correlated = await client.correlateMessage({ name: 'Paid', correlationKey: 'A-1' });
told.correlated = correlated.processInstanceKey === first;
await client.broadcastSignal({ signalName: 'Closed' });
told.first = await state(first);

const second = await start('A-2');
await client.throwJobError({ jobKey: (await job()).jobKey, errorCode: 'DECLINED' });
const elements = await client.searchElementInstances(
  { filter: { processInstanceKey: second } },
  once,
);
told.second = [await state(second), elements.items.at(-1).elementId];
const done = await client.searchJobs({ filter: { processInstanceKey: second, state: 'ERROR_THROWN' } }, once);
told.thrown = done.items[0].errorCode;

const third = await start('A-3');
await client.cancelProcessInstance({ processInstanceKey: third });
told.third = await state(third);
try {
  await client.completeJob({ jobKey: failed.jobKey });
} catch (error) {
  told.stale = error.status ?? error.response?.status ?? String(error);
}
const named = await client.searchVariables({ filter: { name: 'id' } }, once);
told.ids = named.items.map((one) => one.value).sort();
await client.getProcessDefinitionInstanceStatistics({}, once);
console.log(JSON.stringify(told));
process.exit(0);
