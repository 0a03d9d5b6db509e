"""One whole process through Camunda's Python SDK; runs where that is installed."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import camunda_orchestration_sdk as sdk
from camunda_orchestration_sdk import models
from camunda_orchestration_sdk.types import File

TOLD: dict[str, Any] = {}
OF_INSTANCE: list[Any] = []


def deploy(client: sdk.CamundaClient, path: str) -> Any:
    with Path(path).open("rb") as content:
        file = File(payload=content, file_name="p.bpmn", mime_type="text/xml")
        data = models.CreateDeploymentData(resources=[file])
        return client.create_deployment(data=data)


async def work(url: str) -> None:
    done = asyncio.Event()
    settings = {"CAMUNDA_REST_ADDRESS": url, "CAMUNDA_AUTH_STRATEGY": "NONE"}
    async with sdk.CamundaAsyncClient(configuration=settings) as client:

        async def handle(job: Any) -> dict[str, object]:
            TOLD["job"] = job.variables.to_dict()
            done.set()
            return {"paid": True}

        config = sdk.WorkerConfig(job_type="work", job_timeout_milliseconds=60_000)
        client.create_job_worker(config=config, callback=handle)
        running = asyncio.create_task(client.run_workers())
        await asyncio.wait_for(done.wait(), 30)
        while not (await client.search_user_tasks(data=OF_INSTANCE[0])).items:
            await asyncio.sleep(0.05)
        running.cancel()


def main(url: str, model: str) -> None:
    settings = {"CAMUNDA_REST_ADDRESS": url, "CAMUNDA_AUTH_STRATEGY": "NONE"}
    with sdk.CamundaClient(configuration=settings) as client:
        TOLD["topology"] = client.get_topology().gateway_version
        client.get_license()
        client.get_authentication()
        deployed = deploy(client, model)
        key = deployed.deployments[0].process_definition.process_definition_key
        given = {"processDefinitionKey": key, "variables": {"amount": 120.5}}
        started = client.create_process_instance(data=models.ProcessCreationByKey.from_dict(given))
        instance = started.process_instance_key
        of_instance = {"filter": {"processInstanceKey": instance}}
        OF_INSTANCE.append(models.UserTaskSearchQuery.from_dict(of_instance))
        asyncio.run(work(url))
        task = client.search_user_tasks(data=OF_INSTANCE[0]).items[0]
        client.assign_user_task(
            task.user_task_key, data=models.UserTaskAssignmentRequest(assignee="ada")
        )
        TOLD["assignee"] = client.get_user_task(task.user_task_key).assignee
        wanted = models.VariableSearchQuery.from_dict(of_instance)
        found = client.search_variables(data=wanted).items
        TOLD["variables"] = {one.name: one.value for one in found}
        client.get_variable(found[0].variable_key)
        elements = client.search_element_instances(
            data=models.ElementInstanceSearchQuery.from_dict(of_instance)
        )
        TOLD["elements"] = [one.element_id for one in elements.items]
        client.get_element_instance(elements.items[-1].element_instance_key)
        client.search_jobs()
        client.search_incidents()
        client.search_process_definitions()
        client.get_process_definition(key)
        client.get_process_definition_statistics(key)
        client.search_message_subscriptions()
        message = {"name": "Paid", "correlationKey": "A-1", "timeToLive": 60_000}
        client.publish_message(data=models.MessagePublicationRequest.from_dict(message))
        client.broadcast_signal(data=models.SignalBroadcastRequest(signal_name="Closed"))
        client.complete_user_task(task.user_task_key)
        client.search_process_instances()
        TOLD["state"] = str(client.get_process_instance(instance).state.value)
        awaited = {
            "processDefinitionId": "short",
            "awaitCompletion": True,
            "variables": {"a": 1},
        }
        ended = client.create_process_instance(data=models.ProcessCreationById.from_dict(awaited))
        TOLD["awaited"] = ended.variables.to_dict()
    print(json.dumps(TOLD))


main(sys.argv[1], sys.argv[2])
