// One external task through Camunda 7's JavaScript worker; prints what it got.
import { Client, Variables } from 'camunda-external-task-client-js';

const client = new Client({ baseUrl: `${process.env.URL}/engine-rest`, interval: 50 });
const told = { failed: 0 };
client.on('complete:error', (task, error) => {
  console.error(error);
  process.exit(1);
});
client.subscribe('work', { lockDuration: 60_000 }, async ({ task, taskService }) => {
  if (!told.failed) {
    told.failed += 1;
    await taskService.extendLock(task, 90_000);
    await taskService.handleFailure(task, { errorMessage: 'once', retries: 1, retryTimeout: 0 });
    return;
  }
  told.all = task.variables.getAll();
  told.businessKey = task.businessKey;
  const results = new Variables().set('paid', true).set('note', { lines: [1, 2] });
  results.setTyped('when', { type: 'date', value: new Date(0), valueInfo: {} });
  await taskService.complete(task, results);
  console.log(JSON.stringify(told));
  process.exit(0);
});
