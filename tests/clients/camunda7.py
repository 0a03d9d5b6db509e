"""External tasks through Camunda 7's Python clients; runs where those are installed."""

import json
import sys
from pathlib import Path
from typing import Any

import generic_camunda_client as generic
import pycamunda.deployment
import pycamunda.externaltask
import pycamunda.incident
import pycamunda.message
import pycamunda.processdef
import pycamunda.processinst
import pycamunda.signal
import pycamunda.task
import pycamunda.version
from camunda.client.engine_client import EngineClient
from camunda.external_task.external_task import ExternalTask, TaskResult
from camunda.external_task.external_task_worker import ExternalTaskWorker

TOLD: dict[str, Any] = {}


def external_task_client(url: str) -> None:
    """`camunda-external-task-client-python3`."""
    client = EngineClient(url)
    started = client.start_process("p", {"amount": 120.5, "list": [1]}, business_key="A-1")

    def handle(task: ExternalTask) -> TaskResult:
        TOLD["worker"] = task.get_variables()
        TOLD["key"] = task.get_business_key()
        return task.complete({"paid": True})

    settings = {"maxTasks": 1, "lockDuration": 10_000, "asyncResponseTimeout": 5_000}
    worker = ExternalTaskWorker("python", url, settings)
    worker.fetch_and_execute(["work"], handle)
    TOLD["instances"] = len(client.get_process_instance("p", ["paid_eq_true"]))
    TOLD["paid"] = client.get_process_instance_variable(started["id"], "paid")
    client.get_jobs(0, 10)


def py_camunda(url: str, model: str) -> str:
    """`pycamunda`: it reads every key that is documented."""
    TOLD["version"] = pycamunda.version.Get(url)()
    create = pycamunda.deployment.Create(url, "models", source="tests")
    with Path(model).open("rb") as file:
        create.add_resource(file)
        deployed = create()
    (definition,) = deployed.deployed_process_definitions.values()
    assert [d.id_ for d in pycamunda.processdef.GetList(url, key="p")()] == [definition.id_]
    start = pycamunda.processdef.StartInstance(url, key="p", business_key="A-2")
    start.add_variable("amount", 7)
    instance = start()
    fetch = pycamunda.externaltask.FetchAndLock(url, "pycamunda", max_tasks=1)
    fetch.add_topic("work", 60_000)
    (task,) = fetch()
    complete = pycamunda.externaltask.Complete(url, task.id_, "pycamunda")
    complete.add_variable("paid", value=True)
    complete()
    (user_task,) = pycamunda.task.GetList(url, process_instance_id=instance.id_)()
    pycamunda.task.Claim(url, user_task.id_, "ada")()
    TOLD["assignee"] = pycamunda.task.Get(url, user_task.id_)().assignee
    pycamunda.task.Complete(url, user_task.id_)()
    TOLD["incidents"] = len(pycamunda.incident.GetList(url)())
    pycamunda.processinst.GetList(url)()
    return str(instance.id_)


def generic_client(url: str) -> None:
    """`generic-camunda-client`: it checks the type of every field."""
    with generic.ApiClient(generic.Configuration(host=url)) as client:
        tasks = generic.ExternalTaskApi(client)
        body = generic.StartProcessInstanceDto(
            business_key="A-3", variables={"n": generic.VariableValueDto(value=1, type="Integer")}
        )
        definitions = generic.ProcessDefinitionApi(client)
        started = definitions.start_process_instance_by_key("p", start_process_instance_dto=body)
        topic = generic.FetchExternalTaskTopicDto(topic_name="work", lock_duration=60_000)
        fetch = generic.FetchExternalTasksDto(worker_id="generic", max_tasks=1, topics=[topic])
        (task,) = tasks.fetch_and_lock(fetch_external_tasks_dto=fetch)
        TOLD["generic"] = task.variables["n"].value
        done = generic.CompleteExternalTaskDto(worker_id="generic", variables={})
        tasks.complete_external_task_resource(task.id, complete_external_task_dto=done)
        (found,) = generic.TaskApi(client).get_tasks(process_instance_id=started.id)
        user = generic.UserIdDto(user_id="ada")
        generic.TaskApi(client).claim(found.id, user_id_dto=user)
        # It cannot read the empty answer, so it asks for the variables.
        complete = generic.CompleteTaskDto(with_variables_in_return=True)
        generic.TaskApi(client).complete(found.id, complete_task_dto=complete)
        history = generic.HistoricProcessInstanceApi(client)
        TOLD["state"] = history.get_historic_process_instance(started.id).state
        generic.IncidentApi(client).get_incidents()
        generic.DeploymentApi(client).get_deployments()
        generic.ProcessInstanceApi(client).get_process_instances()


def main(url: str, model: str) -> None:
    rest = f"{url}/engine-rest"
    TOLD["ended"] = py_camunda(rest, model)
    external_task_client(rest)
    generic_client(rest)
    print(json.dumps(TOLD))


main(sys.argv[1], sys.argv[2])
