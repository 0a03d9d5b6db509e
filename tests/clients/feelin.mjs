// Evaluates FEEL line by line: a JSON text in, the JSON of what it comes to out.
import { createInterface } from 'node:readline';
import { evaluate } from 'feelin';

const context = JSON.parse(process.env.CONTEXT ?? '{}');

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const { value } = evaluate(JSON.parse(line), context);
    answer = { value: value === undefined ? null : value };
  } catch (error) {
    answer = { error: String(error.message) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
