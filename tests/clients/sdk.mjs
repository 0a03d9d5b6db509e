// One whole process through the REST client of Camunda's JavaScript SDK.
import { Camunda8 } from '@camunda8/sdk';

const client = new Camunda8().getCamundaRestClient();
const told = { topology: (await client.getTopology()).gatewayVersion };
await client.getLicenseStatus();
const deployed = await client.deployResources([{ name: 'p.bpmn', content: process.env.MODEL }]);
const { processDefinitionKey } = deployed.processes[0];
const { processInstanceKey } = await client.createProcessInstance({
  processDefinitionKey,
  variables: { amount: 120.5 },
});
await new Promise((done) => {
  const worker = client.createJobWorker({
    type: 'work',
    worker: 'sdk',
    timeout: 60_000,
    maxJobsToActivate: 2,
    autoStart: true,
    jobHandler: async (job) => {
      told.job = job.variables;
      const answer = await job.complete({ paid: true });
      worker.stop();
      done();
      return answer;
    },
  });
});
const tasks = await client.searchUserTasks({ filter: { processInstanceKey } });
const { userTaskKey } = tasks.items[0];
await client.assignUserTask({ userTaskKey, assignee: 'ada' });
told.assignee = (await client.getUserTask(userTaskKey)).assignee;
const variables = await client.searchVariables({ filter: { processInstanceKey } });
told.variables = Object.fromEntries(variables.items.map((one) => [one.name, one.value]));
await client.completeUserTask({ userTaskKey, variables: { approved: true } });
told.xml = (await client.getProcessDefinitionXML(processDefinitionKey)).length > 100;
const found = await client.searchProcessInstances({ filter: { processInstanceKey } });
told.state = found.items[0].state;
const awaited = await client.createProcessInstanceWithResult({
  processDefinitionId: 'short',
  variables: { a: 1 },
});
told.awaited = awaited.variables;
console.log(JSON.stringify(told));
process.exit(0);
